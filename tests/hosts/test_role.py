# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on hosts whose services are in the way: what goes wrong on one of them leaves no service stopped."""

from __future__ import annotations

import contextlib
import subprocess
import typing as t

import pytest
from booted_hosts.hosts import MODELS, Clock, Host, Hosts, wait_for
from maintenance import facts_of, maintain, maintained, outcomes, role_play

STALE = "old_fr.bin"
FREE = "old_free.bin"
CURRENT = "en.bin"
SIZE = 8192
SETTINGS: dict[str, t.Any] = {"prune": True, "services": ["ocr", "batch"], "user": "ocr"}


def start_services(host: Host, *, of_ocr: str = "") -> list[Clock]:
    """Two services, the first of which has a stale model; more lines of its unit say what goes wrong."""
    host.put_models(dict.fromkeys((STALE, FREE, CURRENT), b"x" * SIZE))
    return [host.clock("ocr", STALE, CURRENT, service=of_ocr), host.clock("batch", CURRENT)]


@contextlib.contextmanager
def stray(hosts: Hosts, host: Host) -> t.Iterator[int]:
    """A process of deploy, in a session, that has the stale model; gives its number on the host."""
    ready = f"/tmp/stray-{host.name}"
    program = f"echo $$ >{ready}.pid; exec /usr/bin/python3 /opt/ocr/model_holder.py {ready} {MODELS}/{STALE}"
    with subprocess.Popen(hosts.ssh_command(host, program), stdin=subprocess.DEVNULL) as session:
        try:
            wait_for((host.root / ready[1:]).exists, f"nobody has the model on {host.name}")
            yield int((host.root / f"{ready[1:]}.pid").read_text(encoding="ascii"))
        finally:
            session.kill()
            host.run("pkill", "-KILL", "-f", ready, check=False)
            host.run("rm", "-f", ready, f"{ready}.pid")


KEYWORDS: list[dict[str, t.Any]] = [{"max_fail_percentage": 0}, {"any_errors_fatal": True}]


@pytest.mark.parametrize("keyword", KEYWORDS, ids=["max_fail_percentage", "any_errors_fatal"])
def test_a_failure_on_other_hosts_leaves_no_service_stopped(hosts: Hosts, keyword: dict[str, t.Any]) -> None:
    """Three ways to fail, on one host each, and a host on which all is well."""
    broken, refused, half_stopped, well = hosts.all
    clocks = [
        *start_services(broken, of_ocr="ExecStopPost=+/bin/mount -o remount,ro /srv/ocr"),
        *start_services(refused),
        *start_services(half_stopped, of_ocr="ExecStop=/bin/false"),
        *start_services(well),
    ]
    settings = {"path": MODELS, "engine": "skip", "in_use": "fail", **SETTINGS}
    variables = {f"ocr_maintenance_{name}": value for name, value in settings.items()}
    with stray(hosts, refused) as holder:
        run = hosts.playbook(role_play("all", **keyword), variables=variables)
    assert run.returncode != 0
    for clock in clocks:
        clock.wait()
    assert outcomes(run) == {**{host.name: "failed" for host in hosts.all}, well.name: "changed"}
    assert well.model_names() == {CURRENT}
    reasons = {broken: "Read-only file system", refused: str(holder), half_stopped: "ocr.service was not stopped"}
    for host, reason in reasons.items():
        assert host.model_names() == {STALE, FREE, CURRENT}
        assert reason in run.last(host.name, "fail").result["msg"]


def test_a_process_that_keeps_a_deleted_model_is_named(hosts: Hosts, host: Host) -> None:
    """It is no service, so that no stop would free the model's space."""
    start_services(host)
    pid = int(host.show("ocr.service", "MainPID")["MainPID"])
    with stray(hosts, host) as holder:
        (host.models / STALE).unlink()
        run = maintain(hosts, "--limit", host.name, **SETTINGS)
    assert run.returncode == 0, run.output
    result = maintained(run, host.name).result
    assert (result["pending_bytes"], [row["stopped"] for row in result["services"]]) == (SIZE, [False, False])
    pending = [found for found in facts_of(run, host.name)["holders"] if found["pending"]]
    assert {found["pid"]: found["user"] for found in pending} == {pid: "ocr", holder: "deploy"}
    assert {model["name"] for found in pending for model in found["pending"]} == {STALE}
    assert host.model_names() == {CURRENT}
