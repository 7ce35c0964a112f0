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
from with_services import BOTH, CURRENT, STALE, pids, services_of, start_services, start_services_out_of_the_way

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


def supply(host: Host) -> int | None:
    """Have a stale model on a host, which a service has mapped, and a current one; gives the service's process."""
    host.put_models({STALE: b"x" * 8192, CURRENT: b"x" * 8192})
    host.run("sh", "-c", "rm -f /run/ended /run/started /run/talkative*")
    host.configure_service("ocr", STALE, CURRENT)
    host.service("ocr", "start")
    return host.service_pid("ocr")


@pytest.fixture
def supplied(host: Host) -> Host:
    """A host with such models, and such a service."""
    supply(host)
    return host


def prune(fleet: Fleet, *hosts: Host, arguments: t.Sequence[str] = (), services: t.Any = ("ocr",)) -> Run:
    """Prune these hosts with these services named."""
    return maintain(fleet, *limit_to(hosts), *arguments, prune=True, services=services, user="ocr")


def once(commands: str) -> str:
    """These commands the first time only; when they ran is the time of /run/ended."""
    return f"if [ ! -e /run/ended ]; then touch /run/ended; {commands}; fi"


def wait_until_it_runs(host: Host) -> None:
    """Return when the service runs again, which it has to soon after the module or its helper was ended."""
    wait_for(lambda: host.service_pid("ocr") is not None, f"the service of {host.name} does not run again")
    ended, started = ((host.root / "run" / name).stat().st_mtime for name in ("ended", "started"))
    # On a machine that has more to do than it can, everything takes longer.
    assert started - ended <= SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_all_scripts_are_stopped_where_a_model_is_in_use(fleet: Fleet) -> None:
    """None says which processes are its own. What did not run is not started; where no model is in use all go on."""
    in_use, one_idle, out_of_the_way = three = fleet.hosts[:3]
    before = {host: start_services(host) for host in (in_use, one_idle)}
    one_idle.service("ocr-batch", "stop")
    before[out_of_the_way] = start_services_out_of_the_way(out_of_the_way)
    run = prune(fleet, *three, services=BOTH)
    assert run.returncode == 0, run.output
    assert [host.model_names() for host in three] == [{CURRENT}] * 3
    assert services_of(run, in_use) == dict.fromkeys(BOTH, (True, "active"))
    assert not set(pids(in_use).values()) & {None, *before[in_use].values()}
    assert services_of(run, one_idle) == {"ocr": (True, "active"), "ocr-batch": (False, "inactive")}
    assert pids(one_idle)["ocr-batch"] is None
    assert pids(out_of_the_way) == before[out_of_the_way]
    again = prune(fleet, *three, services=BOTH)
    assert [maintained(again, host.name).status for host in three] == ["ok"] * 3
    assert {stopped for host in three for stopped, _state in services_of(again, host).values()} == {False}


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
def test_an_unknown_service_is_refused_before_anything_is_touched(fleet: Fleet, check: tuple[str, ...]) -> None:
    named = dict(zip(fleet.hosts, ("nosuch", "ocr nosuch", "-x"), strict=False))
    pids = {host: supply(host) for host in named}
    services = {host.name: ["ocr", name] for host, name in named.items()}
    run = prune(fleet, *named, arguments=check, services=f"{{{{ {services}[inventory_hostname] }}}}")
    for host, name in named.items():
        assert maintained(run, host.name).status == "failed"
        assert f": {name} " in maintained(run, host.name).result["msg"]
        assert (host.service_pid("ocr"), host.model_names()) == (pids[host], {STALE, CURRENT})


def supply_and_end(fleet: Fleet, command: str) -> tuple[Host, Host]:
    """Two hosts whose script runs this command once: the first after the service ended, the other before it starts."""
    at_stop, at_start = fleet.hosts[:2]
    for host in (at_stop, at_start):
        supply(host)
    at_stop.configure_service("ocr", STALE, CURRENT, before_start="touch /run/started", after_stop=once(command))
    at_start.configure_service("ocr", STALE, CURRENT, before_start=f"touch /run/started; {once(command)}")
    return at_stop, at_start


def check_both_run(at_stop: Host, at_start: Host) -> None:
    """Both services run again; models are gone where the start was what something ended."""
    for host, left in ((at_stop, {STALE, CURRENT}), (at_start, {CURRENT})):
        assert (host.root / "run/ended").exists()
        wait_until_it_runs(host)
        assert host.model_names() == left


def test_the_service_runs_again_when_the_module_is_killed(fleet: Fleet) -> None:
    """In the middle of the stop, and of the start, of which the service helper makes both ends meet."""
    both = supply_and_end(fleet, END_MODULE)
    run = prune(fleet, *both)
    assert run.returncode != 0
    for host in both:
        assert "services" not in maintained(run, host.name).result, "the module was not killed"
    check_both_run(*both)
    again = prune(fleet, *both)
    assert again.returncode == 0, again.output
    for host in both:
        assert host.model_names() == {CURRENT}
        assert host.service_pid("ocr") is not None


def test_the_service_runs_again_when_its_helper_is_killed(fleet: Fleet) -> None:
    """The module does it in its place."""
    both = supply_and_end(fleet, END_HELPER)
    run = prune(fleet, *both)
    results = [maintained(run, host.name).result for host in both]
    assert [[row["state"] for row in result["services"]] for result in results] == [["active"]] * 2
    check_both_run(*both)
    assert "the service helper ended while it stopped ocr" in results[0]["msg"]
