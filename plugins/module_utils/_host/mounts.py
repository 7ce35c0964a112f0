# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Which mount an open file lies on: mount points are never crossed, and leases trusted only where they are exact."""

from __future__ import annotations

import errno
import os
import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# File systems on which stat(2) may wait for another host or for a process, for ever.
_REMOTE_TYPES = ("9p", "afs", "ceph", "cifs", "fuse", "gfs2", "gluster", "lustre", "nfs", "ocfs2", "smb")

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

# File systems on which each block belongs to one file.
_UNSHARED_TYPES = ("exfat", "ext2", "ext3", "ext4", "jfs", "ramfs", "reiserfs", "tmpfs", "vfat")


class Mount(Record):
    """One line of /proc/self/mountinfo, see proc(5).

    ``root`` is which folder of its file system is mounted, ``point`` where. Both are absolute.
    """

    id: int
    device: int
    type: str
    root: bytes
    point: bytes

    def within(self, real_path: bytes) -> tuple[int, bytes]:
        """Return the device and the path within the file system of what ``real_path`` on this mount names.

        It is the same through whatever bind mount the file system is reached.
        """
        below = real_path[len(self.point.rstrip(b"/")) :]
        return self.device, self.root.rstrip(b"/") + below

    @property
    def remote(self) -> bool:
        """Whether another host, or a process, stands behind it: stat(2) may hang, and others may hold its files."""
        return self.type.startswith(_REMOTE_TYPES)

    @property
    def shows_layers(self) -> bool:
        """Whether /proc/PID/maps may show another device for its files: that of the layer below."""
        return self.type in ("overlay", "aufs", "unknown")

    @property
    def granted_lease_proves_disuse(self) -> bool:
        """Whether a granted write lease means that nobody has the file open or mapped."""
        return self.type in _EXACT_LEASE_TYPES

    @property
    def refused_lease_proves_use(self) -> bool:
        """Whether a refused write lease means that somebody has the file open or mapped."""
        return self.type in _EXACT_LEASE_TYPES or self.type == "overlay"

    @property
    def shares_nothing(self) -> bool:
        """Whether no file here can share what it takes up on the disk with another one."""
        return self.type in _UNSHARED_TYPES

    @property
    def tells_what_is_shared(self) -> bool:
        """Whether files here are asked what they share. One of a layer below gives nothing back, whatever it says."""
        return not (self.shares_nothing or self.shows_layers or self.remote)


@root()
def mount_id(descriptor: int) -> int:
    """Return the mount ID on which ``descriptor`` was opened (``mnt_id`` of /proc/self/fdinfo, Linux 3.15 and newer).

    The device number would not do: a bind mount of the same file system has the same one. It is read as root: before
    Linux 5.14 a process that took on another user's identity may not.
    Raises OSError, with EOPNOTSUPP where /proc is not mounted.
    """
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", "rb", buffering=0) as stream:
            for line in stream.read(4096).splitlines():
                if line.startswith(b"mnt_id:"):
                    return int(line.split()[1])
    except FileNotFoundError as error:
        raise _no_proc(error) from error
    raise OSError(errno.EOPNOTSUPP, "/proc/self/fdinfo shows no mnt_id; this needs Linux 3.15 or newer")


def mount_of(descriptor: int) -> Mount:
    """Return the mount on which ``descriptor`` lies. Raises OSError where /proc cannot tell."""
    number = mount_id(descriptor)
    for mount in _mounts():
        if mount.id == number:
            return mount
    # A mount that was detached while a descriptor on it was still open has no line any more.
    return Mount(number, os.fstat(descriptor).st_dev, "unknown", b"/", b"/")


def mount_points_below(real_path: bytes) -> frozenset[bytes]:
    """Return the mount points below ``real_path``, relative to it. A file can be one too."""
    start = real_path.rstrip(b"/") + b"/"
    return frozenset(mount.point[len(start) :] for mount in _mounts() if mount.point.startswith(start))


class MountTables:
    """The mounts of all mount namespaces that were read. A mount ID is one mount of the whole system.

    The points are as /proc/PID/fd shows paths: from this process's root in its own namespace, else from that of the
    other one.
    """

    def __init__(self) -> None:
        self._mounts = {mount.id: mount for mount in _mounts()}
        self.own = self._view("self")
        self._views = {self.own}
        self._types = {mount.device: mount for mount in self._mounts.values()}

    def read(self, pid: int) -> tuple[str, bytes]:
        """Read the mounts that a process sees, once for all that see the same; return what tells these apart.

        Raises OSError where the process has ended or is closed to this user.
        """
        view = self._view(str(pid))
        if view not in self._views:
            with open(f"/proc/{pid}/mountinfo", "rb") as stream:
                lines = stream.read().splitlines()
            self._views.add(view)
            for mount in map(_parsed, lines):
                # What this process sees itself is named from its own root.
                self._mounts.setdefault(mount.id, mount._replace(point=view[1].rstrip(b"/") + mount.point))
                self._types.setdefault(mount.device, mount)
        return view

    def of(self, number: int) -> Mount | None:
        """Return a mount by its ID; None for one that is detached, or lies outside of all roots."""
        return self._mounts.get(number)

    def is_local(self, device: int) -> bool:
        """Whether a file system is mounted somewhere, and is one on which stat(2) does not wait for others."""
        mount = self._types.get(device)
        return mount is not None and not mount.remote

    @staticmethod
    def _view(process: str) -> tuple[str, bytes]:
        """Return the mount namespace of a process, and the root from which its mountinfo names the mount points."""
        return os.readlink(f"/proc/{process}/ns/mnt"), os.fsencode(os.readlink(f"/proc/{process}/root"))


@root()
def real_path_of(descriptor: int) -> bytes:
    """Return the path that the kernel has for an open directory."""
    return os.fsencode(os.readlink(f"/proc/self/fd/{descriptor}"))


def _mounts() -> t.Iterator[Mount]:
    try:
        with root(), open("/proc/self/mountinfo", "rb") as stream:
            lines = stream.read().splitlines()
    except FileNotFoundError as error:
        raise _no_proc(error) from error
    return map(_parsed, lines)


def _parsed(line: bytes) -> Mount:
    fields, _separator, tail = line.partition(b" - ")
    number, _parent, device, mounted, point = fields.split()[:5]
    major, minor = device.split(b":")
    # A folder or file that is mounted elsewhere, and was removed since, has a mark that no path can have.
    mounted, _mark, _rest = unescape_octal(mounted).partition(b"//deleted")
    return Mount(
        int(number),
        os.makedev(int(major), int(minor)),
        os.fsdecode(tail.split()[0]),
        mounted,
        unescape_octal(point),
    )


def _no_proc(error: FileNotFoundError) -> OSError:
    # Not ENOENT: what has vanished is gone, and no failure.
    return OSError(errno.EOPNOTSUPP, f"there is no {error.filename}; mount /proc: mount -t proc proc /proc")


def unescape_octal(text: bytes) -> bytes:
    """Return a path of /proc as it is: blanks and newlines stand there as ``\\040`` and the like."""
    if b"\\" not in text:
        return text
    return re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal.group(1), 8)]), text)
