# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Process 1 of the namespaces of a fleet: brings the hosts up, waits, takes all down with the process that started it.

Everything that belongs to the fleet lives in the process, mount and network namespaces of this process, so its end is
the end of all: the kernel ends the processes, removes the network and gives the memory file systems back. It ends when
its standard input is closed, which also happens when the process that started it dies of anything. Nothing outside is
touched but the fleet's own folder.

Reads one line of JSON: folder, count, disk_size, and shared, the folders of this machine that the hosts may read, by
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
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = HERE / "files"
BRIDGE = "fleet"
CONTROLLER_ADDRESS = "10.77.255.254"
ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
USERS = {"deploy": 9001, "ocr": 9002}
DEADLINE_SECONDS = 60.0


def host_name(number: int) -> str:
    """Name of the host with this number, from 1."""
    return f"ocr{number:03d}"


def host_address(number: int) -> str:
    """Address of the host with this number, from 1."""
    return f"10.77.{number // 200 + 1}.{number % 200 + 1}"


def wait_until(what: str, condition: Callable[[], bool]) -> None:
    """Call condition until it is true; RuntimeError naming what did not happen after DEADLINE_SECONDS."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} within {DEADLINE_SECONDS:.0f} seconds")
        time.sleep(0.02)


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def write_upper(upper: Path, number: int, keys: Path) -> None:
    """Write the files in which a host differs from this machine: upper becomes the upper layer of the host's root."""
    etc = upper / "etc"
    name = host_name(number)
    accounts = "".join(f"{user}:x:{number}:{number}::/home/{user}:/bin/sh\n" for user, number in USERS.items())
    write(etc / "passwd", Path("/etc/passwd").read_text(encoding="utf-8") + accounts)
    write(
        etc / "group",
        Path("/etc/group").read_text(encoding="utf-8") + "".join(f"{u}:x:{n}:\n" for u, n in USERS.items()),
    )
    locked = "".join(f"{user}:*:20000:0:99999:7:::\n" for user in USERS)
    write(etc / "shadow", Path("/etc/shadow").read_text(encoding="utf-8") + locked, mode=0o600)
    write(etc / "hostname", f"{name}\n")
    write(etc / "hosts", f"127.0.0.1 localhost\n{host_address(number)} {name}\n")
    write(etc / "resolv.conf", "")
    write(
        etc / "sudoers",
        f'Defaults secure_path="{ROOT_PATH}"\nroot ALL=(ALL) ALL\ndeploy ALL=(ALL) NOPASSWD: ALL\n',
        mode=0o440,
    )
    write(etc / "ssh/fleet_sshd_config", (FILES / "sshd_config").read_text(encoding="utf-8"))
    write(etc / "ssh/fleet_authorized_keys", (keys / "controller.pub").read_text(encoding="utf-8"))
    write(etc / "ssh/fleet_host_key", (keys / name).read_text(encoding="utf-8"), mode=0o600)
    for service in ("ocr", "ocr-batch"):
        write(etc / "init.d" / service, (FILES / "ocr_service.sh").read_text(encoding="utf-8"), mode=0o755)
    write(upper / "opt/ocr/model_holder.py", (FILES / "model_holder.py").read_text(encoding="utf-8"))
    write(upper / "usr/local/bin/counted-python", (FILES / "counted_python.sh").read_text(encoding="utf-8"), mode=0o755)
    for user, number in USERS.items():
        (upper / "home" / user).mkdir(parents=True)
        os.chown(upper / "home" / user, number, number)


def start_host(folder: Path, number: int, settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start process 1 of a host in namespaces of its own; it waits there for its network."""
    keys, state = folder / "keys", folder / "state"
    home = state / host_name(number)
    write_upper(home / "upper", number, keys)
    command = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net", "--cgroup"]
    command += ["--propagation", "private", str(HERE / "host_init.sh")]
    command += [host_name(number), str(home), host_address(number), settings["disk_size"]]
    for target, source in settings["shared"].items():
        command += [source, target]
    with (home / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def connect_hosts(hosts: dict[int, subprocess.Popen[bytes]]) -> None:
    """Give every host a link to the bridge."""
    own = os.readlink("/proc/self/ns/net")
    lines = [f"link add {BRIDGE} type bridge", f"address add {CONTROLLER_ADDRESS}/16 dev {BRIDGE}"]
    lines += [f"link set {BRIDGE} up", "link set lo up"]
    for number, process in hosts.items():
        pid = process.pid
        wait_until(f"{host_name(number)} did not unshare", lambda pid=pid: os.readlink(f"/proc/{pid}/ns/net") != own)
        lines.append(f"link add {host_name(number)} type veth peer name eth0 netns {pid}")
        lines.append(f"link set {host_name(number)} master {BRIDGE} up")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


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
    connect_hosts(hosts)
    for number, process in hosts.items():

        def ready(number: int = number, process: subprocess.Popen[bytes] = process) -> bool:
            if process.poll() is not None:
                log = (state / host_name(number) / "log").read_text(encoding="utf-8")
                raise RuntimeError(f"{host_name(number)} ended while coming up: {log}")
            return answers(number)

        wait_until(f"{host_name(number)} did not answer", ready)


def take_down(folder: Path) -> None:
    """End every process of the fleet and remove its folder."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    wait_until(
        "the hosts did not end",
        lambda: subprocess.run(["umount", str(folder / "state")], capture_output=True, check=False).returncode == 0,
    )
    shutil.rmtree(folder)


def main() -> None:
    """Bring the fleet up, wait for the end of standard input, take it down."""
    settings = json.loads(sys.stdin.readline())
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
