# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Put the models of a backup set back where they were, or foretell what that would do."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Entry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import BackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import (
    MODELS,
    UNFINISHED_COPY,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import copy_file, copy_link, sha256_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_FOLDER,
    ModelDirectory,
    open_folder_below,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import OPEN_MODEL
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import explain, folder_obstacle
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import remove_below

# A copy under way; a leading dot keeps it out of every scan, and a later restore takes the name again.
_RESTORED_COPY = b".ocr_model_restore.new"
_RESTORED_FOLDER = b".ocr_model_restore.folder"

_OPEN_LINK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC

# What link(2) answers where a file system has no hard links.
_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


class Answer(t.NamedTuple):
    """What became of one model: restored, unless a reason to keep it in the set or an error says otherwise."""

    entry: Entry
    kept: str | None = None
    failed: str | None = None


class Restoration:
    """One restore of an open set into an open and locked model directory."""

    def __init__(self, directory: ModelDirectory, chosen: BackupSet, *, force: bool, check_mode: bool) -> None:
        self._directory = directory
        self._set = chosen
        self._force = force
        self._check_mode = check_mode

    def finish(self) -> None:
        """Remove the folders of the set that this emptied, and what a kill left of a copy into it."""
        if self._check_mode:
            return
        with contextlib.suppress(OSError):
            os.unlink(UNFINISHED_COPY, dir_fd=self._set.descriptor)
        with contextlib.suppress(OSError):
            models = open_folder_below(self._set.descriptor, MODELS)
            try:
                remove_below(models, files=False)
            finally:
                os.close(models)

    def restore_model(self, entry: Entry) -> Answer | None:
        """Restore one model; None when the set does not have it: it never left, or is back already."""
        place = MODELS + b"/" + entry.location
        folder, _slash, name = place.rpartition(b"/")
        try:
            source_folder = open_folder_below(self._set.descriptor, folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Answer(entry, failed=f"its folder in the set cannot be opened: {error.strerror}")
        try:
            source = os.open(name, OPEN_MODEL if entry.link_target is None else _OPEN_LINK, dir_fd=source_folder)
        except FileNotFoundError:
            os.close(source_folder)
            return None
        except OSError as error:
            os.close(source_folder)
            return Answer(entry, failed=f"damaged in the set: it cannot be read ({error.strerror})")
        try:
            damage = _damage(source, source_folder, entry)
            if damage is not None:
                return Answer(entry, failed=f"damaged in the set: {damage}")
            return self._put_back(entry, source, source_folder)
        except OSError as error:
            return Answer(entry, failed=explain(error))
        finally:
            os.close(source)
            os.close(source_folder)

    def _put_back(self, entry: Entry, source: int, source_folder: int) -> Answer:
        location, _slash, name = entry.location.rpartition(b"/")
        folder, missing = self._open_target(location)
        try:
            obstacle = folder_obstacle(folder)
            if obstacle is not None:
                raise obstacle
            if not self._check_mode:
                # What a kill left of a copy; nobody but this collection gives that name.
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(_RESTORED_COPY, dir_fd=folder)
            existing = None if missing else _status(folder, name)
            if existing is None:
                if not self._check_mode:
                    self._move(entry, source, source_folder, folder)
                return Answer(entry)
            if _is_the_same(folder, name, existing, source, entry):
                # A kill came between the copy, or the link, and the removal of the original.
                if not self._check_mode:
                    os.unlink(name, dir_fd=source_folder)
                return Answer(entry, kept="is there already; the second copy goes from the set")
            if stat.S_ISDIR(existing.st_mode):
                return Answer(entry, failed="a folder of its name is in the way; move it, then restore again")
            if not self._force:
                return Answer(entry, kept="exists again; set force to replace it")
            if not self._check_mode:
                self._move(entry, source, source_folder, folder)
            return Answer(entry)
        finally:
            os.close(folder)

    def _open_target(self, location: bytes) -> tuple[int, bool]:
        """Open the model's folder, made as it was where missing; in check mode the nearest one above, and True."""
        descriptor = self._directory.open_folder(b"")
        reached = b""
        try:
            for component in location.split(b"/") if location else ():
                reached = reached + b"/" + component if reached else component
                try:
                    below = self._directory.open_folder(reached)
                except FileNotFoundError:
                    if self._check_mode:
                        return descriptor, True
                    below = self._make_folder(descriptor, component, reached)
                os.close(descriptor)
                descriptor = below
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor, False

    def _make_folder(self, parent: int, name: bytes, location: bytes) -> int:
        """Make a folder as it was. It gets its name last: a kill must not leave one that the service cannot enter."""
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(_RESTORED_FOLDER, dir_fd=parent)
        os.mkdir(_RESTORED_FOLDER, 0o700, dir_fd=parent)
        descriptor = os.open(_RESTORED_FOLDER, OPEN_FOLDER, dir_fd=parent)
        try:
            if (
                os.fstat(descriptor).st_uid != os.geteuid()
                or os.listdir(descriptor)
                or mount_identity(descriptor) != self._directory.mount.identity
            ):
                raise OSError(errno.ESTALE, "somebody put another folder in the place of the one that was made")
            known = self._set.manifest.folders.get(location)
            if known is not None:
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, known.user_id, known.group_id)
                os.fchmod(descriptor, known.mode)
            os.rename(_RESTORED_FOLDER, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _move(self, entry: Entry, source: int, source_folder: int, folder: int) -> None:
        """Move the model back; without force a file that appears meanwhile is not overwritten. Raises OSError."""
        name = entry.location.rpartition(b"/")[2]
        if _on_same_file_system(source_folder, folder):
            self._rename(name, source_folder, name, folder)
            return
        if entry.link_target is not None:
            copy_link(entry.link_target, os.fstat(source), folder, _RESTORED_COPY)
            copied = os.stat(_RESTORED_COPY, dir_fd=folder, follow_symlinks=False)
        else:
            descriptor, _digest = copy_file(source, folder, _RESTORED_COPY)
            copied = os.fstat(descriptor)
            os.close(descriptor)
        self._rename(_RESTORED_COPY, folder, name, folder)
        if not _is_same_file(os.stat(name, dir_fd=folder, follow_symlinks=False), copied):
            raise OSError(errno.ESTALE, "somebody put another file in the place of its copy; it is still in the set")
        os.fsync(folder)
        os.unlink(name, dir_fd=source_folder)

    def _rename(self, name: bytes, folder: int, new_name: bytes, new_folder: int) -> None:
        if self._force:
            os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)
            return
        try:
            # Unlike rename(2), link(2) never replaces what has the name meanwhile.
            os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
            os.rename(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder)
            return
        os.unlink(name, dir_fd=folder)


def _on_same_file_system(one: int, other: int) -> bool:
    """Whether rename(2) can move files between two open folders."""
    return (mount_identity(one), os.fstat(one).st_dev) == (mount_identity(other), os.fstat(other).st_dev)


def _damage(source: int, folder: int, entry: Entry) -> str | None:
    """Return how the open ``source`` differs from what the manifest says, or None; what has a checksum is read."""
    status = os.fstat(source)
    if stat.S_IFMT(status.st_mode) != stat.S_IFMT(entry.mode):
        return "it is of another kind"
    if entry.link_target is not None:
        target = os.readlink(entry.location.rpartition(b"/")[2], dir_fd=folder)
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


def _is_same_file(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _is_the_same(folder: int, name: bytes, existing: os.stat_result, source: int, entry: Entry) -> bool:
    """Whether the model directory has the very model already, which only its content proves: inodes are used again."""
    status = os.fstat(source)
    if _is_same_file(existing, status):
        return True
    if stat.S_IFMT(existing.st_mode) != stat.S_IFMT(status.st_mode):
        return False
    if entry.link_target is not None:
        return os.readlink(name, dir_fd=folder) == entry.link_target
    if (existing.st_size, existing.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
        return False
    descriptor = os.open(name, OPEN_MODEL, dir_fd=folder)
    try:
        return sha256_of(descriptor) == sha256_of(source)
    finally:
        os.close(descriptor)
