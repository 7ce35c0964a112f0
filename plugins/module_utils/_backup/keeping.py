# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a prune with a backup directory does there: make room, make a set, and let old sets go."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Age
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.expiry import (
    Expiry,
    remove_empty_set,
    remove_restored,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.making import needs_more_room, new_set
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import origin_here
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.place import open_backup_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import set_name
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model


class Keeping:
    """The open backup directory of one prune of an open and locked model directory."""

    def __init__(
        self, path: str, directory: ModelDirectory, max_age: Age | None, *, now_ns: int, check_mode: bool
    ) -> None:
        """Open it, or in check mode make sure that this would do. Raises OcrModelError."""
        self._directory = directory
        self._now_ns = now_ns
        self._check_mode = check_mode
        self._here = origin_here(directory.real_path)
        self._backups = open_backup_directory(path, directory, wanted=True, check_mode=check_mode)
        try:
            self._expiry = Expiry(self._backups, self._here, max_age, now_ns=now_ns, check_mode=check_mode)
        except BaseException:
            self._backups.__exit__()
            raise
        self.copies = not self._backups.renames_from(directory)
        self.on_same_file_system = not self.copies or self._backups.on_file_system_of(directory)

    def __enter__(self) -> Keeping:
        return self

    def __exit__(self, *_unused: object) -> None:
        self._backups.__exit__()

    @property
    def expired(self) -> list[str]:
        """The names of the sets that went, or in check mode would."""
        return self._expiry.removed

    @property
    def warnings(self) -> list[str]:
        """Which expired sets stay, and why."""
        return self._expiry.warnings

    @property
    def new_name(self) -> str:
        """The name that a set made now would have."""
        return set_name(self._now_ns)

    def make_room(self, models: t.Sequence[Model]) -> None:
        """Remove the expired sets if a set of ``models`` does not fit beside them.

        Raises OcrModelError, before anything was removed, where it would not fit even then, or no set can be made.
        """
        if needs_more_room(self._backups, self._directory, models, expiring=self._expiry.room):
            self._expiry.carry_out()

    def rename_obstacle(self, folder: int, model: Model) -> OSError | None:
        """Return the error with which ``model``, in the open ``folder``, would not get into the set, or None."""
        return None if self.copies else self._backups.rename_obstacle(folder, model)

    def new_set(self, models: t.Sequence[Model]) -> NewBackupSet:
        """Make a set for ``models``. Raises OcrModelError when that is not possible."""
        return new_set(self._backups, self._directory, models, now_ns=self._now_ns)

    def drop_if_empty(self, made: NewBackupSet) -> bool:
        """Remove the set that was made, if it got no model; return whether it went. Never fails."""
        try:
            return remove_empty_set(self._backups, made.name)
        except Exception:
            return False

    def expire(self) -> None:
        """Remove the sets that have had their time, or in check mode note that they would go. Never fails."""
        self._expiry.carry_out()
        if not self._check_mode:
            # The newest one before this prune, too, if it was restored: it need not mark its place any more.
            remove_restored(self._backups, self._here)
