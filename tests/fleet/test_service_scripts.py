# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of hosts without systemd, whose init scripts do what such scripts do: each is as before, or is named."""

from __future__ import annotations

import os
import typing as t

import pytest
from light_hosts.fleet import Fleet, Host, Run, wait_for
from maintenance import limit_to, maintain, maintained

STALE = "old_fr.bin"
CURRENT = "en.bin"
# What it may take until a service runs again, on a machine that has nothing else to do.
SECONDS = 2.0

# As many scripts do it: what is started has the script's own standard output and error.
TALKATIVE = """#!/bin/sh
pid=/run/ocr-talkative.pid
alive() { [ -s $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $1 in
    start)
        echo started >>/run/talkative
        rm -f /run/talkative-ready
        /usr/bin/python3 /opt/ocr/model_holder.py /run/talkative-ready /srv/ocr/models/* &
        echo $! >$pid
        while [ ! -e /run/talkative-ready ]; do sleep 0.05; done
        ;;
    stop)
        kill "$(cat $pid)"
        while alive; do sleep 0.05; done
        ;;
    status) alive || exit 3 ;;
esac
"""
# The service helper runs the script, and the module has started the service helper. Process 1 is neither.
END_HELPER = '[ "$PPID" -gt 1 ] && kill -KILL "$PPID"'
END_MODULE = (
    'module=$(sed -n "s/^PPid:[[:space:]]*//p" "/proc/$PPID/status"); [ "$module" -gt 1 ] && kill -KILL "$module"'
)


@pytest.fixture
def supplied(host: Host) -> Host:
    """A host with a stale model, which a service has mapped, and a current one."""
    host.put_models({STALE: b"x" * 8192, CURRENT: b"x" * 8192})
    host.run("sh", "-c", "rm -f /run/ended /run/started /run/talkative*")
    host.configure_service("ocr", STALE, CURRENT)
    host.service("ocr", "start")
    return host


def prune(fleet: Fleet, host: Host, *arguments: str, services: t.Sequence[str] = ("ocr",)) -> Run:
    """Prune with these services named."""
    return maintain(fleet, *limit_to([host]), *arguments, prune=True, services=list(services), user="ocr")


def once(commands: str) -> str:
    """These commands the first time only; when they ran is the time of /run/ended."""
    return f"if [ ! -e /run/ended ]; then touch /run/ended; {commands}; fi"


def wait_until_it_runs(host: Host) -> None:
    """Return when the service runs again, which it has to soon after the module or its helper was ended."""
    wait_for(lambda: host.service_pid("ocr") is not None, f"the service of {host.name} does not run again")
    ended, started = ((host.root / "run" / name).stat().st_mtime for name in ("ended", "started"))
    # On a machine that has more to do than it can, everything takes longer.
    assert started - ended <= SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(fleet: Fleet, supplied: Host) -> None:
    script = supplied.root / "etc/init.d/ocr-talkative"
    script.write_text(TALKATIVE, encoding="utf-8")
    script.chmod(0o755)
    supplied.service("ocr", "stop")
    supplied.run("sh", "-c", "service ocr-talkative start >/dev/null 2>&1")
    before = (supplied.root / "run/ocr-talkative.pid").read_text(encoding="ascii")
    try:
        run = prune(fleet, supplied, services=["ocr-talkative"])
        assert run.returncode == 0, run.output
        (row,) = maintained(run, supplied.name).result["services"]
        assert (row["was"], row["stopped"], row["state"], row["error"]) == ("active", True, "active", None)
        assert 0 < row["down_seconds"] < 20, "the daemon's output was waited for"
        assert supplied.model_names() == {CURRENT}
        assert (supplied.root / "run/ocr-talkative.pid").read_text(encoding="ascii") != before
        assert (supplied.root / "run/talkative").read_text(encoding="ascii") == "started\n" * 2
    finally:
        supplied.service("ocr-talkative", "stop")
        script.unlink()


def test_a_stop_that_fails_removes_nothing_and_is_named(fleet: Fleet, supplied: Host) -> None:
    supplied.configure_service("ocr", STALE, CURRENT, after_stop="echo disk on fire; false")
    run = prune(fleet, supplied)
    assert maintained(run, supplied.name).status == "failed"
    result = maintained(run, supplied.name).result
    assert "ocr was not stopped (exit status 1): disk on fire" in result["msg"]
    assert "nothing was removed" in result["msg"]
    assert supplied.model_names() == {STALE, CURRENT}
    assert supplied.service_pid("ocr") is not None


def test_a_start_that_fails_is_named_and_the_rest_is_done(fleet: Fleet, supplied: Host) -> None:
    supplied.configure_service("ocr", STALE, CURRENT, before_start="echo no license; false")
    run = prune(fleet, supplied)
    assert maintained(run, supplied.name).status == "failed"
    result = maintained(run, supplied.name).result
    assert "ocr did not start again (exit status 1): no license" in result["msg"]
    assert [model["name"] if isinstance(model, dict) else model for model in result["pruned"]] == [STALE]
    assert supplied.model_names() == {CURRENT}
    (row,) = result["services"]
    assert (row["stopped"], row["state"], row["down_seconds"]) == (True, "inactive", None)


@pytest.mark.parametrize("check", [(), ("--check",)], ids=["real", "check"])
@pytest.mark.parametrize("name", ["nosuch", "ocr nosuch", "-x"])
def test_an_unknown_service_is_refused_before_anything_is_touched(
    fleet: Fleet, supplied: Host, name: str, check: tuple[str, ...]
) -> None:
    pid = supplied.service_pid("ocr")
    run = prune(fleet, supplied, *check, services=["ocr", name])
    assert maintained(run, supplied.name).status == "failed"
    assert f": {name} " in maintained(run, supplied.name).result["msg"]
    assert (supplied.service_pid("ocr"), supplied.model_names()) == (pid, {STALE, CURRENT})


def configure_end(host: Host, moment: str, command: str) -> None:
    """Let the service's script run this command once, after it stopped or before it starts."""
    commands = {"before_start": "touch /run/started", "after_stop": "true"}
    commands[moment] += f"; {once(command)}"
    host.configure_service("ocr", STALE, CURRENT, **commands)


@pytest.mark.parametrize("moment", ["after_stop", "before_start"])
def test_the_service_runs_again_when_the_module_is_killed(fleet: Fleet, supplied: Host, moment: str) -> None:
    """In the middle of the stop, and of the start, of which the service helper makes both ends meet."""
    configure_end(supplied, moment, END_MODULE)
    run = prune(fleet, supplied)
    assert run.returncode != 0
    assert (supplied.root / "run/ended").exists()
    assert "services" not in maintained(run, supplied.name).result, "the module was not killed"
    wait_until_it_runs(supplied)
    assert supplied.model_names() == ({STALE, CURRENT} if moment == "after_stop" else {CURRENT})
    again = prune(fleet, supplied)
    assert again.returncode == 0, again.output
    assert supplied.model_names() == {CURRENT}
    assert supplied.service_pid("ocr") is not None


@pytest.mark.parametrize("moment", ["after_stop", "before_start"])
def test_the_service_runs_again_when_its_helper_is_killed(fleet: Fleet, supplied: Host, moment: str) -> None:
    """The module does it in its place."""
    configure_end(supplied, moment, END_HELPER)
    run = prune(fleet, supplied)
    assert (supplied.root / "run/ended").exists()
    result = maintained(run, supplied.name).result
    assert [row["state"] for row in result["services"]] == ["active"]
    wait_until_it_runs(supplied)
    if moment == "after_stop":
        assert "the service helper ended while it stopped ocr" in result["msg"]
    assert supplied.model_names() == ({STALE, CURRENT} if moment == "after_stop" else {CURRENT})
