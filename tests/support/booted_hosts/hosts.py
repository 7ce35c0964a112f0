# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that a real systemd booted on this one machine: sshd with PAM, logind, sudo, services. Gone afterwards.

    with running_hosts(["bookworm", "forky"]) as hosts:             # or ["trixie"] * 10, or [THIS_MACHINE]
        host = hosts["bookworm1"]                                   # or hosts.all[0]
        host.put_models({"old_fr.bin": b"...", "current.bin": 4096})
        clock = host.clock("ocr.service", "old_fr.bin")             # a service that has this model, and is running
        run = hosts.playbook([{"hosts": "all", "roles": [...]}])    # real ansible-playbook over SSH, as deploy
        run = hosts.module("all", "ocrfleet.aspose.ocr_model_prune", {...}, become=True, check=True)
        assert run.last(host.name, "ocr_model_prune").status == "changed"
        assert host.model_names() == {"current.bin"}
        assert clock.down_seconds() < 1

The fixtures of conftest.py give `hosts` (one of each Debian, shared, made clean before each test), `host` (the bookworm
of these) and `make_hosts` (hosts for one test, for what reset() does not undo: settings of logind or sshd, say).

What a host has:
- `host.root` is its root folder as seen from here; write `host.root / "etc/..."`, without a leading slash.
- `host.run("systemctl", "stop", "ocr")` runs a command as root, outside of all units and sessions.
- `hosts.ssh(host, "id", user="guest")` runs one in a session of logind; ssh_command() is for a Popen of one's own.
- Users: deploy (sudo without a password), ocr (owns the models and runs services), guest (may nothing), root.
- `host.unit("ocr.service", text)` writes a unit, of any kind, and reloads systemd; nothing is started.
- `host.clock(name, *models)` writes and starts a service that maps these models and notes the time every 20 ms.
  `Clock(host, "name").command("old_fr.bin")` is its command line, for units of one's own (sockets, templates, slices).
- `host.show("ocr.service", "ActiveState", "MainPID")` are properties that systemd has of a unit.
- `host.unplug()` and `host.plug_in()` cut its network.
/srv/ocr is a disk of its own (disk_size). Clocks of the host and of this machine agree: time.monotonic().

See supervisor.py for how the hosts end, whatever happens to the process that started them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import shlex
import subprocess
import sys
import time
import typing as t
from collections import Counter
from pathlib import Path

from booted_hosts.supervisor import unified_hierarchy
from controller import Controller, Run, make_folder, ssh_options
from ocr_host import MODELS, OcrHost, children, remove, wait_for
from root_file_systems import SUITES, CannotMake, root_file_system
from supervision import host_address, missing_commands, supervised

# What tests need of these is imported from here, too.
__all__ = ["MODELS", "SUITES", "Clock", "Host", "Hosts", "Run", "running_hosts", "wait_for"]

# What a service runs that notes the time; Python leaves out what it does not need, so that it starts at once.
CLOCK = ("/usr/bin/python3", "-I", "-S", "/opt/ocr/model_holder.py", "--clock")
# In place of a suite: the host's root is an overlay of this machine's own.
THIS_MACHINE = "here"
COMMANDS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
}
# What a host needs that has this machine's root.
FILES_OF_A_HOST = {
    "/usr/sbin/sshd": "openssh-server",
    "/usr/bin/sudo": "sudo",
    "/usr/bin/python3": "python3",
    "/usr/bin/dbus-daemon": "dbus",
    "/lib/systemd/systemd-logind": "systemd",
    "/usr/share/pam-configs/systemd": "libpam-systemd",
}


def missing_requirements(suites: t.Iterable[str] = ()) -> list[str]:
    """What keeps hosts of these suites from running here, each with its cure; empty when nothing does."""
    missing = missing_commands(COMMANDS)
    if os.geteuid() != 0:
        return missing
    if unified_hierarchy() is None:
        missing.append("cgroup2: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified")
    for suite in dict.fromkeys(suites):
        if suite == THIS_MACHINE:
            needed = FILES_OF_A_HOST.items()
            missing += [f"{name}: apt-get install {package}" for name, package in needed if not Path(name).exists()]
            continue
        try:
            root_file_system(suite)
        except CannotMake as error:
            missing.append(f"a root file system of {suite}: {error}")
    return missing


@dataclasses.dataclass(frozen=True)
class Clock:
    """A service of a host that notes the time every 20 ms: how long was it down?"""

    host: Host
    name: str

    def command(self, *models: str) -> str:
        """What a unit has as ExecStart, with the models that the service maps; it may run as any user."""
        paths = [model if model.startswith("/") else f"{MODELS}/{model}" for model in models]
        return shlex.join([*CLOCK, f"/run/clocks/{self.name}", *paths])

    def ticks(self) -> list[float]:
        """When it ran, as time.monotonic() has it."""
        try:
            text = (self.host.root / "run/clocks" / self.name).read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        return [float(line) for line in text.splitlines()]

    def wait(self, seconds: float = 30.0) -> None:
        """Return when it ticks again, from now on."""
        begin = time.monotonic()
        wait_for(lambda: self.ticks()[-1:] > [begin], f"{self.name} of {self.host.name} does not run", seconds=seconds)

    def down_seconds(self, since: float = 0.0) -> float:
        """The longest time that it did not run, until now, after `since` (time.monotonic()) if given."""
        times = [tick for tick in self.ticks() if tick >= since]
        times = [*([since] if since else []), *times, time.monotonic()]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


@dataclasses.dataclass(frozen=True)
class Host(OcrHost):
    """One host that systemd booted; suite is its Debian, or THIS_MACHINE."""

    suite: str
    cgroup: Path
    units: set[str] = dataclasses.field(default_factory=set, compare=False)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the host as root, outside of all units and sessions."""
        enter = ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(self.cgroup / "harness")]
        enter += ["nsenter", "--target", str(self.pid), "--all", "--"]
        command_line = [*enter, *command]
        completed = subprocess.run(command_line, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if check and completed.returncode != 0:
            raise RuntimeError(f"{self.name}: {shlex.join(command)} failed: {completed.stderr}{completed.stdout}")
        return completed

    def unit(self, name: str, text: str) -> None:
        """Write a unit, or a drop-in of one ("ocr.service.d/limits.conf"), and let systemd read it."""
        path = self.root / "etc/systemd/system" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.units.add(name)
        self.run("systemctl", "daemon-reload")

    def clock(self, name: str, *models: str, unit: str = "", service: str = "") -> Clock:
        """Write a service that is a Clock, with more lines for its sections if given; start it, wait until it runs.

        As each test starts and stops it often, systemd does not limit that.
        """
        clock = Clock(self, name.removesuffix(".service"))
        command = clock.command(*models)
        text = f"[Unit]\nStartLimitIntervalSec=0\n{unit}\n[Service]\nUser=ocr\nExecStart={command}\n{service}\n"
        self.unit(f"{clock.name}.service", text)
        self.run("systemctl", "start", f"{clock.name}.service")
        clock.wait()
        return clock

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        """These properties of a unit, as `systemctl show` has them."""
        shown = self.run("systemctl", "show", f"--property={','.join(properties)}", "--", unit).stdout
        return dict(line.split("=", 1) for line in shown.splitlines())

    def is_active(self, unit: str) -> bool:
        """Whether systemd calls the unit active."""
        return self.show(unit, "ActiveState") == {"ActiveState": "active"}

    def reset(self) -> None:
        """Back to working order: reachable, none of the units that a test wrote, no process of ocr, no models."""
        self.plug_in()
        if self.units:
            self._remove_units()
        self.run("mount", "-o", "remount,rw", "/srv/ocr")
        self.run("pkill", "-KILL", "-u", "ocr", check=False)
        for entry in [*(self.root / "run/clocks").iterdir(), *(self.root / "srv/ocr").iterdir()]:
            if entry.name != "models":
                remove(entry)
        self.clear_models()

    def _remove_units(self) -> None:
        """End the units that tests wrote, at once whatever they do when they are stopped, and remove them."""
        units = [name.split(".d/")[0] for name in self.units]
        patterns = [name.replace("@.", "@*.") for name in units]
        self.run("systemctl", "kill", "--signal=KILL", *patterns, check=False)
        self.run("systemctl", "stop", *patterns, check=False)
        for name in self.units:
            (self.root / "etc/systemd/system" / name).unlink(missing_ok=True)
        self.units.clear()
        self.run("systemctl", "daemon-reload")
        self.run("systemctl", "reset-failed")


@dataclasses.dataclass
class Hosts(Controller):
    """Hosts that are up, and the controller that reaches them: hosts["trixie1"], hosts.all, hosts.playbook(...)."""

    all: list[Host]

    def __getitem__(self, name: str) -> Host:
        return next(host for host in self.all if host.name == name)

    def module(
        self,
        pattern: str,
        name: str,
        arguments: t.Mapping[str, t.Any] | None = None,
        *,
        user: str = "deploy",
        become: bool = False,
        check: bool = False,
        **keywords: t.Any,
    ) -> Run:
        """Run one module on the hosts of this pattern, as user; keywords (become_user, ...) go to the task."""
        task = {name: dict(arguments or {}), "become": become, **keywords}
        play = {"hosts": pattern, "gather_facts": False, "tasks": [task]}
        options = ["--check", "--diff"] if check else []
        return self.playbook([play], *options, variables={"ansible_user": user})

    def ssh_command(self, host: Host, *command: str, user: str = "deploy") -> list[str]:
        """The command line, for this machine, that runs a command (for the shell there) in a session on a host."""
        options = [*shlex.split(ssh_options(self.folder)), "-i", str(self.folder / "keys/controller")]
        return self.controller("ssh", *options, f"{user}@{host.address}", *command)

    def ssh(
        self, host: Host, *command: str, user: str = "deploy", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a session on a host."""
        line = self.ssh_command(host, *command, user=user)
        return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=check)


@contextlib.contextmanager
def running_hosts(
    suites: t.Sequence[str], *, disk_size: str = "64m", shared: t.Mapping[str, Path] | None = None
) -> t.Iterator[Hosts]:
    """Bring up a host of each of these suites, named bookworm1, bookworm2 and so on; take them down at the end.

    disk_size: of the OCR disk of each. shared: path on the hosts to a folder of this machine that they may read there.
    """
    missing = missing_requirements(suites)
    if missing:
        raise RuntimeError("no hosts here; missing " + "; ".join(missing))
    described = _describe(suites)
    addresses = {host["name"]: host["address"] for host in described}
    groups = {suite: [host["name"] for host in described if host["suite"] == suite] for suite in suites}
    variables = {"ansible_user": "deploy", "ansible_python_interpreter": "/usr/bin/python3"}
    folder = make_folder("ocr-hosts-", addresses, groups, variables)
    settings = {
        "folder": str(folder),
        "hosts": described,
        "disk_size": disk_size,
        "shared": {target: str(source) for target, source in (shared or {}).items()},
    }
    with supervised([sys.executable, "-m", "booted_hosts.supervisor"], settings) as outer:
        ((supervisor,),) = [children(child) for child in children(outer)]
        yield Hosts(folder, supervisor, _find(described, supervisor))


def _describe(suites: t.Sequence[str]) -> list[dict[str, str]]:
    """Name, address, suite and lower layer of each host."""
    counts: Counter[str] = Counter()
    described = []
    for number, suite in enumerate(suites, 1):
        counts[suite] += 1
        lower = "/" if suite == THIS_MACHINE else str(root_file_system(suite).resolve())
        name, address = f"{suite}{counts[suite]}", host_address(number)
        described.append({"name": name, "address": address, "suite": suite, "lower": lower})
    return described


def _find(described: list[dict[str, str]], supervisor: int) -> list[Host]:
    """The hosts, each with its process 1, which is the child of its systemd-nspawn."""
    pids = {}
    for nspawn in children(supervisor):
        for pid in children(nspawn):
            pids[Path(f"/proc/{pid}/root/etc/hostname").read_text(encoding="utf-8").strip()] = pid
    hierarchy = unified_hierarchy()
    assert hierarchy is not None
    found = []
    for host in described:
        pid = pids[host["name"]]
        # The last line is that of the unified hierarchy: 0::/ocr-hosts-x/bookworm1/payload/init.scope
        own = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()[-1].split("::", 1)[1]
        cgroup = hierarchy / own.strip("/").removesuffix("/init.scope")
        (cgroup / "harness").mkdir()
        found.append(Host(host["name"], host["address"], pid, supervisor, host["suite"], cgroup))
    return found
