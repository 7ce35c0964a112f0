# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the supervisors of light and of booted hosts share, and how a test starts one.

A supervisor is a program of its own that brings hosts up, and takes them down when its standard input is closed, which
also happens when the process that started it dies of anything. Its last argument is JSON, with the folder of the hosts
in it; it writes the line "up" when all hosts are.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

from controller import environment_of_scripts
from ocr_host import OCR_USER_ID, wait_for

HERE = Path(__file__).parent
# deploy is an administrator, ocr the user of the service, guest somebody who may nothing.
USERS = {"deploy": 9001, "ocr": OCR_USER_ID, "guest": 9003}
ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SUDOERS = f'Defaults secure_path="{ROOT_PATH}"\nroot ALL=(ALL) ALL\ndeploy ALL=(ALL) NOPASSWD: ALL\n'
BRIDGE = "fleet"
CONTROLLER_ADDRESS = "10.77.255.254"
JOIN_NETWORK = HERE / "join_network.sh"


def host_address(number: int) -> str:
    """Address of the host with this number, from 1."""
    return f"10.77.{number // 200 + 1}.{number % 200 + 1}"


def missing_commands(commands: t.Mapping[str, str]) -> list[str]:
    """Those of the commands that this machine does not have, each with the package that has it; needs root, too."""
    if os.geteuid() != 0:
        return ["root: namespaces need it (try sudo)"]
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [(name, package) for name, package in commands.items() if not shutil.which(name, path=path)]
    return [f"{name}: apt-get install {package}" for name, package in missing]


@contextlib.contextmanager
def supervised(command: t.Sequence[str], settings: t.Mapping[str, t.Any]) -> t.Iterator[int]:
    """Start a supervisor, wait until its hosts are up, and end it afterwards; yields the process that was started."""
    process = subprocess.Popen(
        [*command, json.dumps(settings)],
        env=environment_of_scripts(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        if process.stdout.readline() != "up\n":
            raise RuntimeError("the hosts did not come up; what the supervisor printed above says why")
        yield process.pid
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


def connect_hosts(hosts: t.Mapping[str, int], *, seconds: float) -> None:
    """Give the network namespace of each of these processes, by the host's name, a link to the bridge."""
    own = os.readlink("/proc/self/ns/net")
    lines = [f"link add {BRIDGE} type bridge", f"address add {CONTROLLER_ADDRESS}/16 dev {BRIDGE}"]
    lines += [f"link set {BRIDGE} up", "link set lo up"]
    for name, pid in hosts.items():
        wait_for(functools.partial(_has_left, own, pid), f"{name} did not unshare", seconds=seconds)
        lines.append(f"link add {name} type veth peer name eth0 netns {pid}")
        lines.append(f"link set {name} master {BRIDGE} up")
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def _has_left(network: str, pid: int) -> bool:
    """Whether the process has another network namespace than this one."""
    return os.readlink(f"/proc/{pid}/ns/net") != network


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def write_common_files(upper: Path, lower: Path, *, name: str, address: str, keys: Path) -> None:
    """Write what makes a host one of its own into the upper layer of its root: its name, users, keys and sshd."""
    _write_accounts(upper, lower)
    etc = upper / "etc"
    write(etc / "hostname", f"{name}\n")
    write(etc / "hosts", f"127.0.0.1 localhost\n{address} {name}\n")
    write(etc / "resolv.conf", "")
    write(etc / "sudoers", SUDOERS, mode=0o440)
    write(etc / "ssh/sshd_config", (HERE / "files/sshd_config").read_text(encoding="utf-8"))
    write(etc / "ssh/hosts_authorized_keys", (keys / "controller.pub").read_text(encoding="utf-8"))
    write(etc / "ssh/hosts_host_key", (keys / name).read_text(encoding="utf-8"), mode=0o600)
    write(upper / "opt/ocr/model_holder.py", (HERE / "files/model_holder.py").read_text(encoding="utf-8"))


def _write_accounts(upper: Path, lower: Path) -> None:
    """Add the users to those that the lower layer has."""
    lines = {
        "passwd": [f"{user}:x:{number}:{number}::/home/{user}:/bin/sh\n" for user, number in USERS.items()],
        "group": [f"{user}:x:{number}:\n" for user, number in USERS.items()],
        "shadow": [f"{user}:*:20000:0:99999:7:::\n" for user in USERS],
    }
    for name, added in lines.items():
        there = (lower / "etc" / name).read_text(encoding="utf-8")
        write(upper / "etc" / name, there + "".join(added), mode=0o640 if name == "shadow" else 0o644)
    for user, number in USERS.items():
        home = upper / "home" / user
        home.mkdir(mode=0o750, parents=True)
        os.chown(home, number, number)
