# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Put the models of a backup set back where they were, as was decided."""

from __future__ import annotations

import contextlib
import errno
import os

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.decision import (
    DROP,
    MOVE,
    Decision,
    Fate,
    open_source,
    stays,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Entry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import MODELS, BackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import UNFINISHED_COPY
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import copy_file, copy_link
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_FOLDER,
    ModelDirectory,
    close_quietly,
    closing,
    open_folder_below,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_id
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import FirstNameStays, move, remove_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, identity_of, location_in

# A copy under way; a leading dot keeps it out of every scan, and a later restore takes the name again.
_RESTORED_COPY = b".ocr_model_restore.new"
_RESTORED_FOLDER = b".ocr_model_restore.folder"


class Restoration:
    """One restore of an open set into an open and locked model directory."""

    def __init__(self, directory: ModelDirectory, chosen: BackupSet, *, force: bool) -> None:
        self._directory = directory
        self._set = chosen
        self._force = force
        self._cleaned: set[bytes] = set()

    def carry_out(self, decision: Decision) -> Fate:
        """Do what was decided and return what became of the model. Raises nothing: others may be back already."""
        fate = decision.fate
        self._clean(fate.entry.folder)
        if decision.action is None:
            return fate
        try:
            opened = open_source(self._set.descriptor, fate.entry)
            if opened is None or isinstance(opened, Fate) or identity_of(os.fstat(opened[0])) != decision.source:
                raise OSError(errno.ESTALE, "it changed in the set meanwhile")
            source, source_folder = opened
            try:
                if decision.action == DROP:
                    return self._drop(fate, source_folder)
                return self._put_back(decision, source, source_folder)
            finally:
                close_quietly(source)
                close_quietly(source_folder)
        except Exception as error:
            return Fate(fate.entry, failed=explain(error))

    def finish(self) -> None:
        """Remove the folders of the set that this emptied, and what a kill left of a copy into it. Never fails."""
        with contextlib.suppress(Exception):
            os.unlink(UNFINISHED_COPY, dir_fd=self._set.descriptor)
        with contextlib.suppress(Exception), closing(open_folder_below(self._set.descriptor, MODELS)) as models:
            remove_below(models, files=False)

    def _clean(self, location: bytes) -> None:
        """Remove what a kill left of a copy in a model's folder; nobody but this collection gives that name."""
        if location in self._cleaned:
            return
        self._cleaned.add(location)
        with contextlib.suppress(Exception), self._directory.folder(location) as folder:
            os.unlink(_RESTORED_COPY, dir_fd=folder)

    def _drop(self, fate: Fate, source_folder: int) -> Fate:
        """Remove the set's copy of a model that is there already; where that fails it stays, which is no failure."""
        try:
            os.unlink(fate.entry.file_name, dir_fd=source_folder)
        except OSError as error:
            return fate._replace(kept=stays(error))
        return fate

    def _put_back(self, decision: Decision, source: int, source_folder: int) -> Fate:
        fate = decision.fate
        folder = self._open_target(fate.entry.folder)
        try:
            if decision.action == MOVE:
                name = fate.entry.file_name
                left = self._rename(name, source_folder, name, folder)
                return fate._replace(left=explain(left)) if left is not None else fate
            return self._copy(fate, source, source_folder, folder)
        finally:
            close_quietly(folder)

    def _open_target(self, location: bytes) -> int:
        """Open the model's folder, made as it was where missing. Raises OSError."""
        descriptor = self._directory.open_folder(b"")
        reached = b""
        try:
            for component in location.split(b"/") if location else ():
                reached = location_in(reached, component)
                try:
                    below = self._directory.open_folder(reached)
                except FileNotFoundError:
                    below = self._make_folder(descriptor, component, reached)
                close_quietly(descriptor)
                descriptor = below
        except BaseException:
            close_quietly(descriptor)
            raise
        return descriptor

    def _make_folder(self, parent: int, name: bytes, location: bytes) -> int:
        """Make a folder as it was. It gets its name last: a kill must not leave one that the service cannot enter."""
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(_RESTORED_FOLDER, dir_fd=parent)
        os.mkdir(_RESTORED_FOLDER, 0o700, dir_fd=parent)
        descriptor = -1
        try:
            descriptor = os.open(_RESTORED_FOLDER, OPEN_FOLDER, dir_fd=parent)
            if (
                os.fstat(descriptor).st_uid != os.geteuid()
                or os.listdir(descriptor)
                or mount_id(descriptor) != self._directory.mount.id
            ):
                raise OSError(errno.ESTALE, "somebody put another folder in the place of the one that was made")
            known = self._set.manifest.folders.get(location)
            if known is not None:
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, known.user_id, known.group_id)
                os.fchmod(descriptor, known.mode)
            os.rename(_RESTORED_FOLDER, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            if descriptor >= 0:
                close_quietly(descriptor)
            with contextlib.suppress(OSError):
                os.rmdir(_RESTORED_FOLDER, dir_fd=parent)
            raise
        return descriptor

    def _copy(self, fate: Fate, source: int, source_folder: int, folder: int) -> Fate:
        """Copy the model back and remove the set's, unless that stays. Raises OSError, then leaves no copy."""
        entry = fate.entry
        name = entry.file_name
        try:
            digest, copied = self._copy_beside(entry, source, folder)
            if digest is not None and entry.sha256 not in (None, digest):
                raise OSError(errno.EIO, "damaged in the set: its sha256 differs")
            self._rename(_RESTORED_COPY, folder, name, folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(_RESTORED_COPY, dir_fd=folder)
            raise
        try:
            placed = identity_of(os.stat(name, dir_fd=folder, follow_symlinks=False))
        except Exception as error:
            return fate._replace(left=explain(error))
        if placed != copied:
            raise OSError(errno.ESTALE, "somebody put another file in the place of its copy; it is still in the set")
        # The model is back. What fails from here on leaves the set's copy, and that is all.
        try:
            os.fsync(folder)
            if fate.left is None:
                os.unlink(name, dir_fd=source_folder)
        except Exception as error:
            return fate._replace(left=explain(error))
        return fate

    @staticmethod
    def _copy_beside(entry: Entry, source: int, folder: int) -> tuple[str | None, Identity]:
        """Copy the model into its folder, under a hidden name; return the sum of a file, and the copy's identity."""
        if entry.link_target is not None:
            copy_link(entry.link_target, os.fstat(source), folder, _RESTORED_COPY)
            return None, identity_of(os.stat(_RESTORED_COPY, dir_fd=folder, follow_symlinks=False))
        descriptor, digest = copy_file(source, folder, _RESTORED_COPY)
        with closing(descriptor):
            return digest, identity_of(os.fstat(descriptor))

    def _rename(self, name: bytes, folder: int, new_name: bytes, new_folder: int) -> Exception | None:
        """Give a file another name; without force what has that name by now is not overwritten. Raises OSError.

        Returns why the file has its first name still, if that could not be removed.
        """
        if self._force:
            os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)
            return None
        try:
            move(name, folder, new_name, new_folder)
        except FirstNameStays as error:
            cause = error.__cause__
            return cause if isinstance(cause, Exception) else error
        return None
