# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""How much a file system has room for, and how much files take there."""

from __future__ import annotations

import os
import sys
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record


class Room(Record):
    """What a file system has available: bytes, and files, which are None where it sets no limit to them."""

    bytes: int
    files: int | None

    def lack_of(self, wanted: Room) -> tuple[str, str] | None:
        """Return what is wanted and what there is of that which does not suffice; None where all fits."""
        if wanted.bytes > self.bytes:
            return f"{wanted.bytes} bytes", f"{self.bytes} bytes"
        if self.files is not None and wanted.files is not None and wanted.files > self.files:
            return f"{wanted.files} files", f"{self.files} files"
        return None

    def plus(self, other: Room) -> Room:
        """Return both together."""
        return Room(self.bytes + other.bytes, None if self.files is None else self.files + (other.files or 0))


NO_ROOM = Room(0, 0)


def available_room(descriptor: int, *, reserve: bool = False) -> Room:
    """Return what the file system of an open folder has available; with ``reserve`` what it keeps for root, too."""
    status = os.statvfs(descriptor)
    blocks = status.f_bfree if reserve else status.f_bavail
    # ramfs counts no blocks, btrfs no files.
    size = blocks * status.f_frsize if status.f_blocks else sys.maxsize
    return Room(size, status.f_favail if status.f_files else None)


def room_for(descriptor: int, sizes: t.Sequence[int], *, others: int = 0) -> Room:
    """Return what files of these sizes (bytes) take on the file system of an open folder.

    ``others`` is how many files and folders of hardly any size come along.
    """
    block = os.statvfs(descriptor).f_frsize or 1
    return Room(sum(-(-size // block) * block for size in sizes), len(sizes) + others)
