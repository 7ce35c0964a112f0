# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Copy one file to another file system so that the copy can be trusted before the original goes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import close_quietly

_CHUNK = 1 << 20


def sha256_of(descriptor: int) -> str:
    """Return the hexadecimal SHA-256 of an open file's content, read from its beginning."""
    digest = hashlib.sha256()
    for chunk in _chunks(descriptor):
        digest.update(chunk)
    return digest.hexdigest()


def copy_file(source: int, folder: int, name: bytes) -> tuple[int, str]:
    """Copy the open file ``source`` to the new file ``name`` in the open ``folder``; return its descriptor and SHA-256.

    The copy is synced, read again from the disk and compared, and has the mode, owner, times and extended attributes of
    the source as far as this user may set them. Raises OSError; then no copy is left.
    """
    target = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        # Before the copy, which as a read would set a new access time.
        status = os.fstat(source)
        digest = _copy_content(source, target)
        _copy_metadata(source, status, target)
        os.fsync(target)
        # Otherwise the comparison would only read the page cache.
        os.posix_fadvise(target, 0, 0, os.POSIX_FADV_DONTNEED)
        if sha256_of(target) != digest:
            raise OSError(errno.EIO, "the copy differs from the original")
    except BaseException:
        close_quietly(target)
        os.unlink(name, dir_fd=folder)
        raise
    return target, digest


def copy_link(target: bytes, status: os.stat_result, folder: int, name: bytes) -> None:
    """Make the symbolic link ``name`` in the open ``folder`` with the target, owner and times of another one.

    Raises OSError; then no link is left.
    """
    os.symlink(target, name, dir_fd=folder)
    try:
        with contextlib.suppress(PermissionError):
            os.chown(name, status.st_uid, status.st_gid, dir_fd=folder, follow_symlinks=False)
        os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=folder, follow_symlinks=False)
    except BaseException:
        os.unlink(name, dir_fd=folder)
        raise


def _copy_content(source: int, target: int) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
        write_all(target, chunk)
    return digest.hexdigest()


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, however little the system takes at a time. Raises OSError."""
    while data:
        data = data[os.write(descriptor, data) :]


def _chunks(descriptor: int) -> t.Iterator[bytes]:
    position = 0
    while True:
        chunk = os.pread(descriptor, _CHUNK, position)
        if not chunk:
            return
        yield chunk
        position += len(chunk)


def _copy_metadata(source: int, status: os.stat_result, target: int) -> None:
    with contextlib.suppress(PermissionError):
        os.fchown(target, status.st_uid, status.st_gid)
    # After the owner: changing that clears the set-user-ID bit.
    os.fchmod(target, status.st_mode & 0o7777)
    with contextlib.suppress(OSError):
        for attribute in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(target, attribute, os.getxattr(source, attribute))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
