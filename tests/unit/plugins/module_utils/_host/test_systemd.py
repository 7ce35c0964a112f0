# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemctl says of units: names, what forbids a stop, what ends along, whether stop and start succeeded."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import systemd
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.cgroup import units_of_cgroup
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.systemd import Systemd
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.units import Unit, parse_units, unit_name

WELL = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "Result": "success",
    "CanStart": "yes",
    "CanStop": "yes",
    "Transient": "no",
    "NeedDaemonReload": "no",
}


def unit(name: str = "ocr.service", **properties: str) -> Unit:
    """A unit that is well, but for these properties."""
    return Unit({"Id": name, "Names": name, **WELL, **properties})


Shown = t.Dict[str, t.Dict[str, str]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What `systemctl show` knows, by the name it is asked for; of others it says that they are not found."""
    known: Shown = {}

    def ask(command: t.Sequence[str]) -> str:
        if command[0] == "journalctl":
            return "no license\n"
        names = command[command.index("--") + 1 :]
        blocks = []
        for name in names:
            found = next((item for item in known.values() if name in item.get("Names", item["Id"]).split()), None)
            block = found or {"Id": name, "Names": name, **WELL, "LoadState": "not-found", "ActiveState": "inactive"}
            blocks.append("\n".join(f"{key}={value}" for key, value in block.items()))
        return "\n\n".join(blocks) + "\n"

    monkeypatch.setattr(systemd, "_ask", ask)
    return known


def add(shown: Shown, name: str, **properties: str) -> None:
    """Let systemd know a unit that runs."""
    shown[name] = {"Id": name, "Names": name, **WELL, **properties}


@pytest.mark.parametrize(
    "text, name",
    [
        ("ocr", "ocr.service"),
        ("ocr.service", "ocr.service"),
        ("ocr.target", "ocr.target"),
        ("ocr.v2", "ocr.v2.service"),
        ("ocr@de", "ocr@de.service"),
        (r"ocr@a\x2db", r"ocr@a\x2db.service"),
        ("net.ocr-1:x_y", "net.ocr-1:x_y.service"),
    ],
)
def test_a_name_means_what_systemctl_takes_it_for(text: str, name: str) -> None:
    assert unit_name(text) == name


@pytest.mark.parametrize(
    "text, why",
    [
        ("ocr*", "pattern"),
        ("ocr?", "pattern"),
        ("ocr[12]", "pattern"),
        ("-H", "no name"),
        ("--root=/x", "no name"),
        ("", "no name"),
        ("a b", "no name"),
        ("../ocr", "no name"),
        ("ocr\n", "no name"),
        ("ocr.socket", "neither a service nor a target"),
        ("ocr.timer", "neither a service nor a target"),
        ("session-2.scope", "neither a service nor a target"),
        ("system.slice", "neither a service nor a target"),
        ("ocr@", "template"),
        ("ocr@.service", "template"),
    ],
)
def test_what_is_no_name_of_one_service_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unit_name(text)


def test_units_are_parsed_each_from_its_block() -> None:
    output = (
        "Id=a.service\nNames=a.service b.service\nActiveState=active\n\nbroken\n\nId=c.socket\nActiveState=dead=x\n"
    )
    first, second = parse_units(output)
    assert (first.name, first.names, first.runs) == ("a.service", {"a.service", "b.service"}, True)
    assert (second.name, second.names, second.state, second.runs) == ("c.socket", {"c.socket"}, "dead=x", False)


@pytest.mark.parametrize("state", ["active", "reloading", "refreshing", "activating"])
def test_what_runs_or_is_about_to(state: str) -> None:
    assert unit(ActiveState=state).runs


@pytest.mark.parametrize("state", ["inactive", "failed", "deactivating", "maintenance"])
def test_what_does_not_run(state: str) -> None:
    assert not unit(ActiveState=state).runs


@pytest.mark.parametrize(
    "properties, why",
    [
        ({"LoadState": "not-found"}, "not known"),
        ({"LoadState": "masked", "CanStart": "no"}, "masked"),
        ({"LoadState": "bad-setting"}, "bad-setting"),
        ({"Transient": "yes"}, "transient"),
        ({"CanStop": "no"}, "stopped by hand"),
        ({"CanStart": "no"}, "started by hand"),
        ({"NeedDaemonReload": "yes", "FragmentPath": "/etc/gone.service"}, "/etc/gone.service, which is gone"),
    ],
)
def test_what_could_not_be_started_again_is_refused(properties: dict[str, str], why: str) -> None:
    obstacle = unit(**properties).obstacle(fragment_exists=False)
    assert obstacle is not None and why in obstacle


def test_what_forbids_nothing() -> None:
    assert unit().obstacle(fragment_exists=False) is None
    changed = unit(NeedDaemonReload="yes", FragmentPath="/etc/there.service")
    assert changed.obstacle(fragment_exists=True) is None


@pytest.mark.parametrize(
    "properties, failed",
    [
        ({"ActiveState": "inactive"}, False),
        # Java and others: SIGTERM makes them end with 143.
        ({"ActiveState": "failed", "Result": "exit-code", "ExecMainCode": "1", "ExecMainStatus": "143"}, False),
        ({"ActiveState": "failed", "Result": "signal", "ExecMainCode": "2", "ExecMainStatus": "9"}, False),
        ({"ActiveState": "failed", "Result": "exit-code", "ExecMainCode": "2", "ExecMainStatus": "15"}, True),
        ({"ActiveState": "failed", "Result": "exit-code", "ExecMainCode": "1", "ExecMainStatus": "0"}, True),
        ({"ActiveState": "failed", "Result": "timeout", "ExecMainCode": "2", "ExecMainStatus": "9"}, True),
    ],
)
def test_a_stop_failed_where_its_commands_or_its_time_did(properties: dict[str, str], failed: bool) -> None:
    assert (unit(**properties).stop_failure() is not None) is failed


def test_how_long_a_unit_was_down() -> None:
    times = {"ActiveExitTimestampMonotonic": "5000000", "ActiveEnterTimestampMonotonic": "5250000"}
    assert unit(**times).down_seconds(4.9) == 0.25
    assert unit(**dict(times, ActiveState="failed")).down_seconds(4.9) is None
    assert unit(**times).down_seconds(6.0) is None, "it entered before this stop"
    forgotten = {"ActiveExitTimestampMonotonic": "0", "ActiveEnterTimestampMonotonic": "5250000"}
    assert unit(**forgotten).down_seconds(5.0) == 0.25, "systemd forgets a unit that is down"


def test_whether_it_was_down_in_between() -> None:
    before = unit(ActiveEnterTimestampMonotonic="1", InactiveEnterTimestampMonotonic="0")
    assert not before.was_stopped_since(before)
    same = {"ActiveEnterTimestampMonotonic": "1", "InactiveEnterTimestampMonotonic": "0"}
    assert unit(ActiveState="inactive", **same).was_stopped_since(before), "whatever systemd has forgotten of its times"
    assert unit(ActiveState="failed", ActiveEnterTimestampMonotonic="1").was_stopped_since(before)
    assert unit(ActiveEnterTimestampMonotonic="9", InactiveEnterTimestampMonotonic="0").was_stopped_since(before)
    assert unit(ActiveEnterTimestampMonotonic="1", InactiveEnterTimestampMonotonic="7").was_stopped_since(before)


@pytest.mark.parametrize(
    "content, units",
    [
        (b"0::/system.slice/ocr.service/nested.service/x\n", [b"ocr.service", b"nested.service"]),
        (b"1:name=systemd:/a.slice/ocr@1.service\n0::/\n", [b"ocr@1.service"]),
        (b"1:name=systemd:/\n0::/system.slice/ocr.service\n", [b"ocr.service"]),
        (b"4:memory:/b.service\n0::/init.scope\n", [b"init.scope"]),
        (b"0::/\n", []),
        (b"", []),
    ],
)
def test_the_units_of_a_control_group(content: bytes, units: list[bytes]) -> None:
    assert units_of_cgroup(content) == units


@pytest.mark.parametrize("kind", ["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo"])
def test_what_ends_along_is_started_again(shown: Shown, kind: str) -> None:
    """Also behind one that does not run itself."""
    add(shown, "ocr.service", **{kind: "between.service idle.service"})
    add(shown, "between.service", ActiveState="inactive", **{kind: "web.service ocr.service"})
    add(shown, "idle.service", ActiveState="inactive")
    add(shown, "web.service", Names="web.service www.service")
    known = Systemd(["ocr"])
    assert known.ends("ocr.service") == {"ocr.service", "between.service", "idle.service", "web.service", "www.service"}
    operation = known.operation(["ocr.service"])
    assert [noted.name for noted in operation.noted] == ["ocr.service", "web.service"]
    assert [step["run"][2:] for step in operation.stop] == [
        ["reset-failed", "--", "ocr.service", "web.service"],
        ["stop", "--", "ocr.service"],
    ]
    assert [step["run"][2:] for step in operation.start] == [["start", "--", "ocr.service", "web.service"]]


@pytest.mark.parametrize("kind", ["WantedBy", "Wants", "Requires", "Before", "ConflictedBy", "UpheldBy"])
def test_what_does_not_end_along(shown: Shown, kind: str) -> None:
    add(shown, "ocr.service", **{kind: "other.service"})
    add(shown, "other.service")
    assert Systemd(["ocr"]).ends("ocr.service") == {"ocr.service"}


def test_a_socket_is_stopped_first_and_started_first(shown: Shown) -> None:
    add(shown, "ocr.service", TriggeredBy="ocr.timer ocr.socket ocr.path", RequiredBy="web.service")
    for name in ("ocr.timer", "ocr.path", "ocr.socket", "web.socket"):
        add(shown, name)
    add(shown, "web.service", TriggeredBy="web.socket", ActiveState="inactive")
    operation = Systemd(["ocr"]).operation(["ocr.service"])
    assert operation.stop[1]["run"][4:] == ["ocr.socket", "web.socket", "ocr.service"]
    assert operation.start[0]["run"][4:] == ["ocr.socket", "web.socket", "ocr.service"]
    unless = [(step["unless"][-1], step["run"][2:]) for step in operation.start[1:]]
    assert unless == [
        ("ocr.socket", ["stop", "--", "ocr.service"]),
        ("ocr.socket", ["start", "--", "ocr.socket", "web.socket", "ocr.service"]),
    ]


def test_the_sockets_of_a_service_that_comes_back_at_once_are_left_alone(shown: Shown) -> None:
    add(shown, "ocr.service", TriggeredBy="ocr.socket", UpheldBy="watch.service")
    add(shown, "ocr.socket")
    assert Systemd(["ocr"]).operation(["ocr.service"]).stop[1]["run"][4:] == ["ocr.service"]


def test_an_alias_and_a_second_name_are_one_service(shown: Shown) -> None:
    add(shown, "ocr.service", Names="ocr.service scan.service")
    known = Systemd(["scan", "ocr", "ocr.service"])
    assert [(service.name, service.names) for service in known.services] == [
        ("ocr.service", {"ocr.service", "scan.service"})
    ]


def test_a_unit_that_does_not_run_is_stopped_for_what_ends_along_only(shown: Shown) -> None:
    add(shown, "ocr.target", ActiveState="inactive", ConsistsOf="worker@1.service")
    add(shown, "worker@1.service")
    add(shown, "idle.service", ActiveState="inactive")
    known = Systemd(["ocr.target", "idle"])
    assert [known.runs(name) for name in ("ocr.target", "idle.service")] == [True, False]
    operation = known.operation(["ocr.target"])
    assert operation.stop[1]["run"][4:] == ["ocr.target"]
    assert operation.start[0]["run"][4:] == ["worker@1.service"]
    assert [(noted.name, noted.ran) for noted in operation.noted] == [("worker@1.service", True), ("ocr.target", False)]


def test_an_unknown_service_is_refused_by_the_name_that_was_given(shown: Shown) -> None:
    with pytest.raises(OcrModelError, match="services: orc is not known to systemd; nothing was touched"):
        Systemd(["orc"])


def test_what_would_end_along_and_could_not_be_started_is_refused(shown: Shown) -> None:
    add(shown, "ocr.service", BoundBy="run-r1.service masked.service")
    add(shown, "run-r1.service", Transient="yes")
    add(shown, "masked.service", ActiveState="inactive", LoadState="masked")
    with pytest.raises(OcrModelError, match=r"with ocr.service systemd stops run-r1.service, which is transient"):
        Systemd(["ocr"]).operation(["ocr.service"])


def test_a_stop_that_would_end_the_run_itself_is_refused(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    add(shown, "ocr.service", RequiredBy="pull.service")
    add(shown, "pull.service")
    monkeypatch.setattr(systemd, "units_of_cgroup", lambda content: [b"pull.service"])
    with pytest.raises(OcrModelError, match=r"would stop pull\.service, in which this run itself is"):
        Systemd(["ocr"]).operation(["ocr.service"])


def test_success_is_what_the_units_show(shown: Shown) -> None:
    add(shown, "ocr.service", ActiveEnterTimestampMonotonic="1000000")
    known = Systemd(["ocr"])
    operation = known.operation(["ocr.service"])
    done = [{"status": 0, "output": "ocr.service: fine", "began": began, "ended": 2.1} for began in (1.9, 2.0)]
    assert known.stop_failures(operation, done) == {"ocr.service": "was not stopped (it is active): ocr.service: fine"}
    in_vain = [done[0], dict(done[1], status=None, output="")]
    assert known.stop_failures(operation, in_vain) == {"ocr.service": "was not stopped in time (it is active)"}
    add(shown, "ocr.service", ActiveState="inactive")
    assert known.stop_failures(operation, [dict(step, status=1) for step in done]) == {}
    add(shown, "ocr.service", ActiveEnterTimestampMonotonic="2500000")
    assert known.conditions(operation, done, done)["ocr.service"] == (True, "active", 0.5, None)
    add(shown, "ocr.service", ActiveState="failed", Result="exit-code")
    stopped, state, seconds, error = known.conditions(operation, done, done)["ocr.service"]
    assert (stopped, state, seconds) == (True, "failed", None)
    assert error == "did not start again: it is failed (exit-code): ocr.service: fine; it said: no license"
    add(shown, "ocr.service", ActiveState="inactive", Type="oneshot")
    assert known.conditions(operation, done, done)["ocr.service"].error is None


def test_a_unit_that_is_down_may_have_been_stopped_badly(shown: Shown) -> None:
    add(shown, "ocr.service")
    known = Systemd(["ocr"])
    operation = known.operation(["ocr.service"])
    done = [{"status": 0, "output": "", "began": began, "ended": 2.1} for began in (1.9, 2.0)]
    add(shown, "ocr.service", ActiveState="failed", Result="timeout")
    assert known.stop_failures(operation, done) == {"ocr.service": "did not end in the time that its unit allows"}


@pytest.mark.parametrize(
    "program, why",
    [
        ("echo no bus >&2; exit 1", "systemd does not answer: no bus"),
        ("exec sleep 60", "systemctl does not answer: .*timed out"),
        ("", "systemctl does not answer: .*No such file"),
    ],
    ids=["an error", "no answer", "no systemctl"],
)
def test_a_systemd_that_does_not_answer_is_an_error(
    program: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is touched, as what runs is asked first."""
    monkeypatch.setattr(systemd, "_PATIENCE", 0.2)
    monkeypatch.setenv("PATH", str(tmp_path))
    if program:
        systemctl = tmp_path / "systemctl"
        systemctl.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{program}\n", encoding="ascii")
        systemctl.chmod(0o755)
    with pytest.raises(OSError, match=why):
        Systemd(["ocr"])
