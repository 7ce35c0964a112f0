# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services stand still for the time of some work, and run afterwards, whatever happens to whom.

The helper is the real one; what it runs writes words into a file. What it does with systemd is tried on real hosts.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import helper_client as host_helper
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service_helper import run_steps
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.pauses import (
    Words,
    ask_to_end,
    pause_of,
    words,
)

ROOT = Path(host_helper.__file__).parents[6]

# Stops and starts a service, and is killed in between, or while it stops.
PROGRAM = """
import os, signal, sys
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.pauses import pause_of
with pause_of(sys.argv[1], stop=sys.argv[2]) as pause:
    if sys.argv[3] == "early":
        signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, 1.0)
    pause.stop()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def wait_for(condition: t.Callable[[], bool]) -> None:
    """Wait until it holds."""
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "waited for 30 s"
        time.sleep(0.01)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the commands write."""
    return tmp_path / "words"


def helper_pid(pause: Pause) -> int:
    """The process of the helper."""
    assert pause._helper is not None
    return pause._helper._process.pid


def test_a_pause(file: Path) -> None:
    with pause_of(file) as pause:
        assert words(file) == [], "the services run until the stop"
        pid = helper_pid(pause)
        pause.stop()
        assert words(file) == ["stop"]
        assert pause.failure is None
        pause.start()
        assert words(file) == ["stop", "start"]
    assert words(file) == ["stop", "start"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_pause_without_a_stop_touches_nothing(file: Path) -> None:
    with pause_of(file):
        pass
    assert words(file) == []


def test_an_exception_starts_the_services(file: Path) -> None:
    with pytest.raises(KeyError), pause_of(file) as pause:
        pause.stop()
        raise KeyError
    assert words(file) == ["stop", "start"]


def test_an_exception_in_the_middle_of_a_request_starts_the_services(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: bytes) -> t.NoReturn:
        raise MemoryError

    with pytest.raises(MemoryError), pause_of(file) as pause:
        assert pause._helper is not None
        pause._helper.wait_until_ready()
        monkeypatch.setattr(pause._helper, "wait_until_ready", lambda: None)
        monkeypatch.setattr(host_helper.json, "loads", broken)
        pause.stop()
    assert words(file) == ["stop", "start"]


def test_an_exception_while_the_helper_is_at_work_leaves_the_start_to_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes: its answer would be taken for another one, and its end would come too soon."""
    failures = [MemoryError()]

    class Selector(selectors.DefaultSelector):
        def __init__(self) -> None:
            if failures:
                raise failures.pop()
            super().__init__()

    monkeypatch.setattr(host_helper, "_GRACE", 0.1)
    with pytest.raises(MemoryError), pause_of(file, stop="sleep 0.5; ", start="sleep 1; ") as pause:
        assert pause._helper is not None
        pause._helper.wait_until_ready()
        monkeypatch.setattr(pause._helper, "wait_until_ready", lambda: None)
        monkeypatch.setattr(host_helper.selectors, "DefaultSelector", Selector)
        pause.stop()
    assert words(file) == ["stop", "start"]


def test_a_stop_that_fails_is_said_and_everything_is_started(file: Path) -> None:
    manager = Words(file)
    manager.stop_failure = "was not stopped"
    with Pause(manager, manager.operation(["ocr"]), 20) as pause:
        pause.stop()
        assert pause.failure == "ocr was not stopped"
        pause.start()
    assert words(file) == ["stop", "start"]
    assert pause.conditions()["ocr"] == (True, "start", None, "was not stopped")


def test_services_that_cannot_be_looked_at_are_a_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_unused: object) -> t.NoReturn:
        raise OSError("systemd does not answer")

    monkeypatch.setattr(Words, "stop_failures", silent)
    with pause_of(file) as pause:
        pause.stop()
        assert pause.failure == "services: systemd does not answer"
        pause.start()
    assert words(file) == ["stop", "start"]


def test_services_are_the_business_of_root_alone(file: Path, monkeypatch: pytest.MonkeyPatch, as_user: int) -> None:
    """Each process is started, and asked, as root, whoever the module is meanwhile."""
    seen = []

    def noted(kind: type[t.Any], name: str) -> None:
        original = getattr(kind, name)

        def note(*arguments: t.Any) -> t.Any:
            seen.append((name, os.geteuid()))
            return original(*arguments)

        monkeypatch.setattr(kind, name, note)

    for name in ("__init__", "wait_until_ready", "ask", "dismiss"):
        noted(host_helper.ServiceHelper, name)
    for name in ("stop_failures", "conditions"):
        noted(Words, name)
    with pause_of(file) as pause:
        assert os.geteuid() == as_user
        pause.stop()
        pause.start()
        assert pause.conditions()["ocr"].state == "start"
        assert os.geteuid() == as_user
    assert [name for name, _user in seen] == [
        *("__init__", "wait_until_ready", "ask", "stop_failures", "ask", "conditions", "dismiss")
    ]
    assert {user for _name, user in seen} == {0}


@pytest.mark.parametrize("when", ["late", "early"])
def test_services_are_started_when_the_module_is_killed(file: Path, when: str) -> None:
    """Also when it is killed while they stop: then the helper waits for that first."""
    program = [sys.executable, "-c", PROGRAM, str(file), "sleep 2; " if when == "early" else "", when]
    done = subprocess.run(program, cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)), check=False)
    assert done.returncode == -signal.SIGKILL
    wait_for(lambda: words(file) == ["stop", "start"])


def test_the_module_starts_the_services_when_the_helper_is_killed(file: Path) -> None:
    with pause_of(file) as pause:
        pause.stop()
        os.kill(helper_pid(pause), signal.SIGKILL)
        pause.start()
        assert words(file) == ["stop", "start"]


def test_a_helper_that_is_killed_while_it_stops(file: Path) -> None:
    """The command that it ran ends before the services are started: it could stop one afterwards."""
    with pause_of(file, stop=f"kill -KILL $PPID; touch {file}.killed; sleep 1; ") as pause:
        pause.stop()
        assert pause.failure is not None
        assert "the service helper ended while it stopped ocr" in pause.failure
        assert words(file) == ["stop"]
        pause.start()
    assert words(file) == ["stop", "start"]


def test_a_helper_that_does_not_answer_is_ended_before_the_module_does_its_work(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = f"""
import os, sys, time
def main():
    for answer in (b"[]\\n", b""):
        sys.stdin.buffer.readline()
        os.write(1, answer)
    time.sleep(3)
    open({str(file)!r}, "a").write("late ")
"""
    monkeypatch.setattr(host_helper, "_GRACE", 0.1)
    monkeypatch.setattr(host_helper, "source_of", lambda _file, beside: program.encode())
    with pause_of(file, timeout=0) as pause:
        pid = helper_pid(pause)
        pause.stop()
        assert pause.failure == "the service helper ended while it stopped ocr (it does not answer)"
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert words(file) == ["start"]


def test_a_helper_that_cannot_work_touches_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_helper, "source_of", lambda _file, beside: b"raise SystemExit('no such luck')")
    with pause_of(file) as pause:
        pause.stop()
        assert pause.failure == "the service helper ended before any stop (no such luck)"
        pause.start()
    assert words(file) == []


def test_a_helper_that_cannot_be_started_touches_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pause_of(file) as pause:
        pause.stop()
        assert "the service helper cannot be started" in str(pause.failure)
        pause.start()
    assert words(file) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_is_noted_while_services_stand_still(file: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pause_of(file) as pause:
        assert signal.getsignal(number) == before
        pause.stop()
        noted_before = pause.interruption.signal
        ask_to_end(number)
        ask_to_end(number)
        assert (noted_before, pause.interruption.signal) == (None, number.name)
        pause.start()
        assert signal.getsignal(number) == before
    assert words(file) == ["stop", "start"]


def test_the_helper_has_only_its_pipes(file: Path) -> None:
    """Nothing of the module's stays open with it: not its lock, not its output."""
    descriptor = os.open(file.parent, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    try:
        with pause_of(file) as pause:
            pause.stop()
            pid = helper_pid(pause)
            opened = [os.readlink(f"/proc/{pid}/fd/{entry}") for entry in os.listdir(f"/proc/{pid}/fd")]
            assert [target.split(":")[0] for target in opened] == ["pipe"] * 3
            assert os.getsid(pid) == pid
            assert os.readlink(f"/proc/{pid}/cwd") == "/"
    finally:
        os.close(descriptor)


def test_nothing_of_the_environment_decides_what_the_helper_runs(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what it imports nor how services are started, as root."""
    (tmp_path / "json.py").write_text("raise SystemExit('no such luck')\n", encoding="ascii")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("OCR_SECRET", "x")
    noted = tmp_path / "noted"
    before = os.umask(0o077)
    try:
        with pause_of(file, stop=f"{{ umask; env; }} > {noted}; ") as pause:
            pause.stop()
            assert pause.failure is None
    finally:
        os.umask(before)
    umask, *variables = noted.read_text(encoding="ascii").splitlines()
    assert umask == "0022"
    assert {line.split("=")[0] for line in variables} <= {"PATH", "LANG", "LC_ALL", "PWD", "SHLVL", "_"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_no_signal_that_asks_to_end_keeps_the_helper_from_the_start(file: Path, number: signal.Signals) -> None:
    with pause_of(file) as pause:
        pause.stop()
        pid = helper_pid(pause)
        os.kill(pid, number)
        pause.start()
        assert pause._helper is not None, "the module started them itself"
        os.kill(pid, 0)
    assert words(file) == ["stop", "start"]


def test_a_command_that_reads_gets_nothing(file: Path) -> None:
    """The helper's own input are the requests of the module."""
    with pause_of(file, stop="cat; ", timeout=5) as pause:
        pause.stop()
        assert words(file) == ["stop"]
    assert words(file) == ["stop", "start"]


def test_a_helper_on_a_systemd_host_is_in_a_scope_of_the_system(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends the session or the unit of the module does not end it."""
    started = []

    def refuse(command: t.Sequence[str], **_options: t.Any) -> t.NoReturn:
        started.append(list(command))
        raise OSError

    monkeypatch.setattr(host_helper, "is_booted", lambda: True)
    monkeypatch.setattr(host_helper.subprocess, "Popen", refuse)
    with pause_of(file):
        pass
    assert started[0][:3] == ["systemd-run", "--scope", "--slice=system.slice"]
    assert started[0][started[0].index("--") + 1 :][:2] == [sys.executable, "-I"]


def test_what_is_started_inherits_nothing_from_the_helper(tmp_path: Path) -> None:
    """No ignored signal, no terminal, no input, and its output goes to a file."""
    status = tmp_path / "status"
    steps = [
        {
            "run": [
                "sh",
                "-c",
                f"cat /proc/self/status /proc/self/fdinfo/0 > {status}; echo said; readlink /proc/$$/fd/1",
            ]
        }
    ]
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        (result,) = run_steps(steps, 10)
    finally:
        signal.signal(signal.SIGHUP, previous)
    assert (result["status"], result["output"].split()[0]) == (0, "said")
    assert "pipe" not in result["output"]
    (ignored,) = [
        line.split()[1] for line in status.read_text(encoding="ascii").splitlines() if line.startswith("SigIgn")
    ]
    assert not int(ignored, 16) & 1 << signal.SIGHUP - 1


def test_a_daemon_that_keeps_its_output_is_not_waited_for() -> None:
    begin = time.monotonic()
    (result,) = run_steps([{"run": ["sh", "-c", "sleep 60 & echo $!"]}], 30)
    os.kill(int(result["output"]), signal.SIGKILL)
    assert result["status"] == 0
    assert time.monotonic() - begin < 30


def test_a_command_that_takes_too_long_is_ended_unless_it_may_go_on(tmp_path: Path) -> None:
    """With the processes that it has started itself."""
    marks = [tmp_path / "ended", tmp_path / "patient"]
    steps: list[dict[str, t.Any]] = [
        {"run": ["sh", "-c", f"(sleep 4; touch {mark}) & wait"], "patient": mark.name == "patient"} for mark in marks
    ]
    results = run_steps([*steps, {"run": ["echo", "last"]}], 1)
    assert [(result["status"], result["output"]) for result in results] == [(None, ""), (None, ""), (0, "last")]
    wait_for(marks[1].exists)
    assert not marks[0].exists()


def test_a_step_that_is_not_needed_is_left_out(tmp_path: Path) -> None:
    steps: list[dict[str, t.Any]] = [
        {"unless": ["sh", "-c", f"exit {status}"], "run": ["sh", "-c", f"echo {status}"]} for status in (0, 3)
    ]
    assert [result["output"] for result in run_steps(steps, 10)] == ["", "3"]


def test_a_command_that_is_not_there_fails() -> None:
    (result,) = run_steps([{"run": ["no-such-command"]}], 10)
    assert result["status"] == 127
    assert result["output"] == "no-such-command: No such file or directory"
