# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Make a new backup set, or find out beforehand that this cannot be done."""

from __future__ import annotations

import contextlib
import errno
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import (
    FolderEntry,
    Header,
    ManifestWriter,
    manifest_size,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import origin_here
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.room import (
    NO_ROOM,
    Room,
    available_room,
    room_for,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import (
    MODELS,
    BackupDirectory,
    next_sequence,
    set_name,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import PRIVATE, NewBackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_FOLDER,
    ModelDirectory,
    close_quietly,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import folder_obstacle
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import remove_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model

# The set, its folder for models, and its manifest.
_FILES_OF_A_SET = 3


def needs_more_room(
    backups: BackupDirectory, wanted: t.Sequence[tuple[ModelDirectory, t.Sequence[Model]]], *, expiring: Room
) -> bool:
    """Return whether sets of these models, one for each directory, fit only when expired sets have gone.

    These take ``expiring``. Raises OcrModelError, with both figures, where they would not fit even then, or where no
    set can be made.
    """
    obstacle = folder_obstacle(backups.anchor)
    if obstacle is not None:
        raise _no_set(backups, obstacle)
    # A rename must not fail for want of what root has in reserve; a copy leaves that alone.
    reserve = os.geteuid() == 0 and all(backups.renames_from(directory) for directory, _models in wanted)
    needed = NO_ROOM
    for directory, models in wanted:
        needed = needed.plus(_needed_room(backups, directory, models))
    available = available_room(backups.anchor, reserve=reserve)
    if available.lack_of(needed) is None:
        return False
    lack = available.plus(expiring).lack_of(needed)
    if lack is None:
        return True
    of_sets = f", and {expiring.bytes} bytes more in expired sets" if expiring.bytes else ""
    raise OcrModelError(
        f"backup_dir: a set of the models needs {lack[0]}, but the file system of {backups.path} has only {lack[1]} "
        f"available{of_sets}; nothing was removed. Make room there, or lower backup_max_age"
    )


def new_set(
    backups: BackupDirectory, directory: ModelDirectory, models: t.Sequence[Model], *, now_ns: int
) -> NewBackupSet:
    """Make a set for ``models`` and write its manifest. Raises OcrModelError when that is not possible."""
    try:
        folders = _folder_entries(directory, models)
        header = _next_header(backups, directory)
        name = _make_set(backups, now_ns)
        descriptor = os.open(name, OPEN_FOLDER, dir_fd=backups.anchor)
    except OSError as error:
        raise _no_set(backups, error) from error
    try:
        status = os.fstat(descriptor)
        # A folder inherits the set-group-ID bit, and that is no harm.
        if status.st_uid != os.geteuid() or status.st_mode & 0o5777 != PRIVATE or os.listdir(descriptor):
            raise OSError(errno.ESTALE, "somebody put another folder in its place")
        os.mkdir(MODELS, PRIVATE, dir_fd=descriptor)
        manifest = ManifestWriter(descriptor, header, models, folders)
        os.fsync(backups.anchor)
    except (OSError, MemoryError) as error:
        with contextlib.suppress(OSError, MemoryError):
            remove_below(descriptor, files=True)
            os.rmdir(name, dir_fd=backups.anchor)
        close_quietly(descriptor)
        raise _no_set(backups, error) from error
    return NewBackupSet(name, descriptor, manifest, renames=backups.renames_from(directory))


def _needed_room(backups: BackupDirectory, directory: ModelDirectory, models: t.Sequence[Model]) -> Room:
    """Return what a set of ``models`` takes. A rename needs no room, but the manifest does."""
    folders = _folder_entries(directory, models)
    sizes = [manifest_size(_next_header(backups, directory), models, folders)]
    others = _FILES_OF_A_SET - 1 + len(folders) + (not backups.exists)
    if not backups.renames_from(directory):
        sizes += [model.size for model in models if not model.is_link]
        others += sum(model.is_link for model in models)
    return room_for(backups.anchor, sizes, others=others)


def _next_header(backups: BackupDirectory, directory: ModelDirectory) -> Header:
    return Header(origin_here(directory.real_path), next_sequence(backups.outlines()))


def _make_set(backups: BackupDirectory, now_ns: int) -> str:
    """Make the folder of a new set and return its name; of two in the same microsecond the second counts on."""
    while True:
        name = set_name(now_ns)
        try:
            os.mkdir(name, PRIVATE, dir_fd=backups.anchor)
            return name
        except FileExistsError:
            now_ns += 1000


def _no_set(backups: BackupDirectory, error: Exception) -> OcrModelError:
    return OcrModelError(f"backup_dir: no set can be made in {backups.path} ({explain(error)}); no model was removed")


def _folder_entries(directory: ModelDirectory, models: t.Iterable[Model]) -> list[FolderEntry]:
    """Return owner and mode of every folder above ``models``, parents first. What vanished meanwhile is left out."""
    locations: set[bytes] = set()
    for location in {model.folder for model in models}:
        while location:
            locations.add(location)
            location = location.rpartition(b"/")[0]
    entries = []
    for location in sorted(locations):
        with contextlib.suppress(OSError), directory.folder(location) as descriptor:
            status = os.fstat(descriptor)
            entries.append(FolderEntry(location, status.st_mode & 0o7777, status.st_uid, status.st_gid))
    return entries
