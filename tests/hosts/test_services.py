# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of systemd that are in the way: stopped for a moment, together with what depends on them, then as before."""

from __future__ import annotations

import re
import time
import typing as t

import pytest
from booted_hosts.hosts import MODELS, Clock, Host, Hosts, wait_for
from payload import Payload

STALE = "old_fr.bin"
FREE = "old_free.bin"
CURRENT = "en.bin"
SIZE = 8192
BACKUP = "/run/ocr-backup"
# What a dry run says exactly as the real run does.
SAME = ("changed", "pruned", "kept", "failed_models", "freed_bytes", "pending_bytes")
OF_LOGIND = re.compile(r"^Id=user(-runtime-dir)?@\d+\.service$", re.MULTILINE)
CLIENT = """
import socket, time
while True:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect("/run/ocr.socket")
            open("/run/connected", "a").write("x")
    except OSError:
        time.sleep(0.001)
"""


@pytest.fixture
def host(all_hosts: Hosts) -> Host:
    """A host with two stale models and a current one."""
    host = all_hosts["bookworm1"]
    host.reset()
    host.put_models(dict.fromkeys((STALE, FREE, CURRENT), b"x" * SIZE))
    host.run("rm", "-rf", BACKUP, "/run/connected", "/run/broken", "/run/seen")
    return host


@pytest.fixture
def prune(host: Host, prune_payload: Payload) -> t.Callable[..., dict[str, t.Any]]:
    """Prunes in check mode, which has to change nothing, then really, which has to do just that."""

    def run(services: t.Sequence[str], **options: t.Any) -> dict[str, t.Any]:
        options = {"services": list(services), **options}
        before = state_of(host)
        predicted = prune_payload.run(host, check=True, **options)
        assert state_of(host) == before, "a dry run did something"
        done = prune_payload.run(host, **options)
        if not done.get("failed"):
            assert {key: predicted[key] for key in SAME} == {key: done[key] for key in SAME}
            assert [row[:3] for row in rows(predicted)] == [row[:3] for row in rows(done)]
        return done

    return run


def state_of(host: Host) -> tuple[set[str], set[str]]:
    """The models, and since when which unit runs, but for those that come and go by themselves.

    Those are what Debian's own timers start at some time, and what logind ends a while after a user's last session.
    """
    properties = "Id,ActiveState,ActiveEnterTimestampMonotonic,TriggeredBy"
    listed = host.run("systemctl", "show", "-p", properties, "*.service", "*.socket")
    # systemd lists them in an order of its own, which changes.
    units = {unit.strip() for unit in listed.stdout.split("\n\n")}
    by_themselves = {
        unit for unit in units if OF_LOGIND.search(unit) or set(re.findall(r"\S+\.timer", unit)) - host.units
    }
    return host.model_names(), units - by_themselves


def rows(result: dict[str, t.Any]) -> list[tuple[t.Any, ...]]:
    """What the result says of services: name, was, stopped, state."""
    return [(row["name"], row["was"], row["stopped"], row["state"]) for row in result["services"]]


def stopped(result: dict[str, t.Any]) -> set[str]:
    """The units that were stopped."""
    return {row["name"] for row in result["services"] if row["stopped"]}


def names(result: dict[str, t.Any], key: str) -> set[str]:
    """The names of models in the result."""
    return {model if isinstance(model, str) else model["name"] for model in result[key]}


def pid_of(host: Host, unit: str) -> str:
    """The main process of a unit."""
    return host.show(unit, "MainPID")["MainPID"]


Prune = t.Callable[..., t.Dict[str, t.Any]]


def test_a_service_in_the_way_is_down_for_a_moment(host: Host, prune: Prune) -> None:
    ocr = host.clock("ocr", STALE, CURRENT, service="Restart=always\nRestartSec=0")
    batch = host.clock("batch", CURRENT)
    pid = pid_of(host, "batch.service")
    begin = time.monotonic()
    result = prune(["ocr", "batch.service"])
    end = time.monotonic()
    assert rows(result) == [
        ("ocr.service", "active", True, "active"),
        ("batch.service", "active", False, "active"),
    ]
    assert host.model_names() == {CURRENT}
    assert (result["changed"], result["freed_bytes"], result["pending_bytes"]) == (True, 2 * SIZE, 0)
    assert result["msg"].endswith("stopped ocr.service")
    ocr.wait()
    seconds = result["services"][0]["down_seconds"]
    times = host.show("ocr", "ActiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic")
    down, up = (int(times[f"Active{what}TimestampMonotonic"]) / 10**6 for what in ("Exit", "Enter"))
    assert begin < up - seconds < up < end
    # A systemd that has forgotten the unit meanwhile does not know when it went down.
    assert down == 0 or seconds == round(up - down, 3)
    assert batch.ticks()
    assert pid_of(host, "batch.service") == pid
    again = prune(["ocr", "batch"])
    assert (again["changed"], stopped(again)) == (False, set())


def test_whatever_process_of_a_service_has_the_model(host: Host, prune: Prune) -> None:
    """An instance of a template, a child process, a unit in a slice, one that sees the folder elsewhere."""
    units = {
        "instance@de.service": "",
        "parent.service": "",
        "sliced.service": "Slice=ocr.slice",
        "boxed.service": f"BindPaths={MODELS}:/models\nInaccessiblePaths={MODELS}\nPrivateTmp=yes",
    }
    (host.root / "models").mkdir(exist_ok=True)
    host.unit("ocr.slice", "[Slice]\n")
    host.put_models({f"old_{unit}": SIZE for unit in units})
    clocks = [Clock(host, unit) for unit in units]
    for clock, lines in zip(clocks, units.values(), strict=True):
        command = clock.command(f"/models/old_{clock.name}" if "BindPaths" in lines else f"old_{clock.name}")
        if clock.name.startswith("parent"):
            command = f"/bin/sh -c '{command} & wait'"
        host.unit(clock.name.replace("@de", "@"), f"[Service]\nUser=ocr\nExecStart={command}\n{lines}\n")
    host.run("systemctl", "start", *units)
    for clock in clocks:
        clock.wait()
    result = prune(list(units))
    assert rows(result) == [(unit, "active", True, "active") for unit in units]
    assert host.model_names() == set()
    for clock in clocks:
        clock.wait()


def test_what_ends_along_runs_again(host: Host, prune: Prune) -> None:
    """Of each kind, and what ends with these in turn; but nothing that did not run."""
    host.clock("ocr", STALE)
    kinds = ("Requires", "Requisite", "BindsTo", "PartOf", "StopPropagatedFrom")
    clocks = [host.clock(kind.lower(), unit=f"{kind}=ocr.service\nAfter=ocr.service") for kind in kinds]
    clocks.append(host.clock("front", unit="Requires=bindsto.service\nAfter=bindsto.service"))
    beside = host.clock("beside", unit="After=ocr.service\nWants=ocr.service")
    pid = pid_of(host, "beside.service")
    host.unit("idle.service", "[Unit]\nRequires=ocr.service\n[Service]\nExecStart=/bin/sleep 1000\n")
    result = prune(["ocr"])
    assert stopped(result) == {"ocr.service", *(f"{clock.name}.service" for clock in clocks)}
    assert host.model_names() == {CURRENT}
    for clock in (*clocks, beside):
        clock.wait()
    assert pid_of(host, "beside.service") == pid
    assert not host.is_active("idle.service")


def test_of_two_named_services_that_depend_on_each_other_both_run_again(host: Host, prune: Prune) -> None:
    ocr = host.clock("ocr", STALE)
    web = host.clock("web", STALE, unit="Requires=ocr.service\nAfter=ocr.service")
    for services in (["ocr", "web"], ["web", "ocr"], ["ocr"]):
        host.put_models({STALE: SIZE})
        host.run("systemctl", "restart", "ocr", "web")
        for clock in (ocr, web):
            clock.wait()
        result = prune(services)
        assert stopped(result) == {"ocr.service", "web.service"}
        assert host.model_names() == set()
        for clock in (ocr, web):
            clock.wait()


def test_a_service_that_another_upholds_may_come_back_and_keeps_its_model_then(
    host: Host, prune_payload: Payload
) -> None:
    ocr = host.clock("ocr", STALE)
    host.unit("keeper.service", "[Unit]\nUpholds=ocr.service\n[Service]\nExecStart=/bin/sleep 1000\n")
    host.run("systemctl", "start", "keeper")
    result = prune_payload.run(host, services=["ocr"])
    assert not result.get("failed"), result["msg"]
    assert stopped(result) == {"ocr.service"}
    kept = {model["name"]: model["reason"] for model in result["kept"]}
    assert host.model_names() == {CURRENT, *kept}
    assert all(name == STALE and reason.startswith("in use by") for name, reason in kept.items())
    ocr.wait()


def test_a_socket_under_fire_starts_nothing_in_between(host: Host, prune: Prune) -> None:
    clock = Clock(host, "ocr")
    host.unit("ocr.socket", "[Unit]\nStartLimitIntervalSec=0\n[Socket]\nListenStream=/run/ocr.socket\nBacklog=4\n")
    host.unit(
        "ocr.service", f"[Unit]\nStartLimitIntervalSec=0\n[Service]\nUser=ocr\nExecStart={clock.command(STALE)}\n"
    )
    (host.root / "run/client.py").write_text(CLIENT, encoding="utf-8")
    host.unit("client.service", "[Service]\nExecStart=/usr/bin/python3 /run/client.py\n")
    host.run("systemctl", "start", "ocr.socket", "client")
    clock.wait()
    connected = host.root / "run/connected"
    before = connected.stat().st_size
    result = prune(["ocr"])
    assert stopped(result) == {"ocr.service", "ocr.socket"}
    assert host.model_names() == {CURRENT}, result
    assert host.is_active("ocr.socket")
    clock.wait()
    # The service takes none, so that they queue up: a few each time.
    wait_for(lambda: connected.stat().st_size > before, "nobody can connect any more")


def test_a_timer_is_left_alone(host: Host, prune: Prune) -> None:
    """A job that it ran does not run again, nor does one that it is to run later."""
    host.clock("ocr", STALE)
    job = f"[Unit]\nAfter=ocr.service\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo ran >>{MODELS}/../jobs'\n"
    host.unit("job.service", job)
    host.unit("job.timer", "[Timer]\nOnActiveSec=0\nAccuracySec=1ms\n")
    host.unit("ocr.timer", "[Timer]\nOnCalendar=yearly\nUnit=ocr.service\n")
    host.run("systemctl", "start", "job.timer", "ocr.timer")
    jobs = host.root / "srv/ocr/jobs"
    wait_for(jobs.exists, "the timer did not start its job")
    wait_for(lambda: host.show("job.service", "ActiveState") == {"ActiveState": "inactive"}, "the job does not end")
    since = host.show("ocr.timer", "ActiveEnterTimestampMonotonic")
    result = prune(["ocr", "job"])
    assert rows(result) == [("ocr.service", "active", True, "active"), ("job.service", "inactive", False, "inactive")]
    assert host.model_names() == {CURRENT}
    assert host.show("ocr.timer", "ActiveEnterTimestampMonotonic") == since
    assert jobs.read_text(encoding="ascii") == "ran\n"


def test_a_start_that_takes_its_time_is_waited_for(host: Host, prune: Prune) -> None:
    clock = Clock(host, "ocr")
    start = f"/bin/sh -c 'sleep 1.5; systemd-notify --ready; exec {clock.command(STALE)}'"
    host.unit("ocr.service", f"[Service]\nType=notify\nNotifyAccess=all\nExecStart={start}\n")
    host.run("systemctl", "start", "ocr")
    clock.wait()
    result = prune(["ocr"])
    assert rows(result) == [("ocr.service", "active", True, "active")]
    assert result["services"][0]["down_seconds"] >= 1.5
    assert host.model_names() == {CURRENT}


def test_a_stop_that_hangs_removes_nothing_and_all_is_started(host: Host, prune: Prune) -> None:
    hanging = Clock(host, "ocr")
    command = f"/bin/sh -c 'trap : TERM; {hanging.command(STALE)} & while :; do wait; done'"
    host.unit("ocr.service", f"[Service]\nExecStart={command}\nTimeoutStopSec=600\nKillMode=process\n")
    host.run("systemctl", "start", "ocr")
    hanging.wait()
    batch = host.clock("batch", STALE)
    pid = pid_of(host, "batch.service")
    result = prune(["ocr", "batch"], service_timeout=2)
    assert result["failed"]
    assert "ocr.service was not stopped in time (it is deactivating)" in result["msg"]
    assert "nothing was removed" in result["msg"]
    assert host.model_names() == {STALE, FREE, CURRENT}
    batch.wait()
    assert pid_of(host, "batch.service") != pid
    # Its start waits for its stop.
    host.run("systemctl", "kill", "--signal=KILL", "ocr")
    wait_for(lambda: host.is_active("ocr.service"), "the service was not started again")


def test_a_stop_that_fails_removes_nothing_and_all_is_started(host: Host, prune: Prune) -> None:
    failing = {
        "ocr": ("ExecStop=/bin/false", "was not stopped cleanly: a command of ExecStop or ExecStopPost failed"),
        "after": ('ExecStopPost=/bin/sh -c "exit 3"', "was not stopped cleanly: a command of ExecStop or ExecStopPost"),
        "stubborn": ("KillSignal=SIGCONT\nTimeoutStopSec=1", "did not end in the time that its unit allows"),
    }
    clocks = [host.clock(name, STALE, service=lines) for name, (lines, _said) in failing.items()]
    result = prune(list(failing))
    assert result["failed"]
    for name, (_lines, said) in failing.items():
        assert f"{name}.service {said}" in result["msg"]
    assert "nothing was removed" in result["msg"]
    assert stopped(result) == {f"{name}.service" for name in failing}
    assert names(result, "kept") == {STALE, FREE}
    assert host.model_names() == {STALE, FREE, CURRENT}
    for clock in clocks:
        clock.wait()


def test_a_service_that_answers_sigterm_with_an_exit_status_is_down_all_the_same(host: Host, prune: Prune) -> None:
    clock = Clock(host, "ocr")
    command = f"/bin/bash -c 'trap \"kill $! ; exit 143\" TERM; {clock.command(STALE)} & wait'"
    host.unit("ocr.service", f"[Service]\nExecStart={command.replace('$', '$$')}\n")
    host.run("systemctl", "start", "ocr")
    clock.wait()
    result = prune(["ocr"])
    assert rows(result) == [("ocr.service", "active", True, "active")]
    assert host.model_names() == {CURRENT}


def test_a_start_that_fails_is_named_with_what_it_said(host: Host, prune: Prune) -> None:
    host.clock("ocr", STALE, service='ExecStartPre=/bin/sh -c "test ! -e /run/broken || { echo no license; false; }"')
    web = host.clock("web", STALE)
    (host.root / "run/broken").touch()
    result = prune(["ocr", "web"])
    assert result["failed"]
    assert "ocr.service did not start again: it is failed (exit-code)" in result["msg"]
    assert "it said: no license" in result["msg"]
    assert names(result, "pruned") == {STALE, FREE}
    assert host.model_names() == {CURRENT}
    web.wait()
    assert {row["name"]: row["error"] is None for row in result["services"]} == {
        "ocr.service": False,
        "web.service": True,
    }


def test_a_limit_of_starts_keeps_nothing_down(host: Host, prune: Prune) -> None:
    clock = host.clock("ocr", STALE, unit="StartLimitIntervalSec=3600\nStartLimitBurst=3")
    for _count in range(2):
        host.run("systemctl", "restart", "ocr")
    clock.wait()
    result = prune(["ocr"])
    assert rows(result) == [("ocr.service", "active", True, "active")], result["msg"]
    assert host.model_names() == {CURRENT}


def test_what_cannot_be_stopped_and_started_is_refused(host: Host, prune: Prune) -> None:
    refused = {
        "orc": "is not known to systemd",
        "masked": "is masked",
        "passing": "is transient",
        "nostop": "may not be stopped by hand",
        "nostart": "may not be started by hand",
        "gone": "was defined by /etc/systemd/system/gone.service, which is gone",
        "ocr*": "is a pattern",
        "-H": "begins with a dash",
        "ocr@": "is a template",
        "ocr.socket": "is neither a service nor a target",
        "needed": "systemd stops dependent.service, which is transient",
    }
    for unit in ("nostop", "nostart", "gone"):
        host.unit(f"{unit}.service", "[Service]\nExecStart=/bin/sleep 1000\n")
    host.run("systemctl", "start", "nostop", "nostart", "gone")
    host.unit("nostop.service.d/x.conf", "[Unit]\nRefuseManualStop=yes\n")
    host.unit("nostart.service.d/x.conf", "[Unit]\nRefuseManualStart=yes\n")
    host.run("systemctl", "mask", "masked.service")
    for clock in ("ocr", "needed"):
        host.clock(clock, STALE)
    passing = ["systemd-run", "--collect", "--quiet"]
    host.run(*passing, "--unit=passing", "sleep", "1000")
    host.run(*passing, "--unit=dependent", "--property=Requires=needed.service", "sleep", "1000")
    (host.root / "etc/systemd/system/gone.service").unlink()
    before = state_of(host)
    try:
        for name, why in refused.items():
            result = prune(["ocr", name])
            assert result["failed"], name
            assert re.match(f"services: .*{re.escape(name)}.* {re.escape(why)}", result["msg"])
            assert state_of(host) == before
    finally:
        host.run("systemctl", "unmask", "masked.service")
        host.run("systemctl", "stop", "passing", "dependent", "gone", check=False)


def test_a_service_is_recognised_by_an_alias_and_by_a_target(host: Host, prune: Prune) -> None:
    ocr = host.clock("ocr", STALE, unit="PartOf=ocr.target")
    host.unit("ocr.target", "[Unit]\nWants=ocr.service\n")
    host.run("ln", "-sfn", "ocr.service", "/etc/systemd/system/scan.service")
    host.units.add("scan.service")
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "start", "ocr.target")
    assert stopped(prune(["scan"])) == {"ocr.service"}
    assert host.model_names() == {CURRENT}
    host.put_models({STALE: SIZE})
    host.run("systemctl", "restart", "ocr")
    ocr.wait()
    assert stopped(prune(["ocr.target"])) == {"ocr.service", "ocr.target"}
    assert host.model_names() == set()
    ocr.wait()
    assert host.is_active("ocr.target")


def test_a_unit_that_did_not_run_is_not_started(host: Host, prune: Prune) -> None:
    host.clock("ocr", STALE)
    host.clock("batch", STALE)
    host.run("systemctl", "stop", "batch")
    result = prune(["batch", "ocr"], release="always")
    assert rows(result) == [("batch.service", "inactive", False, "inactive"), ("ocr.service", "active", True, "active")]
    assert not host.is_active("batch.service")


def test_a_users_own_unit_of_the_same_name_is_not_the_systems(hosts: Hosts, host: Host, prune: Prune) -> None:
    system = host.clock("ocr", CURRENT)
    pid = pid_of(host, "ocr.service")
    folder = host.root / "home/deploy/.config/systemd/user"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ocr.service").write_text(f"[Service]\nExecStart={Clock(host, 'own').command(STALE)}\n", encoding="utf-8")
    host.run("chown", "-R", "deploy", "/home/deploy/.config")
    host.run("loginctl", "enable-linger", "deploy")
    try:
        hosts.ssh(host, "systemctl --user daemon-reload; systemctl --user start ocr")
        Clock(host, "own").wait()
        result = prune(["ocr"])
        assert stopped(result) == set()
        assert names(result, "kept") == {STALE}
        assert "user@9001.service" in result["kept"][0]["reason"]
        assert pid_of(host, "ocr.service") == pid
        assert system.ticks()
    finally:
        host.run("loginctl", "disable-linger", "deploy")
        host.run("systemctl", "stop", "user@9001.service", check=False)


@pytest.mark.parametrize("both", [False, True], ids=["alone", "beside the service"])
def test_what_a_scope_holds_is_no_reason_to_stop(host: Host, prune: Prune, both: bool) -> None:
    """No stop of a service would release it."""
    host.clock("ocr", *([STALE] if both else [CURRENT]))
    clock = Clock(host, "scope")
    scope = host.run(
        "systemd-run",
        "--quiet",
        "--unit=launch",
        "--collect",
        "systemd-run",
        "--scope",
        "--unit=loose",
        *clock.command(STALE).split(),
    )
    assert scope.returncode == 0
    clock.wait()
    pid = pid_of(host, "ocr.service")
    try:
        result = prune(["ocr"])
    finally:
        host.run("systemctl", "stop", "loose.scope", "launch.service", check=False)
    assert stopped(result) == set()
    assert names(result, "kept") == {STALE}
    assert "loose.scope" in result["kept"][0]["reason"]
    assert pid_of(host, "ocr.service") == pid


def test_a_service_that_keeps_a_deleted_model_is_stopped(host: Host, prune: Prune) -> None:
    ocr = host.clock("ocr", STALE)
    for name in (STALE, FREE):
        (host.models / name).unlink()
    result = prune(["ocr"])
    assert rows(result) == [("ocr.service", "active", True, "active")]
    assert (result["changed"], result["pruned"], result["pending_bytes"]) == (True, [], 0)
    ocr.wait()
    assert stopped(prune(["ocr"])) == set()


def test_release_never_and_always(host: Host, prune: Prune) -> None:
    host.clock("ocr", STALE)
    host.clock("batch", CURRENT)
    assert prune(["ocr", "batch"], release="never")["services"] == []
    assert host.model_names() == {STALE, CURRENT}
    assert stopped(prune(["ocr", "batch"], release="always")) == {"ocr.service", "batch.service"}
    assert host.model_names() == {CURRENT}
    assert stopped(prune(["ocr", "batch"], release="always")) == set(), "nothing goes"


@pytest.mark.parametrize("backup", [BACKUP, "/srv/ocr/backup"], ids=["copied", "renamed"])
def test_services_are_down_for_the_removal_alone(host: Host, prune: Prune, backup: str) -> None:
    """At their stop each copy is there, and at their start no model is."""
    seen = "/bin/sh -c 'ls {backup}/*/models {models} >>/run/seen 2>&1; echo {what} >>/run/seen'"
    lines = [
        f"{when}=+{seen.format(backup=backup, models=MODELS, what=what)}"
        for when, what in (("ExecStop", "stop"), ("ExecStartPre", "start"))
    ]
    clock = host.clock("ocr", STALE, service="\n".join(lines))
    (host.root / "run/seen").unlink()
    result = prune(["ocr"], backup_dir=backup)
    assert result["backup"] is not None
    clock.wait()
    at_stop, at_start = (host.root / "run/seen").read_text(encoding="ascii").split("stop\n")
    assert at_stop.count(STALE) == (2 if backup == BACKUP else 1)
    assert at_start.count(STALE) == at_start.count(FREE) == 1
    assert host.model_names() == {CURRENT}


def test_a_model_that_its_service_writes_when_it_stops_stays(host: Host, prune_payload: Payload) -> None:
    """It is compared again after the stop: the copy in the backup is no longer true."""
    host.clock("ocr", STALE, service=f"ExecStop=+/bin/sh -c 'echo more >>{MODELS}/{STALE}'")
    result = prune_payload.run(host, services=["ocr"], backup_dir=BACKUP)
    assert {model["name"]: model["reason"] for model in result["kept"]} == {STALE: "changed since the plan was made"}
    assert names(result, "pruned") == {FREE}
    copies = {path.name for path in (host.root / BACKUP[1:]).rglob("old_*")}
    assert copies == {FREE}


def test_in_use_is_fail_holds_after_the_stop_too(host: Host, prune_payload: Payload) -> None:
    """What the service leaves behind, out of its unit, has the model."""
    loose = f"/usr/bin/systemd-run --collect --unit=loose {Clock(host, 'loose').command(STALE)}"
    wait = "/bin/sh -c 'while test ! -e /run/clocks/loose; do sleep 0.05; done'"
    ocr = host.clock("ocr", STALE, service=f"ExecStop=+{loose}\nExecStop=+{wait}")
    try:
        result = prune_payload.run(host, services=["ocr"], in_use="fail")
    finally:
        host.run("systemctl", "stop", "loose.service")
    assert result["failed"]
    assert "in_use is fail and models are in use while the services are stopped" in result["msg"]
    assert "loose.service" in result["msg"]
    assert host.model_names() == {STALE, FREE, CURRENT}
    ocr.wait()


def test_what_is_refused_touches_no_service(host: Host, prune: Prune) -> None:
    host.clock("ocr", STALE)
    host.clock("loose", FREE)
    before = state_of(host)
    for options in ({"backup_dir": "/no/such/folder"}, {"max_prune": "0"}, {"in_use": "fail"}):
        assert prune(["ocr"], **options)["failed"]
        assert state_of(host) == before


def test_a_run_does_not_stop_itself(host: Host, prune_payload: Payload) -> None:
    host.clock("ocr", STALE)
    command = " ".join(prune_payload.command(host, services=["ocr"]))
    host.unit("pull.service", f"[Unit]\nBindsTo=ocr.service\n[Service]\nType=oneshot\nExecStart={command}\n")
    pid = pid_of(host, "ocr.service")
    host.run("systemctl", "start", "pull", check=False)
    said = host.run("journalctl", "-u", "pull", "-o", "cat").stdout
    assert "systemd would stop pull.service, in which this run itself is" in said
    assert pid_of(host, "ocr.service") == pid
    assert STALE in host.model_names()


def test_only_root_may_stop_a_service(hosts: Hosts, host: Host) -> None:
    host.clock("ocr", STALE)
    pid = pid_of(host, "ocr.service")
    options = {"path": MODELS, "engine": "skip", "stale_prefixes": ["old_"], "services": ["ocr"]}
    for check in (True, False):
        run = hosts.module(host.name, "ocrfleet.aspose.ocr_model_prune", options, user="ocr", check=check)
        result = run.last(host.name, "ocr_model_prune").result
        assert "ocr.service would have to be stopped, which only root may do" in result["msg"]
        assert (pid_of(host, "ocr.service"), host.model_names()) == (pid, {STALE, FREE, CURRENT})


def test_services_are_stopped_as_root_and_models_removed_as_their_user(hosts: Hosts) -> None:
    """On each Debian, by Ansible itself."""
    for host in hosts.all:
        host.put_models({STALE: SIZE, CURRENT: SIZE})
        host.clock("ocr", STALE, CURRENT)
        host.run("install", "-d", "-o", "ocr", "-m", "700", BACKUP)
    options = {"path": MODELS, "engine": "skip", "stale_prefixes": ["old_"], "services": ["ocr"], "user": "ocr"}
    run = hosts.module("all", "ocrfleet.aspose.ocr_model_prune", {**options, "backup_dir": BACKUP}, become=True)
    for host in hosts.all:
        result = run.last(host.name, "ocr_model_prune").result
        assert rows(result) == [("ocr.service", "active", True, "active")], result
        assert host.model_names() == {CURRENT}
        Clock(host, "ocr").wait()
        (copy,) = (host.root / BACKUP[1:]).rglob(STALE)
        assert copy.stat().st_uid == host.models.stat().st_uid
        host.run("rm", "-rf", BACKUP)


def test_nothing_of_the_service_helper_stays(host: Host, prune: Prune) -> None:
    host.clock("ocr", STALE)
    prune(["ocr"])
    assert host.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "run-*.scope").stdout == ""
    assert host.run("pgrep", "-f", "service_helper", check=False).returncode == 1
