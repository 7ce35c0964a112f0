# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Small operations on open folders that the backup needs: look for a name, rename, remove a tree."""

from __future__ import annotations

import errno
import functools
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_FOLDER, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_id

# What link(2) answers where a file system has no hard links, or protected_hardlinks of proc(5) spares another's file.
_NO_HARD_LINK = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
# What renameat2(2) answers where kernel or file system does not know the flag.
_NO_FLAG = (errno.EINVAL, errno.ENOSYS)
_RENAME_NOREPLACE = 1


class FirstNameStays(OSError):
    """A file that was moved has its new name, but could not lose the first one; its cause says why."""


def is_present(folder: int, name: bytes) -> bool:
    """Whether the open ``folder`` has an entry ``name``, be it a dangling link. Raises OSError."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def holds_files(folder: int) -> bool:
    """Whether there is anything but folders below the open ``folder``. A mount point counts. Raises OSError."""
    mount = mount_id(folder)
    for name in os.listdir(folder):
        try:
            below = os.open(name, OPEN_FOLDER, dir_fd=folder)
        except NotADirectoryError:
            return True
        with closing(below):
            if mount_id(below) != mount or holds_files(below):
                return True
    return False


def move(name: bytes, folder: int, new_name: bytes, new_folder: int) -> None:
    """Rename within a file system, and never replace what has the new name: FileExistsError. Raises OSError.

    FirstNameStays where that is all that went wrong.
    Only where neither a hard link can be made nor the kernel knows such a rename, it is a look and then a rename.
    """
    try:
        os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINK:
            raise
    else:
        try:
            os.unlink(name, dir_fd=folder)
        except Exception as error:
            number = (error.errno if isinstance(error, OSError) else None) or errno.EIO
            raise FirstNameStays(number, reason_of(error)) from error
        return
    try:
        _rename_without_replacing(name, folder, new_name, new_folder)
    except OSError as error:
        if error.errno not in _NO_FLAG:
            raise
        if is_present(new_folder, new_name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)


def _rename_without_replacing(name: bytes, folder: int, new_name: bytes, new_folder: int) -> None:
    call = load_renameat2()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    number = call(folder, name, new_folder, new_name, _RENAME_NOREPLACE)
    if number:
        raise OSError(number, os.strerror(number))


@functools.lru_cache(maxsize=None)
def load_renameat2() -> t.Callable[..., int] | None:
    """Return renameat2(2), which answers 0 or an error number, or None where this Python or C library has none.

    It is seldom needed and takes long to load. Where a user's identity is taken on that has to be before.
    """
    try:
        import ctypes

        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (ImportError, OSError, AttributeError):
        return None
    return lambda *arguments: ctypes.get_errno() if call(*arguments) != 0 else 0


def remove_below(folder: int, *, files: bool) -> None:
    """Remove all that is below the open ``folder``; without ``files``, only the folders that hold nothing.

    No link is followed and no mount point crossed. Raises OSError at what cannot be removed, ENOTEMPTY among others.
    """
    mount = mount_id(folder)
    for name in map(os.fsencode, os.listdir(folder)):
        try:
            below = os.open(name, OPEN_FOLDER, dir_fd=folder)
        except NotADirectoryError:
            # So Linux answers for a link as well.
            if files:
                os.unlink(name, dir_fd=folder)
            continue
        with closing(below):
            if mount_id(below) != mount:
                raise OSError(errno.EBUSY, "is a mount point", os.fsdecode(name))
            remove_below(below, files=files)
        os.rmdir(name, dir_fd=folder)
