# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays around the role that decide over check mode, users and failures: none makes it do what was not asked."""

from __future__ import annotations

import typing as t

import pytest
from light_hosts.fleet import MODELS, OCR_USER_ID, Fleet, Host, Run
from maintenance import limit_to, maintained, role_play
from with_services import BOTH, CURRENT, FREE, STALE, pids, services_of, start_services, wait_until_both_run

SETTINGS = {"path": MODELS, "engine": "skip", "prune": True, "user": "ocr", "services": BOTH}
# Notes as whom it runs, and is Python otherwise.
SDK_PYTHON = """#!/bin/sh
id -u >>/tmp/who
exec /usr/bin/python3 "$@"
"""


def run_play(fleet: Fleet, hosts: t.Sequence[Host], *arguments: str, settings: dict[str, t.Any], **play: t.Any) -> Run:
    """Run a play of the role alone, with these settings of the role, and with keywords of the play."""
    variables = {f"ocr_maintenance_{name}": value for name, value in settings.items()}
    return fleet.playbook(role_play("fleet", **play), *arguments, *limit_to(hosts), variables=variables)


def test_a_play_that_is_real_under_check_keeps_what_is_in_use(fleet: Fleet, host: Host) -> None:
    before = start_services(host)
    stray = host.start_holder(FREE)
    run = run_play(fleet, [host], "--check", settings=SETTINGS, check_mode=False)
    assert run.returncode == 0, run.output
    assert host.model_names() == {FREE, CURRENT}
    assert services_of(run, host)["ocr"] == (True, "active")
    assert not set(pids(host).values()) & {None, before["ocr"]}
    assert maintained(run, host.name).result["run"]["kind"] == "prune"
    host.kill(stray)


def test_a_play_in_check_mode_says_what_the_real_one_does(fleet: Fleet, host: Host) -> None:
    before = start_services(host)
    dry = run_play(fleet, [host], settings=SETTINGS, check_mode=True)
    assert (pids(host), host.model_names()) == (before, {STALE, FREE, CURRENT})
    real = run_play(fleet, [host], settings=SETTINGS)
    assert (dry.returncode, real.returncode) == (0, 0), dry.output + real.output
    predicted, done = (maintained(run, host.name).result for run in (dry, real))
    for key in ("changed", "pruned", "kept", "failed_models", "freed_bytes"):
        assert predicted[key] == done[key], key
    assert services_of(dry, host) == services_of(real, host)
    assert (predicted["run"]["kind"], done["run"]["kind"]) == ("dry run", "prune")
    assert host.model_names() == {CURRENT}


@pytest.mark.parametrize("become_user", ["root", "deploy"])
def test_the_inventory_does_not_say_as_whom_the_sdk_runs(fleet: Fleet, host: Host, become_user: str) -> None:
    host.put_models({STALE: b"x", CURRENT: b"x"})
    python = host.root / "opt/ocr/sdk-python"
    python.write_text(SDK_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    (host.root / "tmp/who").unlink(missing_ok=True)
    settings = {**SETTINGS, "engine": "auto", "sdk_python": "/opt/ocr/sdk-python", "services": []}
    inventory = fleet.folder / "become.ini"
    inventory.write_text(f"{host.name} ansible_become_user={become_user}\n", encoding="utf-8")
    sources = ("-i", str(fleet.folder / "inventory.json"), "-i", str(inventory))
    run = run_play(fleet, [host], *sources, settings=settings)
    who = host.root / "tmp/who"
    if become_user == "root":
        assert run.returncode == 0, run.output
        assert set(who.read_text(encoding="ascii").split()) == {str(OCR_USER_ID)}
        assert host.model_names() == {CURRENT}
    else:
        assert "become root" in maintained(run, host.name).result["msg"]
        assert not who.exists()
        assert host.model_names() == {STALE, CURRENT}


def test_a_refused_plan_stays_refused_where_errors_are_ignored(fleet: Fleet, host: Host) -> None:
    before = start_services(host)
    run = run_play(fleet, [host], settings={**SETTINGS, "max_prune": 0}, ignore_errors=True)
    assert run.returncode == 0, run.output
    assert maintained(run, host.name).status == "ignored"
    assert (pids(host), host.model_names()) == (before, {STALE, FREE, CURRENT})


def test_a_host_that_is_lost_while_its_service_stops_leaves_no_other_host_without(fleet: Fleet) -> None:
    lost, *others = hosts = fleet.hosts[:4]
    start_services(lost, after_stop="touch /run/sshd.hold; pkill -KILL sshd")
    for host in others:
        start_services(host)
    run = run_play(fleet, hosts, settings=SETTINGS, max_fail_percentage=0, serial=2)
    assert run.returncode != 0
    assert maintained(run, lost.name).status == "unreachable"
    for host in hosts:
        wait_until_both_run(host, run)


def test_a_task_timeout_ends_the_task_and_not_the_prune(fleet: Fleet, host: Host) -> None:
    """What it was too short for is done all the same, and nobody is told: docs/scale.md warns of it."""
    start_services(host, after_stop="until [ -e /run/timed-out ]; do sleep 0.1; done")
    run = run_play(fleet, [host], settings=SETTINGS, timeout=8)
    ended = maintained(run, host.name)
    assert (ended.status, ended.result["timedout"]["period"]) == ("failed", 8)
    assert "1 host: Task failed: Timed out after 8 second(s)" in run.output
    assert pids(host)["ocr"] is None, "it was not in the middle of the prune"
    (host.root / "run/timed-out").touch()
    wait_until_both_run(host, run)
    assert host.model_names() == {CURRENT}
