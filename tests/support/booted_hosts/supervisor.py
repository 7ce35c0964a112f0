# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings hosts up, each booted by systemd, waits, and takes all down with the process that started it.

All that belongs to the hosts lives in the process, mount, network and cgroup namespaces of an inner process, and its
end is the end of all: the kernel ends the processes, removes the network and gives the memory file systems back. It
ends when standard input is closed, which also happens when the process that started this one dies of anything. Then
the outer process removes the two things that are left outside: the hosts' folder and their control group.

The argument is JSON: folder; hosts, each with name, address and lower (its root file system); disk_size; shared, the
folders of this machine that the hosts may read, by their path there. Writes the line "up" when all hosts have booted.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from booted_hosts import host_files
from ocr_host import wait_for
from supervision import JOIN_NETWORK, connect_hosts

HERE = Path(__file__).parent
INSIDE = "--inside"
CGROUPS = Path("/sys/fs/cgroup")
DEADLINE_SECONDS = 90.0


def unified_hierarchy() -> Path | None:
    """Where this machine has mounted its unified hierarchy of control groups (cgroup2), or None."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    return next((Path(target) for _device, target, kind, *_rest in mounts if kind == "cgroup2"), None)


class Booting:
    """A host from its start until systemd says that it has booted."""

    def __init__(self, folder: Path, host: dict[str, str], settings: dict[str, Any]) -> None:
        self.name = host["name"]
        home = folder / "state" / self.name
        self.log = home / "console"
        host_files.write_upper(home / "upper", host, folder / "keys")
        for made in ("work", "root"):
            (home / made).mkdir()
        layers = f"lowerdir={host['lower']},upperdir={home}/upper,workdir={home}/work,xino=off"
        subprocess.run(["mount", "-t", "overlay", "-o", layers, f"hosts-{self.name}", str(home / "root")], check=True)
        self.ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ready.bind(str(home / "ready"))
        cgroup = CGROUPS / self.name
        cgroup.mkdir()
        arguments = [self.name, str(home), str(cgroup), host["address"], settings["disk_size"]]
        shared = [f"--bind-ro={source}:{target}" for target, source in settings["shared"].items()]
        command = ["unshare", "--net", str(HERE / "host_init.sh"), str(JOIN_NETWORK), *arguments, *shared]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> None:
        """Return when systemd has started all that it shall start."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        self.ready.settimeout(0.5)
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if b"READY=1" in self.ready.recv(4096).splitlines():
                    # It tells of each later reload, too, and waits, with all of systemd, until that was read.
                    threading.Thread(target=self._read_on, daemon=True).start()
                    return
            except TimeoutError:
                continue
        console = self.log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{self.name} did not boot within {DEADLINE_SECONDS:.0f} seconds:\n{console[-3000:]}")

    def _read_on(self) -> None:
        self.ready.settimeout(None)
        while True:
            self.ready.recv(4096)


def mount_own(folder: Path) -> None:
    """Have file systems of one's own where hosts, or systemd-nspawn, would write to this machine's."""
    for kind, target in (("tmpfs", folder / "state"), ("tmpfs", Path("/run")), ("tmpfs", CGROUPS)):
        subprocess.run(["mount", "-t", kind, "-o", "mode=755", "hosts", str(target)], check=True)
    # In the control group namespace, this is the group of these hosts alone.
    subprocess.run(["mount", "-t", "cgroup2", "hosts", str(CGROUPS)], check=True)


def inside(settings: dict[str, Any]) -> None:
    """As process 1 of the namespaces: bring the hosts up, wait for the end of standard input, and end."""
    folder = Path(settings["folder"])
    mount_own(folder)
    hosts = [Booting(folder, host, settings) for host in settings["hosts"]]
    connect_hosts({host.name: host.process.pid for host in hosts}, seconds=DEADLINE_SECONDS)
    for host in hosts:
        host.wait()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Process 1 inherits orphans; nobody asks how they ended.
    print("up", flush=True)
    sys.stdin.read()


def remove_control_group(group: Path) -> None:
    """Remove a control group, with those below it, whose processes have ended."""

    def removed() -> bool:
        for folder, _folders, _files in os.walk(group, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:  # The kernel is not done with the last process.
                return False
        return True

    wait_for(removed, f"{group} did not become empty", seconds=DEADLINE_SECONDS)


def main() -> int:
    """Run inside() in namespaces and a control group of its own; remove the folder and the group when it has ended."""
    if sys.argv[1] == INSIDE:
        inside(json.loads(sys.argv[2]))
        return 0
    folder = Path(json.loads(sys.argv[1])["folder"])
    try:
        hierarchy = unified_hierarchy()
        assert hierarchy is not None
        group = hierarchy / folder.name
        group.mkdir()
        try:
            enter = ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"', str(group)]
            namespaces = ["--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--net", "--cgroup"]
            command = [*enter, "unshare", *namespaces, "--propagation", "private"]
            command += [sys.executable, "-m", "booted_hosts.supervisor", INSIDE]
            return subprocess.run([*command, sys.argv[1]], check=False).returncode
        finally:
            remove_control_group(group)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
