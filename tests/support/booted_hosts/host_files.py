# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in which a host differs from the root file system that it is made of."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from supervision import write, write_common_files

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


def write_upper(upper: Path, host: dict[str, str], keys: Path) -> None:
    """Make the upper layer of a host's root, given its name, address and lower layer."""
    for emptied in EMPTIED:
        (upper / emptied).mkdir(parents=True)
        os.setxattr(upper / emptied, "trusted.overlay.opaque", b"y")
    (upper / "root").chmod(0o700)
    write_common_files(upper, Path(host["lower"]), name=host["name"], address=host["address"], keys=keys)
    etc = upper / "etc"
    write(etc / "machine-id", f"{uuid.uuid4().hex}\n")
    write(
        etc / "tmpfiles.d/hosts.conf", "d /srv/ocr/models 0755 ocr ocr\nz /srv/ocr 0755 ocr ocr\nd /run/clocks 1777\n"
    )
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
