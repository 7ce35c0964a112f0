# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The files that are mounted, or used as a disk, through a loop device: no process has them open, the kernel has."""

from __future__ import annotations

import contextlib
import os

from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

_SECTOR = 512


class LoopDevice(Record):
    """A loop device by path and number, and the file behind it: path as this process sees it, bytes it may take up."""

    path: str
    number: int
    file: bytes
    bytes: int


def loop_devices(folder: str = "/sys/block") -> list[LoopDevice]:
    """Return the loop devices that have a file. Only sysfs is read, no file system that could hang. Raises nothing."""
    found = []
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(folder)):
            # A device without a file has no folder "loop"; it may also get or lose one meanwhile.
            with contextlib.suppress(OSError):
                # It ends with a newline, which can also be a part of the path.
                file = _read(f"{folder}/{name}/loop/backing_file")[:-1]
                major, minor = _read(f"{folder}/{name}/dev").split(b":")
                size = int(_read(f"{folder}/{name}/size")) * _SECTOR
                found.append(LoopDevice(f"/dev/{name}", os.makedev(int(major), int(minor)), file, size))
    return found


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()
