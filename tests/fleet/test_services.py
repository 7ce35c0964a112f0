# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that hold the engine: stopped only when they are in the way, and running again in every case.

The services are init scripts; what they run keeps models mapped, as the engine does.
"""

from __future__ import annotations

import typing as t

import pytest
from light_hosts.fleet import MODELS, Fleet, Host, Run
from maintenance import BACKUP, facts_of, hosts_without_change, limit_to, maintained, outcomes
from with_services import (
    BOTH,
    CURRENT,
    FREE,
    SIZE,
    STALE,
    pids,
    prune,
    services_of,
    start_services,
    start_services_out_of_the_way,
    wait_until_both_run,
)


def test_services_in_the_way_are_stopped_and_run_again(fleet: Fleet) -> None:
    three = fleet.hosts[:3]
    before = {host.name: start_services(host) for host in three}
    run = prune(fleet, three)
    assert run.returncode == 0, run.output
    for host in three:
        assert host.model_names() == {CURRENT}
        after = pids(host)
        assert None not in after.values()
        assert not set(after.values()) & set(before[host.name].values()), "a service was not stopped"
        assert services_of(run, host) == dict.fromkeys(BOTH, (True, "active"))
        facts = facts_of(run, host.name)
        assert (facts["count"], facts["stale_count"]) == (1, 0)
    again = prune(fleet, three)
    assert again.returncode == 0, again.output
    for host in three:
        assert services_of(again, host) == dict.fromkeys(BOTH, (False, "active"))
        assert maintained(again, host.name).status == "ok"


@pytest.mark.parametrize("user", ["ocr", "root"])
def test_check_mode_shows_what_would_be_stopped_and_changes_nothing(fleet: Fleet, host: Host, user: str) -> None:
    before = start_services(host)
    dry = prune(fleet, [host], "--check", "--diff", user=user)
    assert pids(host) == before
    assert host.model_names() == {STALE, FREE, CURRENT}
    real = prune(fleet, [host], "--diff", user=user)
    assert (dry.returncode, real.returncode) == (0, 0), dry.output + real.output
    assert services_of(dry, host) == services_of(real, host) == dict.fromkeys(BOTH, (True, "active"))
    assert dry.output.count(f"-{STALE}\n") == 1
    predicted, done = maintained(dry, host.name).result, maintained(real, host.name).result
    for key in ("changed", "pruned", "kept", "failed_models", "freed_bytes", "pending_bytes", "backup", "diff"):
        assert predicted[key] == done[key], key
    assert (done["freed_bytes"], done["pending_bytes"]) == (2 * SIZE, 0)


def test_services_that_are_not_in_the_way_are_left_alone(fleet: Fleet, host: Host) -> None:
    before = start_services_out_of_the_way(host)
    run = prune(fleet, [host])
    assert run.returncode == 0, run.output
    assert host.model_names() == {CURRENT}
    assert pids(host) == before


def test_release_never_and_always(fleet: Fleet) -> None:
    never, always = fleet.hosts[:2]
    before = {never.name: start_services(never)}
    run = prune(fleet, [never], release="never")
    assert run.returncode == 0, run.output
    assert never.model_names() == {STALE, CURRENT}
    assert pids(never) == before[never.name]
    (kept,) = maintained(run, never.name).result["kept"]
    assert str(before[never.name]["ocr"]) in kept["reason"]
    before[always.name] = start_services_out_of_the_way(always)
    run = prune(fleet, [always], release="always")
    assert run.returncode == 0, run.output
    assert not set(pids(always).values()) & {None, *before[always.name].values()}
    at_rest = pids(always)
    again = prune(fleet, [always], release="always")
    assert again.returncode == 0, again.output
    assert pids(always) == at_rest


def test_a_plan_is_no_change(fleet: Fleet, host: Host) -> None:
    """No service runs, and what would go is held by another process, so it stays."""
    host.put_models({STALE: b"x" * SIZE})
    stray = host.start_holder(STALE)
    run = prune(fleet, [host])
    assert run.returncode == 0, run.output
    assert [kept["name"] for kept in maintained(run, host.name).result["kept"]] == [STALE]
    assert hosts_without_change(run) == {host.name}
    host.kill(stray)


def test_a_service_that_did_not_run_is_not_started(fleet: Fleet, host: Host) -> None:
    start_services(host)
    host.service("ocr-batch", "stop")
    run = prune(fleet, [host])
    assert run.returncode == 0, run.output
    assert host.model_names() == {CURRENT}
    assert host.service_pid("ocr") is not None
    assert host.service_pid("ocr-batch") is None


def test_services_run_again_when_the_prune_does_not_succeed(fleet: Fleet) -> None:
    """Three ways to fail, on one host each, and a host on which all is well."""
    broken, refused, half_stopped, well = hosts = fleet.hosts[:4]
    start_services(broken, after_stop="mount -o remount,ro /srv/ocr")
    start_services(refused)
    start_services(half_stopped, after_stop="echo the stop went wrong; false")
    start_services(well)
    holder = refused.start_holder(STALE)
    run = prune(fleet, hosts, in_use="fail")
    assert run.returncode != 0
    for host in hosts:
        assert None not in pids(host).values(), f"{host.name}: {run.output}"
    assert well.model_names() == {CURRENT}
    assert outcomes(run) == {**{host.name: "failed" for host in hosts}, well.name: "changed"}
    reasons = {broken: "Read-only file system", refused: str(holder), half_stopped: "ocr"}
    for host, reason in reasons.items():
        assert host.model_names() == {STALE, FREE, CURRENT}
        assert reason in run.last(host.name, "fail").result["msg"]


def test_a_service_that_does_not_start_again_is_named(fleet: Fleet, host: Host) -> None:
    start_services(host, before_start="echo no license; false")
    run = prune(fleet, [host])
    assert run.returncode != 0
    assert maintained(run, host.name).status == "failed"
    assert "ocr" in maintained(run, host.name).result["msg"]
    assert host.service_pid("ocr-batch") is not None
    assert host.model_names() == {CURRENT}


def test_a_refused_plan_touches_no_service(fleet: Fleet, host: Host) -> None:
    before = start_services(host)
    run = prune(fleet, [host], max_prune="1")
    assert run.returncode != 0
    assert pids(host) == before
    assert host.model_names() == {STALE, FREE, CURRENT}


def test_services_run_again_when_the_connection_is_lost(fleet: Fleet, host: Host) -> None:
    """sshd dies while a service stops, and comes back a little later: the host does not need the controller."""
    lose = "touch /run/lost /run/sshd.hold; pkill -KILL sshd; sleep 3; rm /run/sshd.hold"
    start_services(host, after_stop=f"if [ ! -e /run/lost ]; then {lose}; fi")
    run = prune(fleet, [host])
    assert (host.root / "run/lost").exists()
    assert run.returncode != 0
    wait_until_both_run(host, run)


@pytest.mark.parametrize("tolerance", [{"max_fail_percentage": 0}, {}], ids=["max_fail_percentage", "any_errors_fatal"])
def test_a_failure_elsewhere_leaves_no_service_stopped(fleet: Fleet, tolerance: dict[str, t.Any]) -> None:
    bad, half_stopped, *others = hosts = fleet.hosts[:4]
    start_services(bad, after_stop="mount -o remount,ro /srv/ocr")
    start_services(half_stopped, after_stop="false")
    for host in others:
        start_services(host)
    variables = {"path": MODELS, "engine": "skip", "prune": True, "services": BOTH}
    play = {
        "hosts": "fleet",
        "gather_facts": False,
        "become": True,
        "any_errors_fatal": not tolerance,
        **tolerance,
        "roles": ["ocrfleet.aspose.ocr_maintenance"],
    }
    prefixed = {f"ocr_maintenance_{name}": value for name, value in variables.items()}
    run = fleet.playbook([play], *limit_to(hosts), variables=prefixed)
    assert run.returncode != 0
    for host in hosts:
        assert None not in pids(host).values(), f"{host.name}: {run.output}"
    for host in others:
        assert host.model_names() == {CURRENT}


def test_a_process_that_keeps_deleted_models_is_named(fleet: Fleet, host: Host) -> None:
    start_services(host)
    stray = host.start_holder(STALE, user="deploy")
    (host.models / STALE).unlink()
    run = prune(fleet, [host])
    assert run.returncode == 0, run.output
    assert maintained(run, host.name).result["pending_bytes"] == SIZE
    (holder,) = [holder for holder in facts_of(run, host.name)["holders"] if holder["pending"]]
    assert (holder["pid"], holder["user"], holder["pending"][0]["name"]) == (stray, "deploy", STALE)
    assert None not in pids(host).values()
    host.kill(stray)


def test_models_deleted_by_hand_are_released(fleet: Fleet, host: Host) -> None:
    before = start_services(host)
    for name in (STALE, FREE):
        (host.models / name).unlink()
    dry = prune(fleet, [host], "--check")
    run = prune(fleet, [host])
    assert (dry.returncode, run.returncode) == (0, 0), dry.output + run.output
    assert not set(pids(host).values()) & {None, *before.values()}
    again = prune(fleet, [host])
    assert services_of(again, host) == dict.fromkeys(BOTH, (False, "active"))


def prune_unprivileged(fleet: Fleet, host: Host, release: str, *arguments: str) -> Run:
    """Prune as the service user, in a play that has no way to become root."""
    sudoers = host.root / "etc/sudoers"
    original = sudoers.read_text(encoding="utf-8")
    sudoers.write_text("deploy ALL=(ocr) NOPASSWD: ALL\n", encoding="utf-8")
    settings = {"path": MODELS, "engine": "skip", "prune": True, "services": BOTH, "release": release}
    variables = {f"ocr_maintenance_{name}": value for name, value in settings.items()}
    become = ("--become", "--extra-vars", "ansible_become_user=ocr")
    try:
        return fleet.playbook("ocrfleet.aspose.maintain", *become, *arguments, *limit_to([host]), variables=variables)
    finally:
        sudoers.write_text(original, encoding="utf-8")


@pytest.mark.parametrize("check", [(), ("--check",)], ids=["real", "check"])
def test_services_in_the_way_of_a_play_that_cannot_become_root(
    fleet: Fleet, host: Host, check: tuple[str, ...]
) -> None:
    """It may not stop them, so it fails before anything is touched, in check mode too."""
    before = start_services(host)
    run = prune_unprivileged(fleet, host, "when_needed", *check)
    assert run.returncode != 0
    assert "root" in maintained(run, host.name).result["msg"]
    assert pids(host) == before
    assert host.model_names() == {STALE, FREE, CURRENT}


def test_backup_with_services(fleet: Fleet, host: Host) -> None:
    start_services(host)
    run = prune(fleet, [host], backup_dir=BACKUP)
    assert run.returncode == 0, run.output
    backed_up = {path.name for path in (host.root / BACKUP.lstrip("/")).rglob("old_*")}
    assert backed_up == {STALE, FREE}
    assert host.model_names() == {CURRENT}
