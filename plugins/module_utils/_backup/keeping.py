# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a prune with a backup directory does there: make room, make a set, and let old sets go."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.expiry import (
    Expiry,
    remove_empty_set,
    remove_restored,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.making import needs_more_room, new_set
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import origin_here
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.place import open_backup_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.room import NO_ROOM
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import BackupDirectory, set_name
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age


def open_backups(path: str, directories: t.Sequence[ModelDirectory], *, check_mode: bool) -> BackupDirectory:
    """Open the backup directory of a prune, or in check mode make sure that this would do. Raises OcrModelError."""
    return open_backup_directory(path, directories, wanted=True, check_mode=check_mode)


class Keeping:
    """What the prune of one open and locked model directory has to do with the backup directory."""

    def __init__(
        self,
        backups: BackupDirectory,
        directory: ModelDirectory,
        max_age: Age | None,
        *,
        now_ns: int,
        check_mode: bool,
    ) -> None:
        """``now_ns``, the time of the prune in ns, names the set, and so is another one for each directory."""
        self._backups = backups
        self.directory = directory
        self._now_ns = now_ns
        self._check_mode = check_mode
        self._here = origin_here(directory.real_path)
        self.expiry = Expiry(backups, self._here, max_age, now_ns=now_ns, check_mode=check_mode)
        self.copies = not backups.renames_from(directory)
        self.on_same_file_system = not self.copies or backups.on_file_system_of(directory)

    @property
    def expired(self) -> list[str]:
        """The names of the sets that went, or in check mode would."""
        return self.expiry.removed

    @property
    def warnings(self) -> list[str]:
        """Which expired sets stay, and why."""
        return self.expiry.warnings

    @property
    def new_name(self) -> str:
        """The name that a set made now would have."""
        return set_name(self._now_ns)

    def rename_obstacle(self, folder: int, model: Model) -> OSError | None:
        """Return the error with which ``model``, in the open ``folder``, would not get into the set, or None."""
        return None if self.copies else self._backups.rename_obstacle(folder, model)

    def new_set(self, models: t.Sequence[Model]) -> NewBackupSet:
        """Make a set for ``models``. Raises OcrModelError when that is not possible."""
        return new_set(self._backups, self.directory, models, now_ns=self._now_ns)

    def drop_if_empty(self, made: NewBackupSet) -> bool:
        """Remove the set that was made, if it got no model; return whether it went. Never fails."""
        try:
            return remove_empty_set(self._backups, made.name)
        except Exception:
            return False

    def expire(self) -> None:
        """Remove the sets that have had their time, or in check mode note that they would go. Never fails."""
        self.expiry.carry_out()
        if not self._check_mode:
            # The newest one before this prune, too, if it was restored: it need not mark its place any more.
            remove_restored(self._backups, self._here)


def make_room(backups: BackupDirectory, wanted: t.Sequence[tuple[Keeping, t.Sequence[Model]]]) -> None:
    """Remove the expired sets if the sets of these models, one for each directory, do not fit beside them.

    Raises OcrModelError, before anything was removed, where they would not fit even then, or no set can be made.
    """
    expiring = NO_ROOM
    for keeping, _models in wanted:
        expiring = expiring.plus(keeping.expiry.room)
    sets = [(keeping.directory, models) for keeping, models in wanted]
    if needs_more_room(backups, sets, expiring=expiring):
        for keeping, _models in wanted:
            keeping.expiry.carry_out()
