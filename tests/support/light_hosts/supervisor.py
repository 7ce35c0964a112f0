# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Process 1 of the namespaces of a fleet: brings the hosts up, waits, takes all down with the process that started it.

Everything that belongs to the fleet lives in the process, mount and network namespaces of this process, so its end is
the end of all: the kernel ends the processes, removes the network and gives the memory file systems back. It ends when
its standard input is closed, which also happens when the process that started it dies of anything. Nothing outside is
touched but the fleet's own folder.

The argument is JSON: folder, count, disk_size, and shared, the folders of this machine that the hosts may read, by
their path there. Writes the line "up" when every host answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from ocr_host import wait_for
from supervision import JOIN_NETWORK, connect_hosts, host_address, write, write_common_files

HERE = Path(__file__).parent
FILES = HERE / "files"
DEADLINE_SECONDS = 60.0


def host_name(number: int) -> str:
    """Name of the host with this number, from 1."""
    return f"ocr{number:03d}"


def write_upper(upper: Path, number: int, keys: Path) -> None:
    """Write the files in which a host differs from this machine: upper becomes the upper layer of the host's root."""
    write_common_files(upper, Path("/"), name=host_name(number), address=host_address(number), keys=keys)
    for service in ("ocr", "ocr-batch"):
        write(upper / "etc/init.d" / service, (FILES / "ocr_service.sh").read_text(encoding="utf-8"), mode=0o755)
    write(upper / "usr/local/bin/counted-python", (FILES / "counted_python.sh").read_text(encoding="utf-8"), mode=0o755)


def start_host(folder: Path, number: int, settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start process 1 of a host in namespaces of its own; it waits there for its network."""
    keys, state = folder / "keys", folder / "state"
    home = state / host_name(number)
    write_upper(home / "upper", number, keys)
    command = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net", "--cgroup"]
    command += ["--propagation", "private", str(HERE / "host_init.sh"), str(JOIN_NETWORK)]
    command += [host_name(number), str(home), host_address(number), settings["disk_size"]]
    for target, source in settings["shared"].items():
        command += [source, target]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def answers(number: int) -> bool:
    """Whether the sshd of a host says who it is."""
    try:
        with socket.create_connection((host_address(number), 22), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def bring_up(folder: Path, settings: dict[str, Any]) -> None:
    """Start the hosts and return when all of them answer."""
    state = folder / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "fleet", str(state)], check=True)
    hosts = {number: start_host(folder, number, settings) for number in range(1, settings["count"] + 1)}
    processes = {host_name(number): process.pid for number, process in hosts.items()}
    connect_hosts(processes, seconds=DEADLINE_SECONDS)
    for number, process in hosts.items():

        def ready(number: int = number, process: subprocess.Popen[bytes] = process) -> bool:
            if process.poll() is not None:
                log = (state / host_name(number) / "log").read_text(encoding="utf-8")
                raise RuntimeError(f"{host_name(number)} ended while coming up: {log}")
            return answers(number)

        wait_for(ready, f"{host_name(number)} did not answer", seconds=DEADLINE_SECONDS)


def take_down(folder: Path) -> None:
    """End every process of the fleet and remove its folder."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    unmount = ["umount", str(folder / "state")]
    wait_for(
        lambda: subprocess.run(unmount, capture_output=True, check=False).returncode == 0,
        "the hosts did not end",
        seconds=DEADLINE_SECONDS,
    )
    shutil.rmtree(folder)


def main() -> None:
    """Bring the fleet up, wait for the end of standard input, take it down."""
    settings = json.loads(sys.argv[1])
    folder = Path(settings["folder"])
    try:
        bring_up(folder, settings)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Process 1 inherits orphans; nobody asks how they ended.
        print("up", flush=True)
        sys.stdin.read()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        take_down(folder)


if __name__ == "__main__":
    main()
