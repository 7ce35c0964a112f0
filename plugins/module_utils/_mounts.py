# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which mount an open file lies on: mount points are never crossed, and leases trusted only where they are exact."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError

# File systems of this kernel alone, whose mappings hold the very inode that stat(2) shows. There the write lease of
# fcntl(2) is exact. It is not on a network file system (another host may have the file open, and NFS answers EAGAIN for
# want of a delegation), nor on stacking ones: overlayfs maps the file of the layer below, so a lease on the overlay's
# inode is granted although the model is mapped (measured on Linux 6.18).
_EXACT_LEASE_TYPES = frozenset(
    (
        "bcachefs",
        "btrfs",
        "exfat",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "jfs",
        "ramfs",
        "reiserfs",
        "tmpfs",
        "vfat",
        "xfs",
        "zfs",
    )
)


class Mount(t.NamedTuple):
    """One line of /proc/self/mountinfo, see proc(5)."""

    identity: int
    device: int
    type: str

    @property
    def granted_lease_proves_disuse(self) -> bool:
        """Whether a granted write lease means that nobody has the file open or mapped."""
        return self.type in _EXACT_LEASE_TYPES

    @property
    def refused_lease_proves_use(self) -> bool:
        """Whether a refused write lease means that somebody has the file open or mapped."""
        return self.type in _EXACT_LEASE_TYPES or self.type == "overlay"


def mount_identity(descriptor: int) -> int:
    """Return the mount ID on which ``descriptor`` was opened (``mnt_id`` of /proc/self/fdinfo, Linux 3.15 and newer).

    The device number would not do: a bind mount of the same file system has the same one.
    Raises OcrModelError where /proc is not mounted.
    """
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", "rb", buffering=0) as stream:
            for line in stream.read(4096).splitlines():
                if line.startswith(b"mnt_id:"):
                    return int(line.split()[1])
    except OSError as error:
        raise OcrModelError(
            f"Mount points cannot be told apart without /proc ({error}); mount it: mount -t proc proc /proc"
        ) from error
    raise OcrModelError("/proc/self/fdinfo shows no mnt_id; this needs Linux 3.15 or newer")


def mount_of(descriptor: int) -> Mount:
    """Return the mount on which ``descriptor`` lies. Raises OcrModelError where /proc cannot tell."""
    identity = mount_identity(descriptor)
    try:
        with open("/proc/self/mountinfo", "rb") as stream:
            for line in stream:
                fields, _separator, tail = line.partition(b" - ")
                parts = fields.split()
                if int(parts[0]) == identity:
                    major, minor = parts[2].split(b":")
                    return Mount(identity, os.makedev(int(major), int(minor)), os.fsdecode(tail.split()[0]))
    except OSError as error:
        raise OcrModelError(f"/proc/self/mountinfo cannot be read: {error}") from error
    # A mount that was detached while a descriptor on it was still open has no line any more.
    return Mount(identity, os.fstat(descriptor).st_dev, "unknown")
