# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that hold the engine: stopped only when they are in the way, and running again in every case.

The services are init scripts; what they run keeps models mapped, as the engine does.
"""

from __future__ import annotations

import typing as t

import pytest
from fleet import CUT_SESSIONS, MODELS, Fleet, Host, Run
from maintenance import (
    BACKUP,
    PRUNE,
    facts_of,
    hosts_without_change,
    limit_to,
    maintain,
    python_that_loses,
)

STALE = "old_fr.bin"
FREE = "old_free.bin"
CURRENT = "en.bin"
SIZE = 8192
BOTH = ["ocr", "ocr-batch"]


def start_services(host: Host, *, before_start: str = "", after_stop: str = "") -> dict[str, int | None]:
    """Two services: ocr maps a stale model and a current one, ocr-batch a current one. What goes wrong is ocr's."""
    host.put_models(dict.fromkeys((STALE, FREE, CURRENT), b"x" * SIZE))
    host.configure_service("ocr", STALE, CURRENT, after_stop=after_stop)
    host.configure_service("ocr-batch", CURRENT)
    for name in BOTH:
        host.service(name, "start")
    host.configure_service("ocr", STALE, CURRENT, before_start=before_start, after_stop=after_stop)
    return pids(host)


def start_services_out_of_the_way(host: Host) -> dict[str, int | None]:
    """Both services, neither of which has the one stale model."""
    host.put_models(dict.fromkeys((FREE, CURRENT), b"x" * SIZE))
    for name in BOTH:
        host.configure_service(name, CURRENT)
        host.service(name, "start")
    return pids(host)


def pids(host: Host) -> dict[str, int | None]:
    """Service to process, None for one that does not run."""
    return {name: host.service_pid(name) for name in BOTH}


def prune(fleet: Fleet, hosts: t.Sequence[Host], *arguments: str, **settings: t.Any) -> Run:
    """Prune these hosts with both services named, as the service user."""
    defaults = {"prune": True, "services": BOTH, "user": "ocr"}
    return maintain(fleet, *limit_to(hosts), *arguments, **{**defaults, **settings})


def service_results(run: Run, host: Host) -> list[tuple[str, str]]:
    """What was done to services on a host, in order: the service and whether that changed anything."""
    return [
        (item["item"], "changed" if item["changed"] else "ok")
        for result in run.of(host.name, "service")
        for item in result.result["results"]
    ]


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
        assert service_results(run, host) == [(name, "changed") for name in (*BOTH, *reversed(BOTH))]
        facts = facts_of(run, host.name)
        assert (facts["count"], facts["stale_count"]) == (1, 0)
    again = prune(fleet, three)
    assert again.returncode == 0, again.output
    for host in three:
        assert service_results(again, host) == []
        assert again.last(host.name, PRUNE).status == "ok"


@pytest.mark.parametrize("user", ["ocr", "root"])
def test_check_mode_shows_what_would_be_stopped_and_changes_nothing(fleet: Fleet, host: Host, user: str) -> None:
    before = start_services(host)
    dry = prune(fleet, [host], "--check", "--diff", user=user)
    assert pids(host) == before
    assert host.model_names() == {STALE, FREE, CURRENT}
    assert service_results(dry, host)[:2] == [("ocr", "changed"), ("ocr-batch", "changed")]
    real = prune(fleet, [host], "--diff", user=user)
    assert (dry.returncode, real.returncode) == (0, 0), dry.output + real.output
    assert dry.last(host.name, PRUNE).result["diff"] == real.last(host.name, PRUNE).result["diff"]
    assert dry.output.count(f"-{STALE}\n") == 1, "the plan showed what the prune showed again"
    assert real.last(host.name, "set_fact").status == "skipped"
    # The module sees services that run on; the role knows that a real run stops them.
    predicted = dry.last(host.name, "set_fact").result["ansible_facts"]["ocr_maintenance_result"]
    done = real.last(host.name, PRUNE).result
    for key in ("changed", "path", "pruned", "kept", "failed_models", "freed_bytes", "pending_bytes", "backup", "diff"):
        assert predicted[key] == done[key], key
    assert done["freed_bytes"] == 2 * SIZE


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
    (kept,) = run.last(never.name, PRUNE).result["kept"]
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
    assert [kept["name"] for kept in run.last(host.name, PRUNE).result["kept"]] == [STALE]
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
    """Three ways to fail after the services were stopped, on one host each, and a host on which all is well."""
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
    assert well.name not in run.statuses("fail") or run.statuses("fail")[well.name] == "skipped"
    reasons = {broken: "Read-only file system", refused: str(holder), half_stopped: "Failed to stop service: ocr"}
    for host, reason in reasons.items():
        assert host.model_names() == {STALE, FREE, CURRENT}
        assert run.last(host.name, "fail").status == "failed"
        assert reason in run.last(host.name, "fail").result["msg"]


def test_a_service_that_does_not_start_again_is_named(fleet: Fleet, host: Host) -> None:
    start_services(host, before_start="echo no license; false")
    run = prune(fleet, [host])
    assert run.returncode != 0
    started = run.last(host.name, "service")
    assert started.status == "failed"
    assert "Failed to start service: ocr" in str(started.result)
    assert host.service_pid("ocr-batch") is not None
    assert host.model_names() == {CURRENT}


def test_a_refused_plan_touches_no_service(fleet: Fleet, host: Host) -> None:
    before = start_services(host)
    run = prune(fleet, [host], max_prune="1")
    assert run.returncode != 0
    assert pids(host) == before
    assert service_results(run, host) == []
    assert host.model_names() == {STALE, FREE, CURRENT}


def test_services_run_again_when_the_connection_is_lost(fleet: Fleet, host: Host) -> None:
    """sshd dies while a service stops, and comes back a little later."""
    lose = "touch /run/lost /run/sshd.hold; pkill -KILL sshd; sleep 3; rm /run/sshd.hold"
    start_services(host, after_stop=f"if [ ! -e /run/lost ]; then {lose}; fi")
    run = prune(fleet, [host])
    assert (host.root / "run/lost").exists()
    assert run.returncode != 0
    assert None not in pids(host).values(), run.output
    assert "connection was lost while" in run.last(host.name, "fail").result["msg"]
    assert [result.status for result in run.of(host.name, PRUNE)] == ["ok"], "more than the plan"


def test_services_run_again_when_the_connection_is_lost_during_the_prune(fleet: Fleet, host: Host) -> None:
    """sshd dies when the prune starts, after both services were stopped, and comes back a little later."""
    start_services(host)
    host.configure_service("ocr-batch", CURRENT, after_stop="touch /run/lose")
    lose = "touch /run/sshd.hold; pkill -KILL sshd; sleep 3; rm /run/sshd.hold"
    run = prune(fleet, [host], *python_that_loses(host, lose), user=None)
    assert run.last(host.name, PRUNE).status == "unreachable"
    assert run.returncode != 0
    assert None not in pids(host).values(), run.output
    assert "connection was lost during the prune" in run.last(host.name, "fail").result["msg"]


def test_a_start_that_is_lost_is_not_taken_for_done(fleet: Fleet, host: Host) -> None:
    """The session ends while the services are started; the host answers again at once."""
    start_services(host, before_start=f"{CUT_SESSIONS}; false")
    run = prune(fleet, [host])
    assert run.last(host.name, "service").status == "unreachable", run.output
    assert host.service_pid("ocr") is None
    assert run.returncode != 0


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
    assert run.returncode != 0
    message = run.last(host.name, "fail").result["msg"]
    for part in (str(stray), "python3", "deploy", STALE, str(SIZE)):
        assert part in message
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
    assert service_results(again, host) == []


def prune_unprivileged(fleet: Fleet, host: Host, release: str) -> Run:
    """Prune as the service user, in a play that has no way to become root."""
    sudoers = host.root / "etc/sudoers"
    original = sudoers.read_text(encoding="utf-8")
    sudoers.write_text("deploy ALL=(ocr) NOPASSWD: ALL\n", encoding="utf-8")
    settings = {"path": MODELS, "engine": "skip", "prune": True, "services": BOTH, "release": release, "user": "ocr"}
    variables = {f"ocr_maintenance_{name}": value for name, value in settings.items()}
    try:
        return fleet.playbook("ocrfleet.aspose.maintain", *limit_to([host]), variables=variables)
    finally:
        sudoers.write_text(original, encoding="utf-8")


def test_an_unprivileged_play_says_that_it_cannot_tell(fleet: Fleet, host: Host) -> None:
    start_services(host)
    for name in BOTH:
        host.service(name, "stop")
    run = prune_unprivileged(fleet, host, "always")
    assert run.returncode == 0, run.output
    assert host.model_names() == {CURRENT}
    assert "could not be told" in run.output


def test_a_model_in_use_by_nobody_knows_whom_is_a_reason_to_stop(fleet: Fleet, host: Host) -> None:
    """The user of the play sees no process that holds it, so it may be a service, which this user may not stop."""
    before = start_services(host)
    run = prune_unprivileged(fleet, host, "when_needed")
    assert run.returncode != 0
    assert run.of(host.name, "service")[0].status == "failed"
    assert pids(host) == before
    assert host.model_names() == {STALE, FREE, CURRENT}


def test_backup_with_services(fleet: Fleet, host: Host) -> None:
    start_services(host)
    run = prune(fleet, [host], backup_dir=BACKUP)
    assert run.returncode == 0, run.output
    backed_up = {path.name for path in (host.root / BACKUP.lstrip("/")).rglob("old_*")}
    assert backed_up == {STALE, FREE}
    assert host.model_names() == {CURRENT}
