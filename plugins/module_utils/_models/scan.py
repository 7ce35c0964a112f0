# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Scan a model directory: one Model for each file or link in it."""

from __future__ import annotations

import errno
import operator
import os
import stat
import sys
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_ENTRY,
    OPEN_MODEL,
    SECTOR,
    ModelDirectory,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_points_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import (
    CURRENT,
    INCOMPLETE,
    STALE,
    Model,
    identity_of,
    location_in,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

# What downloaders leave behind when they are stopped.
_INCOMPLETE_SUFFIXES = (b".part", b".partial", b".incomplete", b".tmp", b".download")

# Far deeper than any model store; a tree beyond it was made to exhaust whoever walks it.
_DEPTH_LIMIT = 128

# What a folder or file answers that is another one than was scanned: gone, a link now, a folder now, on another mount.
REPLACED = (errno.ELOOP, errno.ENOTDIR, errno.EXDEV, errno.ENXIO, errno.ENODEV, errno.EISDIR, errno.ESTALE)

# What a folder answers that was replaced between reading its name and opening it, or that is a mount point.
_NOT_A_FOLDER_OF_OURS = (errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EXDEV)

# What a name answers that was removed, or is no link any more, since it was read.
_REPLACED_MEANWHILE = (errno.ENOENT, errno.EINVAL)

# As os.fsencode does it, which asks of each name anew what it is.
_encode = operator.methodcaller("encode", sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())


def scan(directory: ModelDirectory, stale_prefixes: t.Sequence[str]) -> list[Model]:
    """Return every model below ``directory``, sorted by location.

    Left out: names with a leading dot and what lies below them, sockets, FIFOs and devices, and what lies on another
    mount, which is not even touched. What vanishes meanwhile is left out too. Raises OcrModelError when a folder cannot
    be read.
    """
    prefixes = [(prefix, prefix.encode("utf-8", "surrogateescape")) for prefix in stale_prefixes]
    mount_points = mount_points_below(directory.real_path)
    models: list[Model] = []
    folders: list[tuple[bytes, str | None]] = [(b"", None)]
    while folders:
        location, folder_prefix = folders.pop()
        if location.count(b"/") >= _DEPTH_LIMIT:
            raise OcrModelError(f"{directory.path} has more than {_DEPTH_LIMIT} folders within each other")
        try:
            descriptor = directory.open_folder(location)
        except OSError as error:
            if error.errno in _NOT_A_FOLDER_OF_OURS and location:
                continue
            raise _unreadable(directory, location, error) from error
        try:
            for name, status, target in _entries(descriptor, location, mount_points):
                prefix = folder_prefix or _matching_prefix(name, prefixes)
                if status is None:
                    folders.append((location_in(location, name), prefix))
                else:
                    models.append(_model(location, name, prefix, status, target))
        except OSError as error:
            raise _unreadable(directory, location, error) from error
        finally:
            os.close(descriptor)
    models.sort(key=operator.attrgetter("location"))
    return models


def open_scanned(
    folder: int, model: Model, *, unchanged: bool = False, read: bool = True
) -> tuple[int, os.stat_result]:
    """Open a model in the open ``folder``, make sure that it is the file that was scanned, and return its status too.

    With ``unchanged`` also its kind, size and time have to be as they were. A file that may not be read, and a link, is
    opened without access to its content, which is enough to remove it; but that is an error where it is to be ``read``.
    Raises OSError, with ESTALE where another file has the name by now.
    """
    flags = OPEN_ENTRY if model.is_link else OPEN_MODEL
    try:
        descriptor = os.open(model.file_name, flags, dir_fd=folder)
    except PermissionError:
        if read:
            raise
        descriptor = os.open(model.file_name, OPEN_ENTRY, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if identity_of(status) != model.identity or (unchanged and not _is_unchanged(status, model)):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status


def _is_unchanged(status: os.stat_result, model: Model) -> bool:
    return (
        status.st_size == model.size
        and status.st_mtime_ns == model.modified_ns
        and stat.S_IFMT(status.st_mode) == stat.S_IFMT(model.mode)
    )


def _entries(
    descriptor: int, folder: bytes, mount_points: frozenset[bytes]
) -> t.Iterator[tuple[bytes, os.stat_result | None, bytes | None]]:
    """Yield the names in an open folder, with the status of regular files and links, and the target of links."""
    # In order, although the models are sorted again: what is made in the order in which it is used later lies side by
    # side in memory. Many file systems list in a random order, in which work on 100,000 models takes twice as long.
    for name in sorted(map(_encode, os.listdir(descriptor))):
        if name.startswith(b".") or (mount_points and location_in(folder, name) in mount_points):
            continue
        try:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            kind = stat.S_IFMT(status.st_mode)
            target = os.readlink(name, dir_fd=descriptor) if kind == stat.S_IFLNK else None
        except OSError as error:
            if error.errno in _REPLACED_MEANWHILE:
                continue
            raise
        if kind == stat.S_IFREG or target is not None:
            yield name, status, target
        elif kind == stat.S_IFDIR:
            yield name, None, None


def _model(folder: bytes, name: bytes, prefix: str | None, status: os.stat_result, target: bytes | None) -> Model:
    if prefix is not None:
        kind = STALE
    else:
        kind = INCOMPLETE if name.endswith(_INCOMPLETE_SUFFIXES) else CURRENT
    # By position, and all of them: of 100,000 models, naming each field takes a tenth of the whole scan.
    return Model(
        location_in(folder, name),
        folder,
        name,
        kind,
        prefix,
        status.st_size,
        status.st_blocks * SECTOR,
        status.st_mtime_ns,
        identity_of(status),
        status.st_nlink,
        status.st_mode,
        status.st_uid,
        status.st_gid,
        target,
        None,
        None,
        None,
    )


def _matching_prefix(name: bytes, prefixes: list[tuple[str, bytes]]) -> str | None:
    for prefix, raw in prefixes:
        if name.startswith(raw):
            return prefix
    return None


def _unreadable(directory: ModelDirectory, location: bytes, error: OSError) -> OcrModelError:
    path = os.path.join(directory.path, displayed(location))
    return OcrModelError(
        f"{path} cannot be read by uid {os.geteuid()} ({error.strerror}); run as root or as the user of the OCR "
        "application"
    )
