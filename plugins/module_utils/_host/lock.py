# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Keep two runs from working on one model directory at the same time."""

from __future__ import annotations

import errno
import fcntl
import os

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root


def lock(directory: ModelDirectory, *, shared: bool = False) -> None:
    """Take the lock of a model directory: flock(2) on the directory itself, so nothing is left behind.

    It ends with the descriptor. Dry runs share it. Raises OcrModelError at once when another run has it.
    """
    try:
        fcntl.flock(directory.descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            raise OcrModelError(f"{directory.path} cannot be locked: {error.strerror}") from error
        raise OcrModelError(
            f"Another run works on {directory.path}{lock_holder(directory)}; wait until it has ended, then run again"
        ) from error


@root()
def lock_holder(directory: ModelDirectory) -> str:
    """Name the pid that holds the lock, as far as proc_locks(5) tells; nothing where it does not."""
    try:
        with open("/proc/locks", "rb") as stream:
            for line in stream:
                fields = line.split()
                # "1: FLOCK  ADVISORY  WRITE 4711 fe:00:123 0 EOF"; the device is the mount's, as in mountinfo.
                if len(fields) < 6 or fields[1] != b"FLOCK":
                    continue
                major, minor, inode = fields[5].split(b":")
                device = os.makedev(int(major, 16), int(minor, 16))
                if int(inode) == directory.inode and device == directory.mount.device:
                    return f" (pid {int(fields[4])} holds the lock)"
    except OSError:
        pass
    return ""
