# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Backup sets that go: those that have expired, and those that were restored whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import MANIFEST, UNFINISHED, Origin
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.room import NO_ROOM, Room
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import (
    MODELS,
    BackupDirectory,
    Outline,
    sets_of,
    time_of,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import UNFINISHED_COPY
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import OPEN_FOLDER, SECTOR, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_id
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import (
    file_obstacle,
    folder_obstacle,
    removal_obstacle,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import holds_files, remove_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# A prune makes the manifest of a set within seconds. What has none after a day was killed, on whichever host.
_DAY_US = 86400 * 10**6

_PARTS_OF_A_SET = frozenset((MODELS, MANIFEST, UNFINISHED, UNFINISHED_COPY))


class _Leaving(Record):
    """A set that goes; one that ``is_empty`` goes only if it still is."""

    name: str
    is_empty: bool


class Expiry:
    """The sets of one model directory that have had their time, and what became of them.

    These are sets older than ``age``; sets that a kill left empty and without a manifest, but not on their first day;
    and, of any age, sets that were restored whole. What cannot be removed whole stays whole, with a warning.
    """

    def __init__(
        self, backups: BackupDirectory, here: Origin, age: Age | None, *, now_ns: int, check_mode: bool
    ) -> None:
        self._backups = backups
        self._check_mode = check_mode
        self.removed: list[str] = []
        self.warnings: list[str] = []
        self._pending: list[_Leaving] = []
        self._stay: list[str] = []
        self.room = NO_ROOM
        for leaving in _to_go(backups, here, age, now_us=now_ns // 1000):
            obstacle, room = _examine(backups, leaving.name)
            if obstacle is not None:
                self._stay.append(_stays(leaving.name, explain(obstacle)))
                continue
            self._pending.append(leaving)
            self.room = self.room.plus(room)

    def carry_out(self) -> None:
        """Remove the sets, or in check mode note that they would go. A second call does nothing."""
        pending, self._pending = self._pending, []
        self.warnings += self._stay
        self._stay = []
        for name, is_empty in pending:
            if not self._check_mode:
                try:
                    if is_empty:
                        remove_empty_set(self._backups, name)
                    else:
                        remove_set(self._backups, name)
                except Exception as error:
                    self.warnings.append(_stays(name, explain(error)))
                    continue
            self.removed.append(name)


def _stays(name: str, why: str) -> str:
    return f"The expired backup set {name} cannot be removed: {why}"


def remove_set(backups: BackupDirectory, name: str) -> None:
    """Remove a set, its manifest last, so that a kill leaves a set that can still be read.

    Raises OSError and OcrModelError.
    """
    with closing(backups.open_folder(name)) as descriptor:
        with contextlib.suppress(FileNotFoundError):
            _remove_folder(descriptor, MODELS, files=True)
        remove_below(descriptor, files=True)
    os.rmdir(name, dir_fd=backups.anchor)


def remove_empty_set(backups: BackupDirectory, name: str) -> bool:
    """Remove a set that has no model; return False, and leave it, when there is anything in it. Raises OSError."""
    descriptor = backups.open_folder(name)
    try:
        if not _PARTS_OF_A_SET.issuperset(map(os.fsencode, os.listdir(descriptor))):
            return False
        with contextlib.suppress(FileNotFoundError):
            _remove_folder(descriptor, MODELS, files=False)
        for leftover in (UNFINISHED_COPY, UNFINISHED, MANIFEST):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(leftover, dir_fd=descriptor)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    finally:
        os.close(descriptor)
    os.rmdir(name, dir_fd=backups.anchor)
    return True


def remove_restored(backups: BackupDirectory, here: Origin) -> None:
    """Remove the sets of a model directory in which nothing is left, except the newest one.

    Never fails: what cannot be removed is no more than a manifest, and the next prune comes by.
    """
    with contextlib.suppress(OSError, OcrModelError):
        for outline in sets_of(backups.outlines(), here)[:-1]:
            with contextlib.suppress(OSError, OcrModelError):
                remove_empty_set(backups, outline.name)


def _to_go(backups: BackupDirectory, here: Origin, age: Age | None, *, now_us: int) -> list[_Leaving]:
    """Return the sets that have had their time, oldest first."""
    outlines = backups.outlines()
    own = sets_of(outlines, here)
    empty = [outline.name for outline in own if _holds_no_model(backups, outline.name)]
    # Or a second restore would take the set before the one that was restored.
    if len(empty) < len(own):
        empty = [name for name in empty if name != own[-1].name]
    if age is None:
        return [_Leaving(name, True) for name in empty]
    limit = now_us - age.seconds * 10**6
    expired = {outline.name for outline, made_us in zip(own, _times(own, now_us=now_us)) if made_us < limit}
    left_by_kills = [
        _Leaving(outline.name, True)
        for outline in outlines
        if outline.header is None
        and outline.problem is None
        and (time_of(outline.name) or 0) < min(limit, now_us - _DAY_US)
        and _holds_no_model(backups, outline.name)
    ]
    return left_by_kills + [
        _Leaving(outline.name, outline.name in empty) for outline in own if outline.name in expired.union(empty)
    ]


def _times(own: t.Sequence[Outline], *, now_us: int) -> list[int]:
    """Return when each set was made, in µs, as far as a clock that was wrong at times lets know.

    No set is older than one before it. A time in the future tells nothing: such a set may be as young as the next one.
    """
    times: list[int | None] = []
    latest = 0
    for outline in own:
        made_us = time_of(outline.name) or 0
        if made_us <= now_us:
            latest = max(latest, made_us)
        times.append(latest if made_us <= now_us else None)
    known = []
    later = now_us
    for time_us in reversed(times):
        later = later if time_us is None else time_us
        known.append(later)
    return known[::-1]


def _holds_no_model(backups: BackupDirectory, name: str) -> bool:
    """Whether a set has no more than its manifest and empty folders, and what kills leave of both."""
    try:
        descriptor = backups.open_folder(name)
    except OcrModelError:
        return False
    try:
        if not _PARTS_OF_A_SET.issuperset(map(os.fsencode, os.listdir(descriptor))):
            return False
        with contextlib.suppress(FileNotFoundError), closing(os.open(MODELS, OPEN_FOLDER, dir_fd=descriptor)) as models:
            return not holds_files(models)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _examine(backups: BackupDirectory, name: str) -> tuple[OSError | None, Room]:
    """Return what would keep the kernel from removing a set, and the room that it takes."""
    try:
        descriptor = backups.open_folder(name)
    except OcrModelError as error:
        return OSError(errno.ESTALE, str(error)), NO_ROOM
    try:
        owner = os.fstat(descriptor).st_uid
        obstacle = removal_obstacle(backups.anchor, os.fsencode(name), owner=owner, is_link=False)
        return _examine_below(descriptor, mount_id(descriptor)) if obstacle is None else (obstacle, NO_ROOM)
    except OSError as error:
        return error, NO_ROOM
    finally:
        os.close(descriptor)


def _examine_below(folder: int, mount: int) -> tuple[OSError | None, Room]:
    """Do the same for what is below an open folder. Raises OSError."""
    if mount_id(folder) != mount:
        return OSError(errno.EBUSY, "a mount point is in it"), NO_ROOM
    room = Room(os.fstat(folder).st_blocks * SECTOR, 1)
    names = [os.fsencode(name) for name in os.listdir(folder)]
    obstacle = folder_obstacle(folder) if names else None
    for name in names:
        if obstacle is not None:
            break
        try:
            below = os.open(name, OPEN_FOLDER, dir_fd=folder)
        except NotADirectoryError:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            obstacle = file_obstacle(folder, name, owner=status.st_uid, is_link=stat.S_ISLNK(status.st_mode))
            # A file with a second name gives nothing back.
            room = room.plus(Room(status.st_blocks * SECTOR, 1)) if status.st_nlink == 1 else room
            continue
        with closing(below):
            obstacle, of_folder = _examine_below(below, mount)
            room = room.plus(of_folder)
    return obstacle, room


def _remove_folder(folder: int, name: bytes, *, files: bool) -> None:
    """Remove the folder ``name`` of the open ``folder`` and what is below it, as remove_below does. Raises OSError."""
    with closing(os.open(name, OPEN_FOLDER, dir_fd=folder)) as descriptor:
        remove_below(descriptor, files=files)
    os.rmdir(name, dir_fd=folder)
