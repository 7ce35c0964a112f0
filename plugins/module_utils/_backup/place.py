# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Open the backup directory, make it where only its parent exists, and refuse a place that will not do."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import BackupDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_FOLDER,
    OPEN_START,
    ModelDirectory,
    closing,
    open_resolved,
    resolve_path,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_of, real_path_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import folder_obstacle

_PRIVATE = 0o700


def open_backup_directory(
    path: str, directories: t.Iterable[ModelDirectory], *, wanted: bool, check_mode: bool
) -> BackupDirectory:
    """Open the backup directory for these model directories.

    Where only its parent exists, and it is ``wanted``, it is made with mode 0700; in check mode it is only made sure
    that this would do. Raises OcrModelError for all that resolve_path refuses, for a missing parent or one in which
    nothing can be made, and for a place inside one of the directories.
    """
    exists = True
    component = resolve_path("backup_dir", path)
    if component is None:
        exists = False
        parent = os.path.dirname(path.rstrip("/"))
        component = resolve_path("backup_dir", parent)
        if component is None:
            raise OcrModelError(f"backup_dir: {parent} does not exist; make it, or mount what belongs there")
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, component)
        for directory in directories:
            _refuse_inside(path, component, directory)
        if not exists and wanted:
            _refuse_obstacle(path, component)
        if not exists and wanted and not check_mode:
            component = _make(path, component)
            stack.callback(os.close, component)
            exists = True
        anchor = open_resolved("backup_dir", path, component) if exists else os.dup(component)
    return BackupDirectory(path, anchor, exists=exists)


def _refuse_obstacle(path: str, parent: int) -> None:
    """Raise OcrModelError when nothing can be made in ``parent``, an O_PATH descriptor, which has no inode flags."""
    try:
        folder = os.open(".", OPEN_FOLDER, dir_fd=parent)
    except OSError:
        folder = os.dup(parent)
    with closing(folder):
        obstacle = folder_obstacle(folder)
    if obstacle is not None:
        raise _cannot_be_made(path, obstacle)


def _make(path: str, parent: int) -> int:
    """Make the last component of ``path`` in the open ``parent`` and return a descriptor of it."""
    name = os.path.basename(path.rstrip("/"))
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, _PRIVATE, dir_fd=parent)
        return os.open(name, OPEN_START | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        raise _cannot_be_made(path, error) from error


def _cannot_be_made(path: str, error: OSError) -> OcrModelError:
    return OcrModelError(f"backup_dir: {path} cannot be made: {explain(error)}")


def _refuse_inside(path: str, component: int, directory: ModelDirectory) -> None:
    """Raise OcrModelError when the open ``component`` is ``directory`` or lies below it."""
    if directory.holds(real_path_of(component), mount_of(component)):
        raise OcrModelError(
            f"backup_dir: {path} lies inside the model directory {directory.path}; choose a place outside it"
        )
