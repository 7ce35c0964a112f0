# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Decide, without changing anything, what a restore does about each model of a backup set.

The same in check mode, which ends here, and in a real run, which then carries that out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Entry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.room import available_room, room_for
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import MODELS, BackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import sha256_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_ENTRY,
    OPEN_MODEL,
    ModelDirectory,
    closing,
    open_folder_below,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_id, mount_points_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import (
    crosses_quota_boundary,
    file_obstacle,
    folder_obstacle,
    removal_obstacle,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, identity_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# What is done to a model of the set: renamed or copied to its place, or, as a second copy, removed.
MOVE, COPY, DROP = "move", "copy", "drop"

_SECOND_COPY = "is there already; the second copy goes from the set"


class Fate(Record):
    """What became of one model: restored, unless a reason to keep it in the set or an error says otherwise.

    ``left`` is why the copy of a restored one stays in the set too.
    """

    entry: Entry
    kept: str | None = None
    failed: str | None = None
    left: str | None = None


class Decision(Record):
    """What is to be done about one model, and what becomes of it if all goes well; ``action`` is None for nothing.

    ``source`` is the identity of the set's file.
    """

    fate: Fate
    action: str | None = None
    source: Identity | None = None


class Decider:
    """Looks at the models of an open set and at their places in an open and locked model directory."""

    def __init__(self, directory: ModelDirectory, chosen: BackupSet, *, force: bool) -> None:
        self._directory = directory
        self._set = chosen
        self._force = force
        self._mount_points = mount_points_below(directory.real_path)

    def decide(self, entry: Entry) -> Decision | None:
        """Decide about one model; None when the set does not have it: it never left, or is back already."""
        try:
            opened = open_source(self._set.descriptor, entry)
        except OSError as error:
            return _failed(entry, f"damaged in the set: it cannot be read ({error.strerror})")
        if opened is None:
            return None
        if isinstance(opened, Fate):
            return Decision(opened)
        source, source_folder = opened
        try:
            damage = _damage(source, source_folder, entry)
            if damage is not None:
                return _failed(entry, f"damaged in the set: {damage}")
            folder, missing = self._open_nearest(entry.folder)
            with closing(folder):
                return self._decide(entry, source, source_folder, folder, missing=missing)
        except (OSError, OcrModelError) as error:
            return _failed(entry, explain(error))
        finally:
            os.close(source)
            os.close(source_folder)

    def refuse_lack_of_room(self, decisions: t.Iterable[Decision]) -> None:
        """Raise OcrModelError, with both figures, when what has to be copied would not fit."""
        copied = [decision.fate.entry for decision in decisions if decision.action == COPY]
        sizes = [entry.size for entry in copied if entry.link_target is None]
        needed = room_for(self._directory.descriptor, sizes, others=len(copied) - len(sizes))
        lack = available_room(self._directory.descriptor).lack_of(needed)
        if lack is not None:
            raise OcrModelError(
                f"path: the models need {lack[0]}, but the file system of {self._directory.path} has only {lack[1]} "
                "available; nothing was restored. Make room there, or restore some models only, with names"
            )

    def _decide(self, entry: Entry, source: int, source_folder: int, folder: int, *, missing: bool) -> Decision:
        """Decide about an intact model that goes to the open ``folder``, or, if that is ``missing``, below it."""
        obstacle = folder_obstacle(folder)
        if obstacle is not None:
            raise obstacle
        name = entry.file_name
        is_link = entry.link_target is not None
        status = os.fstat(source)
        holds = removal_obstacle(source_folder, name, owner=status.st_uid, is_link=is_link)
        left = explain(holds) if holds is not None else None
        existing = None if missing else _status(folder, name)
        if existing is not None and _is_the_same(folder, name, existing, source, entry):
            # A kill came between the copy, or the link, and the removal of the original; or that could not be removed.
            if holds is not None:
                return Decision(Fate(entry, kept=stays(holds)))
            return Decision(Fate(entry, kept=_SECOND_COPY), DROP, identity_of(status))
        if existing is not None:
            if stat.S_ISDIR(existing.st_mode):
                return _failed(entry, "a folder of its name is in the way; move it, then restore again")
            if not self._force:
                return Decision(Fate(entry, kept="exists again; set force to replace it"))
            self._refuse_to_replace(entry, folder, existing)
        renames = holds is None and _on_same_file_system(source_folder, folder)
        if renames and crosses_quota_boundary(source_folder, name, folder, is_link=is_link):
            renames = False
        return Decision(Fate(entry, left=left), MOVE if renames else COPY, identity_of(status))

    def _refuse_to_replace(self, entry: Entry, folder: int, existing: os.stat_result) -> None:
        """Raise the OSError with which the kernel would answer if the file that exists were replaced."""
        if entry.location in self._mount_points:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        if stat.S_ISREG(existing.st_mode) or stat.S_ISLNK(existing.st_mode):
            is_link = stat.S_ISLNK(existing.st_mode)
            obstacle = file_obstacle(folder, entry.file_name, owner=existing.st_uid, is_link=is_link)
            if obstacle is not None:
                raise obstacle

    def _open_nearest(self, location: bytes) -> tuple[int, bool]:
        """Open a model's folder, or where it is missing the nearest one above, and True. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            return self._directory.open_folder(location), False
        while location:
            location = location.rpartition(b"/")[0]
            with contextlib.suppress(FileNotFoundError):
                return self._directory.open_folder(location), True
        raise OSError(errno.ENOENT, "the model directory has gone")


def open_source(set_folder: int, entry: Entry) -> tuple[int, int] | Fate | None:
    """Open a model of an open set and its folder there; None where the set has it no more. Raises OSError."""
    folder, _slash, name = (MODELS + b"/" + entry.location).rpartition(b"/")
    try:
        source_folder = open_folder_below(set_folder, folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Fate(entry, failed=f"its folder in the set cannot be opened: {error.strerror}")
    try:
        source = os.open(name, OPEN_MODEL if entry.link_target is None else OPEN_ENTRY, dir_fd=source_folder)
    except FileNotFoundError:
        os.close(source_folder)
        return None
    except OSError:
        os.close(source_folder)
        raise
    return source, source_folder


def stays(error: OSError) -> str:
    """Say of a model that is back why its copy is in the set still."""
    return f"is there already; its copy stays in the set ({explain(error)})"


def _failed(entry: Entry, why: str) -> Decision:
    return Decision(Fate(entry, failed=why))


def _on_same_file_system(one: int, other: int) -> bool:
    """Whether rename(2) can move files between two open folders."""
    return (mount_id(one), os.fstat(one).st_dev) == (mount_id(other), os.fstat(other).st_dev)


def _damage(source: int, folder: int, entry: Entry) -> str | None:
    """Return how the open ``source`` differs from what the manifest says, or None; what has a checksum is read."""
    status = os.fstat(source)
    if stat.S_IFMT(status.st_mode) != stat.S_IFMT(entry.mode):
        return "it is of another kind"
    if entry.link_target is not None:
        target = os.readlink(entry.file_name, dir_fd=folder)
        return None if target == entry.link_target else "the link leads elsewhere"
    if status.st_size != entry.size:
        return f"it has {status.st_size} bytes instead of {entry.size}"
    if entry.sha256 is not None and sha256_of(source) != entry.sha256:
        return "its sha256 differs"
    if status.st_mtime_ns != entry.modified_ns:
        return "it was modified since"
    return None


def _status(folder: int, name: bytes) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _is_the_same(folder: int, name: bytes, existing: os.stat_result, source: int, entry: Entry) -> bool:
    """Whether the model directory has the very model already, which only its content proves: inodes are used again."""
    status = os.fstat(source)
    if identity_of(existing) == identity_of(status):
        return True
    if stat.S_IFMT(existing.st_mode) != stat.S_IFMT(status.st_mode):
        return False
    if entry.link_target is not None:
        return os.readlink(name, dir_fd=folder) == entry.link_target
    if (existing.st_size, existing.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
        return False
    with closing(os.open(name, OPEN_MODEL, dir_fd=folder)) as descriptor:
        return sha256_of(descriptor) == sha256_of(source)
