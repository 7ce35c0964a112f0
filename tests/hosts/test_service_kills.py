# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever ends a prune that has services stopped: they run again at once, and the next prune may begin."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import subprocess
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
from booted_hosts.hosts import MODELS, Clock, Host, Hosts, wait_for
from ocr_host import command_lines
from payload import Payload

STALE = {f"old_{number:02}.bin": 4096 for number in range(20)}
UNITS = ("ocr.service", "web.service", "ocr.socket")
# On each of the four hosts, for each way to end a prune: so many while services are stopped, so many at any moment.
AT_STOP = 3
AT_RANDOM = 1
# One that comes too late to end anything is no such trial: there is another one, but not for ever.
ATTEMPTS = 15
# What all of it may take, on a machine that has nothing else to do.
SECONDS = 2.0
LOGIND = "etc/systemd/logind.conf.d/kill.conf"


@dataclasses.dataclass
class Trial:
    """One prune on a host, about to be ended."""

    hosts: Hosts
    host: Host
    payload: Payload
    process: subprocess.Popen[str] | None = None
    pattern: str = ""

    def start(self, *, unit: bool) -> None:
        """Start the prune, in a session over SSH as root, or in a unit of its own."""
        command = self.payload.command(self.host, services=["ocr"])
        self.pattern = command[-1]
        if unit:
            text = f"[Service]\nType=oneshot\nTimeoutStopSec=5\nExecStart={' '.join(command)}\n"
            self.host.unit("pull.service", text)
            self.host.run("systemctl", "start", "--no-block", "pull")
            return
        line = self.hosts.ssh_command(self.host, "sudo", *command)
        self.process = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def pids(self, pattern: str) -> list[str]:
        """The Python processes on the host whose command line has this text.

        They are asked for again and again, on all hosts at a time: to start a program for that would take most of the
        machine's time.
        """
        return [
            str(pid)
            for pid, words in command_lines(self.host.root / "proc")
            if words and words[0].startswith("/usr/bin/python3") and pattern in " ".join(words)
        ]

    def session(self) -> str:
        """The scope of the session that the prune is in, or an empty text."""
        for pid in self.pids(self.pattern):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                groups = (self.host.root / "proc" / pid / "cgroup").read_text(encoding="utf-8")
                for part in groups.replace("\n", "/").split("/"):
                    if part.startswith("session-"):
                        return part
        return ""

    def finish(self) -> None:
        """Wait until nothing of the prune is left: neither the module nor the service helper."""
        wait_for(
            lambda: not self.pids(self.pattern) and not self.pids("service_helper"),
            f"{self.host.name}: the prune or its helper does not end",
            seconds=90,
        )
        if self.process is not None:
            self.process.communicate(timeout=60)


def kill(trial: Trial, pattern: str) -> bool:
    """SIGKILL to the processes with this text in their command line; whether there was one."""
    pids = trial.pids(pattern)
    return bool(pids) and trial.host.run("kill", "-KILL", *pids, check=False).returncode == 0


def end_module(trial: Trial) -> bool:
    """The module alone."""
    return kill(trial, trial.pattern)


def end_session(trial: Trial) -> bool:
    """All processes of the session, sshd's and sudo's among them."""
    session = trial.session()
    return bool(session) and (
        trial.host.run("systemctl", "kill", "--signal=KILL", session, check=False).returncode == 0
    )


def stop_session(trial: Trial) -> bool:
    """As an administrator ends a session."""
    session = trial.session()
    return bool(session) and trial.host.run("systemctl", "stop", session, check=False).returncode == 0


def cut_off(trial: Trial) -> bool:
    """The controller is gone; logind, with KillUserProcesses=yes, ends what is left of the session."""
    assert trial.process is not None
    there = bool(trial.pids(trial.pattern))
    trial.process.kill()
    return there


def stop_pull(trial: Trial) -> bool:
    """The unit of a host that pulls."""
    there = bool(trial.pids(trial.pattern))
    trial.host.run("systemctl", "stop", "pull")
    return there


def end_helper(trial: Trial) -> bool:
    """The service helper alone; the module goes on."""
    return kill(trial, "service_helper")


WAYS = {
    "module": end_module,
    "session": end_session,
    "stopped session": stop_session,
    "KillUserProcesses": cut_off,
    "pull": stop_pull,
    "helper": end_helper,
}


@contextlib.contextmanager
def logind_kills(hosts: Hosts, wanted: bool) -> t.Iterator[None]:
    """logind ends what a session leaves behind, if wanted."""
    if not wanted:
        yield
        return
    try:
        for host in hosts.all:
            (host.root / LOGIND).parent.mkdir(exist_ok=True)
            (host.root / LOGIND).write_text("[Login]\nKillUserProcesses=yes\n", encoding="ascii")
            host.run("systemctl", "restart", "systemd-logind")
        yield
    finally:
        for host in hosts.all:
            (host.root / LOGIND).unlink()
            host.run("systemctl", "restart", "systemd-logind")


def prepare(host: Host) -> None:
    """Services that are in the way, one that ends along, and a socket; the stop takes a moment."""
    ocr = Clock(host, "ocr")
    at_stop = 'ExecStop=+/bin/sh -c "touch /run/at-stop; sleep 0.3"'
    no_limit = "[Unit]\nStartLimitIntervalSec=0\n"
    host.put_models(STALE)
    host.unit("ocr.service", f"{no_limit}[Service]\nUser=ocr\nExecStart={ocr.command(*STALE)}\n{at_stop}\n")
    host.unit("ocr.socket", f"{no_limit}[Socket]\nListenStream=/run/ocr.socket\n")
    host.run("systemctl", "start", "ocr.socket", "ocr.service")
    ocr.wait()
    host.clock("web", unit="Requires=ocr.service\nAfter=ocr.service")


def one_kill(trial: Trial, way: str, moment: float | None, choice: random.Random) -> bool:
    """End one prune, while the service stops or after these seconds; whether it was still there to be ended."""
    host = trial.host
    clocks = [Clock(host, name) for name in ("ocr", "web")]
    host.put_models(STALE)
    host.run("systemctl", "restart", "ocr", "web")
    for clock in clocks:
        clock.wait()
    (host.root / "run/at-stop").unlink(missing_ok=True)
    begin = time.monotonic()
    trial.start(unit=way == "pull")
    if moment is None:
        wait_for((host.root / "run/at-stop").exists, f"{host.name}: the service was not stopped")
        time.sleep(choice.uniform(0, 0.4))
    else:
        wait_for(lambda: bool(trial.pids(trial.pattern)), f"{host.name}: the module does not run")
        time.sleep(moment)
    hit = WAYS[way](trial)
    trial.finish()
    states = {unit: host.show(unit, "ActiveState")["ActiveState"] for unit in UNITS}
    assert states == dict.fromkeys(UNITS, "active"), f"{host.name}, {way}, {moment}: {states}"
    for clock in clocks:
        clock.wait()
        # On a machine that has more to do than it can, everything takes longer.
        allowed = SECONDS * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        assert clock.down_seconds(since=begin) <= allowed, f"{host.name}, {way}, {moment}: {clock.name} was down"
    assert host.run("flock", "--nonblock", MODELS, "true", check=False).returncode == 0, "the next run is locked out"
    return hit


@pytest.mark.parametrize("way", WAYS)
def test_services_run_again_whatever_ends_the_prune(hosts: Hosts, prune_payload: Payload, way: str) -> None:
    """On each host in turn, at a moment that it cannot choose; afterwards a prune does what is left to do."""

    def on(number: int) -> int:
        host = hosts.all[number]
        # The same moments each time, as far as the seconds of different machines are the same.
        choice = random.Random(f"{way} {number}")
        prepare(host)
        begin = time.monotonic()
        result = prune_payload.run(host, services=["ocr"])
        usual = time.monotonic() - begin
        assert [row["stopped"] for row in result["services"]] == [True] * 3, result["msg"]
        hits = 0
        for _attempt in range(ATTEMPTS):
            hits += one_kill(Trial(hosts, host, prune_payload), way, None, choice)
            if hits == AT_STOP:
                break
        for _count in range(AT_RANDOM):
            # Then there may be nothing to end yet, or any more.
            one_kill(Trial(hosts, host, prune_payload), way, choice.uniform(0, usual), choice)
        result = prune_payload.run(host, services=["ocr"])
        assert not result.get("failed"), result["msg"]
        assert host.model_names() == set()
        return hits

    with logind_kills(hosts, way == "KillUserProcesses"), ThreadPoolExecutor(len(hosts.all)) as pool:
        hits = list(pool.map(on, range(len(hosts.all))))
    assert hits == [AT_STOP] * len(hosts.all)
