# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules and the role on four releases of Debian, by sudo and as a plain user, with a service of systemd."""

from __future__ import annotations

import typing as t

import pytest
from booted_hosts.hosts import MODELS, Clock, Host, Hosts, Run
from tested_with import Record

BACKUP = "/srv/ocr/backup"
CURRENT = {"en_ocr_v2.bin": b"current" * 100, "qwen/part 1.gguf": b"part" * 1000}
STALE = {"old_fr_ocr_v1.bin": b"stale" * 200, "old_qwen/part 1.gguf": b"old" * 3000}
# Who runs the modules: an administrator who becomes root, or the service's user as he is.
USERS = {"sudo": {"user": "deploy", "become": True}, "plain user": {"user": "ocr"}}

as_each_user = pytest.mark.parametrize("user", USERS.values(), ids=USERS)


@pytest.fixture
def supplied(hosts: Hosts) -> Hosts:
    """The hosts, each with current and stale models."""
    for host in hosts.all:
        host.put_models({**CURRENT, **STALE})
    return hosts


def run_module(hosts: Hosts, name: str, user: dict[str, t.Any], *, check: bool = False, **options: t.Any) -> Run:
    """Run a module of the collection on all hosts; none may fail."""
    arguments = {"path": MODELS, **options}
    run = hosts.module("all", f"ocrfleet.aspose.{name}", arguments, check=check, **user)
    assert run.returncode == 0, run.output
    return run


def prune(hosts: Hosts, user: dict[str, t.Any], *, check: bool = False) -> Run:
    """Prune the stale models on all hosts, with a backup."""
    options = {"engine": "skip", "stale_prefixes": ["old_"], "backup_dir": BACKUP}
    return run_module(hosts, "ocr_model_prune", user, check=check, **options)


def contents(host: Host) -> dict[str, bytes]:
    """The models of a host."""
    return {name: (host.models / name).read_bytes() for name in host.model_names()}


def debian_of(host: Host) -> str:
    """The number of a host's Debian, and its Python: 12 (3.11)."""
    release = host.run("sh", "-c", ". /etc/os-release && echo ${VERSION_ID:-testing}").stdout.strip()
    python = host.run("python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").stdout.strip()
    return f"{release} ({python})"


@as_each_user
def test_facts_name_each_model_and_who_has_it(supplied: Hosts, user: dict[str, t.Any]) -> None:
    for host in supplied.all:
        host.clock("ocr.service", *CURRENT)
    run = run_module(supplied, "ocr_model_facts", user, engine="skip", stale_prefixes=["old_"])
    for host in supplied.all:
        result = run.last(host.name, "ocr_model_facts")
        facts = result.result["ansible_facts"]["ocr_models"]
        assert {model["name"]: model["bytes"] for model in facts["models"]} == {
            name: len(content) for name, content in {**CURRENT, **STALE}.items()
        }
        assert (result.status, facts["stale_count"]) == ("ok", len(STALE))
        assert {model["name"] for model in facts["models"] if model["in_use"]} == set(CURRENT)


@as_each_user
def test_check_mode_says_what_prune_and_restore_then_do(
    supplied: Hosts, user: dict[str, t.Any], record_property: Record
) -> None:
    record_property("tested", "Ansible by: ansible-playbook over SSH")
    for host in supplied.all:
        record_property("tested", f"Debian, booted by systemd, and its Python: {debian_of(host)}")
    predicted = prune(supplied, user, check=True)
    assert [contents(host) for host in supplied.all] == [{**CURRENT, **STALE}] * len(supplied.all)
    done = prune(supplied, user)
    assert [contents(host) for host in supplied.all] == [CURRENT] * len(supplied.all)
    again = prune(supplied, user)
    for host in supplied.all:
        before, after = (run.last(host.name, "ocr_model_prune").result for run in (predicted, done))
        assert {model["name"] for model in after["pruned"]} == set(STALE)
        assert (before["pruned"], before["freed_bytes"]) == (after["pruned"], after["freed_bytes"])
        assert again.last(host.name, "ocr_model_prune").status == "ok"
    run_module(supplied, "ocr_model_restore", user, check=True, backup_dir=BACKUP)
    assert [contents(host) for host in supplied.all] == [CURRENT] * len(supplied.all)
    run_module(supplied, "ocr_model_restore", user, backup_dir=BACKUP)
    assert [contents(host) for host in supplied.all] == [{**CURRENT, **STALE}] * len(supplied.all)
    owners = {(host.models / name).stat().st_uid for host in supplied.all for name in host.model_names()}
    assert owners == {9002}


def test_who_cannot_see_who_has_a_model_keeps_it(supplied: Hosts) -> None:
    run = run_module(supplied, "ocr_model_prune", {"user": "guest"}, engine="skip", stale_prefixes=["old_"])
    for host in supplied.all:
        kept = run.last(host.name, "ocr_model_prune").result["kept"]
        assert {model["name"] for model in kept} == set(STALE)
        assert all(model["reason"].startswith("in use cannot be ruled out") for model in kept), kept
        assert contents(host) == {**CURRENT, **STALE}


def test_the_role_takes_stale_models_from_a_service_that_runs_afterwards(supplied: Hosts) -> None:
    """The service has a stale model mapped, so that it has to be stopped for the model's space to be free."""
    for host in supplied.all:
        host.clock("ocr.service", *CURRENT, *STALE)
    variables = {"prune": True, "path": MODELS, "user": "ocr", "engine": "skip", "services": ["ocr"]}
    variables = {f"ocr_maintenance_{name}": value for name, value in variables.items()}
    run = supplied.playbook("ocrfleet.aspose.maintain", "--become", variables=variables)
    assert run.returncode == 0, run.output
    for host in supplied.all:
        assert contents(host) == CURRENT
        assert host.is_active("ocr.service")
        Clock(host, "ocr").wait()
        pid = host.show("ocr.service", "MainPID")["MainPID"]
        mapped = (host.root / "proc" / pid / "maps").read_text(encoding="utf-8")
        assert (MODELS in mapped, "old_" in mapped, "(deleted)" in mapped) == (True, False, False)
