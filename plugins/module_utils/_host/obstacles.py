# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What would keep the kernel from removing or making a file, found out without trying: dry runs have to know."""

from __future__ import annotations

import errno
import fcntl
import functools
import os
import stat
import struct
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_MODEL, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root

# _IOR('f', 1, long) of linux/fs.h, and the flags that forbid a removal, see ioctl_iflags(2).
_FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16
_IMMUTABLE, _APPEND = 0x10, 0x20

# Of statx(2), whose attributes have the same bits for both.
_AT_SYMLINK_NOFOLLOW = 0x100
_STATX_SIZE, _STATX_ATTRIBUTES = 256, struct.Struct("8xQ")
# Its number, as the C library has no function for it before glibc 2.28.
_STATX_NUMBERS = {"x86_64": 332, "aarch64": 291}

# _IOR('X', 31, struct fsxattr) of linux/fs.h: xflags, extsize, nextents, projid, cowextsize, and 8 bytes to spare.
_FS_IOC_FSGETXATTR = 0x801C581F
_FSXATTR = struct.Struct("5I8x")
_PROJECT_INHERITED = 0x200


def folder_obstacle(folder: int) -> OSError | None:
    """Return the error that the kernel would answer to a removal from the open ``folder``, or None.

    The first that it would find, in the order of may_delete of fs/namei.c.
    """
    number = 0
    flags = _flags(folder)
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        number = errno.EROFS
    elif flags & _IMMUTABLE:
        number = errno.EPERM
    elif not os.access(".", os.W_OK | os.X_OK, dir_fd=folder, effective_ids=True):
        number = errno.EACCES
    elif flags & _APPEND:
        number = errno.EPERM
    return OSError(number, os.strerror(number)) if number else None


def copy_obstacle(user_id: int, group_id: int) -> str | None:
    """Say why a copy of a file of this owner and group could not be given back as the file was, or return None."""
    user = os.geteuid()
    if user == 0 or (user_id == user and (group_id == os.getegid() or group_id in os.getgroups())):
        return None
    return f"a copy could not be given back to uid {user_id} and gid {group_id} by uid {user}; run as root"


def removal_obstacle(folder: int, name: bytes, *, owner: int, is_link: bool) -> OSError | None:
    """Return the error that the kernel would answer to the removal of a file or an empty folder, or None.

    It lies in the open ``folder`` and belongs to the uid ``owner``.
    """
    return folder_obstacle(folder) or file_obstacle(folder, name, owner=owner, is_link=is_link)


def file_obstacle(folder: int, name: bytes, *, owner: int, is_link: bool, read: bool = False) -> OSError | None:
    """Return the error that the kernel would answer to the removal of a file in the open ``folder``, or None.

    ``owner`` is the uid that the file belongs to. With ``read`` it also has to be readable.
    """
    status = os.fstat(folder)
    user = os.geteuid()
    if status.st_mode & stat.S_ISVTX and user not in (0, status.st_uid, owner):
        return OSError(errno.EPERM, os.strerror(errno.EPERM))
    if is_link:
        return None
    try:
        descriptor = os.open(name, OPEN_MODEL, dir_fd=folder)
    except PermissionError as error:
        if read:
            return error
        flags = _flags_of_closed(folder, name)
    except OSError:
        return None
    else:
        with closing(descriptor):
            flags = _flags(descriptor)
    immutable = flags & (_IMMUTABLE | _APPEND)
    return OSError(errno.EPERM, os.strerror(errno.EPERM)) if immutable else None


def crosses_quota_boundary(folder: int, name: bytes, target: int, *, is_link: bool) -> bool:
    """Whether the kernel refuses to rename a file of the open ``folder`` into the open folder ``target``, or below it.

    It does, with EXDEV, where what is in ``target`` counts for another project's quota (XFS_DIFLAG_PROJINHERIT of xfs,
    EXT4_PROJINHERIT_FL of ext4).
    """
    project = _inherited_project(target)
    if project is None:
        return False
    if is_link:
        # A link cannot be asked. It is of the project that its folder hands on, or of none.
        return (_inherited_project(folder) or 0) != project
    try:
        descriptor = os.open(name, OPEN_MODEL, dir_fd=folder)
    except OSError:
        return False
    with closing(descriptor):
        return _project(descriptor)[1] != project


def _inherited_project(folder: int) -> int | None:
    """Return the project that the open ``folder`` hands on to what is made or moved there, or None."""
    flags, project = _project(folder)
    return project if flags & _PROJECT_INHERITED else None


def _project(descriptor: int) -> tuple[int, int]:
    """Return the flags and the project of a file, zeros where the file system has none."""
    try:
        flags, _extent_size, _extents, project, _cow_extent_size = _FSXATTR.unpack(
            fcntl.ioctl(descriptor, _FS_IOC_FSGETXATTR, b"\0" * _FSXATTR.size)
        )
    except OSError:
        return 0, 0
    return flags, project


def _flags(descriptor: int) -> int:
    """Return the inode flags, 0 where the file system has none, or where this user may not look."""
    try:
        answer = fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, b"\0" * struct.calcsize("l"))
    except OSError:
        return 0
    return int(struct.unpack("l", answer)[0])


def _flags_of_closed(folder: int, name: bytes) -> int:
    """Return those inode flags that forbid a removal of a file that may not be opened, 0 where they are not known."""
    statx = _load_statx()
    answer = bytearray(_STATX_SIZE)
    if statx is None or not statx(folder, name, answer):
        return 0
    return int(_STATX_ATTRIBUTES.unpack_from(answer)[0])


@functools.lru_cache(maxsize=None)
@root()
def _load_statx() -> t.Callable[[int, bytes, bytearray], bool] | None:
    """Return statx(2), which fills a buffer, or None where it cannot be called.

    It is seldom needed and takes long to load: as root, since another user's identity may be taken on by now.
    """
    try:
        import ctypes

        library = ctypes.CDLL(None)
        call = getattr(library, "statx", None) or functools.partial(library.syscall, _STATX_NUMBERS[os.uname().machine])
    except (ImportError, OSError, AttributeError, KeyError):
        return None

    def fill(folder: int, name: bytes, buffer: bytearray) -> bool:
        target = (ctypes.c_char * len(buffer)).from_buffer(buffer)
        return bool(call(folder, name, _AT_SYMLINK_NOFOLLOW, 0, target) == 0)

    return fill
