# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in which a host differs from the root file system that it is made of."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

FILES = Path(__file__).parent / "files"
# deploy is an administrator, ocr the user of the service, guest somebody who may nothing.
USERS = {"deploy": 9001, "ocr": 9002, "guest": 9003}
# What the lower layer has here is not the host's: this machine's services and its users' files, where it is the lower
# layer, and timers that would disturb a test.
EMPTIED = ("etc/systemd/system", "etc/systemd/user", "etc/init.d", "home", "root", "srv", "opt", "var/log/journal")
STARTED = ("ssh.service",)
# Of no use to a test, and it would wait for them to start.
MASKED = (
    *("console-getty.service", "getty.target", "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service"),
    *("systemd-journal-flush.service", "systemd-binfmt.service", "dev-hugepages.mount", "modprobe@.service"),
    *("sys-fs-fuse-connections.mount", "systemd-pcrphase.service", "systemd-networkd.service"),
)


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def write_upper(upper: Path, host: dict[str, str], keys: Path) -> None:
    """Make the upper layer of a host's root, given its name, address and lower layer."""
    for emptied in EMPTIED:
        (upper / emptied).mkdir(parents=True)
        os.setxattr(upper / emptied, "trusted.overlay.opaque", b"y")
    (upper / "root").chmod(0o700)
    _write_accounts(upper, Path(host["lower"]))
    etc = upper / "etc"
    write(etc / "hostname", f"{host['name']}\n")
    write(etc / "hosts", f"127.0.0.1 localhost\n{host['address']} {host['name']}\n")
    write(etc / "resolv.conf", "")
    write(etc / "machine-id", f"{uuid.uuid4().hex}\n")
    write(etc / "sudoers", "root ALL=(ALL) ALL\ndeploy ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)
    write(etc / "ssh/sshd_config", (FILES / "sshd_config").read_text(encoding="utf-8"))
    write(etc / "ssh/hosts_authorized_keys", (keys / "controller.pub").read_text(encoding="utf-8"))
    write(etc / "ssh/hosts_host_key", (keys / host["name"]).read_text(encoding="utf-8"), mode=0o600)
    write(
        etc / "tmpfiles.d/hosts.conf", "d /srv/ocr/models 0755 ocr ocr\nz /srv/ocr 0755 ocr ocr\nd /run/clocks 1777\n"
    )
    write(upper / "opt/ocr/clock.py", (FILES / "clock.py").read_text(encoding="utf-8"))
    units = etc / "systemd/system"
    for unit in MASKED:
        (units / unit).symlink_to("/dev/null")
    (units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")
    (units / "multi-user.target.wants").mkdir()
    for unit in STARTED:
        (units / "multi-user.target.wants" / unit).symlink_to(f"/lib/systemd/system/{unit}")
    # Otherwise systemd takes the root for one that has just been updated, and brings its caches up to date.
    for updated in ("etc/.updated", "var/.updated"):
        write(upper / updated, f"TIMESTAMP_NSEC={time.time_ns()}\n")


def _write_accounts(upper: Path, lower: Path) -> None:
    """Add the users to those that the lower layer has."""
    lines = {
        "passwd": [f"{user}:x:{number}:{number}::/home/{user}:/bin/bash\n" for user, number in USERS.items()],
        "group": [f"{user}:x:{number}:\n" for user, number in USERS.items()],
        "shadow": [f"{user}:*:20000:0:99999:7:::\n" for user in USERS],
    }
    for name, added in lines.items():
        there = (lower / "etc" / name).read_text(encoding="utf-8")
        write(upper / "etc" / name, there + "".join(added), mode=0o640 if name == "shadow" else 0o644)
    for user, number in USERS.items():
        (upper / "home" / user).mkdir(mode=0o750)
        os.chown(upper / "home" / user, number, number)
