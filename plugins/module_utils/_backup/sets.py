# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The backup directory: dated sets of pruned models, each with a manifest.

A set is a folder ``2026-11-22T17-25-01.123456Z`` of the user who ran the prune, closed to all others, that holds
``manifest.jsonl`` and, below ``models``, the pruned models in their folders.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Age
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import (
    MANIFEST,
    FolderEntry,
    Manifest,
    ManifestWriter,
    Origin,
    read_manifest,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import MODELS, PRIVATE, NewBackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_FOLDER,
    ModelDirectory,
    open_resolved,
    resolve_path,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import (
    mount_identity,
    mount_of,
    real_path_of,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import remove_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{6}Z")


def origin_of(directory: ModelDirectory) -> Origin:
    """Return what a manifest says about where its models come from."""
    return Origin(directory.real_path, os.uname().nodename)


def set_name(now_ns: int) -> str:
    """Return the name of a set made at ``now_ns`` (ns since the epoch): UTC, so that names sort by time."""
    seconds, rest = divmod(now_ns, 10**9)
    return f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime(seconds))}.{rest // 1000:06d}Z"


class BackupDirectory:
    """An open backup directory, or, where it does not exist yet, what is known of the one to be made.

    ``anchor`` is a descriptor of the directory, or of its parent while ``exists`` is false (check mode makes nothing).
    """

    def __init__(self, path: str, anchor: int, *, exists: bool) -> None:
        self.path = path
        self._anchor = anchor
        self._exists = exists
        self._mount_identity = mount_identity(anchor)
        # The subvolumes of btrfs are devices of their own, though on one mount.
        self._device = os.fstat(anchor).st_dev

    def __enter__(self) -> BackupDirectory:
        return self

    def __exit__(self, *_unused: object) -> None:
        os.close(self._anchor)

    def set_names(self) -> list[str]:
        """Return the names of all sets, oldest first. Their manifests have not been looked at."""
        if not self._exists:
            return []
        return sorted(name for name in os.listdir(self._anchor) if _NAME.fullmatch(name))

    def sets_of(self, origin: Origin) -> FoundSets:
        """Find the sets of one model directory; the caller closes them.

        A set that a kill left without a manifest holds nothing, and is left out like those of other directories.
        """
        found: list[BackupSet] = []
        unreadable: list[str] = []
        for name in self.set_names():
            try:
                candidate = self._load_set(name)
            except OcrModelError as error:
                unreadable.append(str(error))
                continue
            if candidate is not None and candidate.manifest.origin == origin:
                found.append(candidate)
            elif candidate is not None:
                candidate.close()
        return FoundSets(found, unreadable)

    def open_set(self, name: str) -> BackupSet:
        """Open the set ``name``. Raises OcrModelError when it is not there, not trustworthy, or has no manifest."""
        if not self._exists or not _NAME.fullmatch(name):
            raise OcrModelError(f"backup: there is no set {name} in {self.path}; see the folders there")
        found = self._load_set(name)
        if found is None:
            raise OcrModelError(
                f"backup: {os.path.join(self.path, name)} has no manifest: its prune was killed before anything moved"
            )
        return found

    def _load_set(self, name: str) -> BackupSet | None:
        """Open the set ``name``, or return None where it has no manifest. Raises OcrModelError as open_set does."""
        shown = os.path.join(self.path, name)
        try:
            descriptor = os.open(name, OPEN_FOLDER, dir_fd=self._anchor)
        except OSError as error:
            raise OcrModelError(f"backup: the set {shown} cannot be opened: {error.strerror}") from error
        try:
            _refuse_foreign_set(shown, os.fstat(descriptor))
            manifest = read_manifest(descriptor, shown)
        except BaseException:
            os.close(descriptor)
            raise
        if manifest is None:
            os.close(descriptor)
            return None
        return BackupSet(name, shown, descriptor, manifest)

    def expired(self, directory: ModelDirectory, age: Age, *, now_ns: int) -> list[str]:
        """Return the names of the sets of ``directory`` that are older than ``age``, oldest first."""
        latest = set_name(max(0, now_ns - age.seconds * 10**9))
        sets = self.sets_of(origin_of(directory)).found
        for found in sets:
            found.close()
        return [found.name for found in sets if found.name < latest]

    def remove_set(self, name: str) -> None:
        """Remove a set, its manifest last, so that a kill leaves a set that can still be read.

        Raises OSError and OcrModelError.
        """
        found = self.open_set(name)
        try:
            with contextlib.suppress(FileNotFoundError):
                _remove_folder(found.descriptor, MODELS, files=True)
            remove_below(found.descriptor, files=True)
        finally:
            found.close()
        os.rmdir(name, dir_fd=self._anchor)

    def remove_empty_set(self, name: str) -> bool:
        """Remove a set that got no model; return False, and leave it, when there is something in it. Raises OSError."""
        descriptor = os.open(name, OPEN_FOLDER, dir_fd=self._anchor)
        try:
            _remove_folder(descriptor, MODELS, files=False)
            os.unlink(MANIFEST, dir_fd=descriptor)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            return False
        finally:
            os.close(descriptor)
        os.rmdir(name, dir_fd=self._anchor)
        return True

    def refuse_lack_of_room(self, directory: ModelDirectory, models: t.Iterable[Model]) -> None:
        """Raise OcrModelError, with both figures, when a copy of ``models`` would not fit. A rename needs no room."""
        if self.renames_from(directory):
            return
        status = os.statvfs(self._anchor)
        available = status.f_bavail * status.f_frsize
        needed = sum(model.size for model in models)
        if needed > available:
            raise OcrModelError(
                f"backup_dir: the models need {needed} bytes, but the file system of {self.path} has only {available} "
                "available; nothing was removed. Make room there, or lower backup_max_age"
            )

    def renames_from(self, directory: ModelDirectory) -> bool:
        """Whether models of ``directory`` get here by a rename, which frees no disk space; else they are copied."""
        return (self._mount_identity, self._device) == (directory.mount.identity, directory.device)

    def new_set(self, directory: ModelDirectory, models: t.Sequence[Model], *, now_ns: int) -> NewBackupSet:
        """Make a set for ``models`` and write its manifest. Raises OcrModelError when that is not possible."""
        try:
            folders = _folder_entries(directory, models)
            name = self._make_set(now_ns)
            descriptor = os.open(name, OPEN_FOLDER, dir_fd=self._anchor)
        except OSError as error:
            raise self._no_set(error) from error
        try:
            status = os.fstat(descriptor)
            if status.st_uid != os.geteuid() or status.st_mode & 0o7777 != PRIVATE or os.listdir(descriptor):
                raise OSError(errno.ESTALE, "somebody put another folder in its place")
            os.mkdir(MODELS, PRIVATE, dir_fd=descriptor)
            manifest = ManifestWriter(descriptor, origin_of(directory), models, folders)
            os.fsync(self._anchor)
        except OSError as error:
            with contextlib.suppress(OSError):
                remove_below(descriptor, files=True)
                os.rmdir(name, dir_fd=self._anchor)
            os.close(descriptor)
            raise self._no_set(error) from error
        return NewBackupSet(name, descriptor, manifest, renames=self.renames_from(directory))

    @staticmethod
    def new_name(now_ns: int) -> str:
        """Return the name that a set made now would have."""
        return set_name(now_ns)

    def _make_set(self, now_ns: int) -> str:
        """Make the folder of a new set and return its name; of two in the same microsecond the second counts on."""
        while True:
            name = set_name(now_ns)
            try:
                os.mkdir(name, PRIVATE, dir_fd=self._anchor)
                return name
            except FileExistsError:
                now_ns += 1000

    def _no_set(self, error: OSError) -> OcrModelError:
        return OcrModelError(f"backup_dir: no set can be made in {self.path} ({error.strerror}); nothing was removed")


class FoundSets(t.NamedTuple):
    """The sets that were found, oldest first, and what is wrong with those that cannot be used."""

    found: list[BackupSet]
    unreadable: list[str]


class BackupSet(t.NamedTuple):
    """A set that was opened to be restored."""

    name: str
    path: str
    descriptor: int
    manifest: Manifest

    def close(self) -> None:
        """Close the set."""
        os.close(self.descriptor)


def open_backup_directory(path: str, directory: ModelDirectory | None, *, create: bool) -> BackupDirectory:
    """Open the backup directory for ``directory``; ``create`` makes it, with mode 0700, where only its parent exists.

    Raises OcrModelError for all that resolve_path refuses, for a missing parent, and for a place inside ``directory``.
    """
    exists = True
    component = resolve_path("backup_dir", path)
    if component is None:
        exists = False
        parent = os.path.dirname(path.rstrip("/"))
        component = resolve_path("backup_dir", parent)
        if component is None:
            raise OcrModelError(f"backup_dir: {parent} does not exist; make it, or mount what belongs there")
    try:
        if directory is not None:
            _refuse_inside(path, component, directory)
        if not exists and create:
            made = _make(path, component)
            os.close(component)
            component = made
            exists = True
        anchor = open_resolved("backup_dir", path, component) if exists else os.dup(component)
    finally:
        os.close(component)
    return BackupDirectory(path, anchor, exists=exists)


def _make(path: str, parent: int) -> int:
    """Make the last component of ``path`` in the open ``parent`` and return a descriptor of it."""
    name = os.path.basename(path.rstrip("/"))
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, PRIVATE, dir_fd=parent)
        return os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    except OSError as error:
        raise OcrModelError(f"backup_dir: {path} cannot be made: {error.strerror}") from error


def _refuse_inside(path: str, component: int, directory: ModelDirectory) -> None:
    """Raise OcrModelError when the open ``component`` is ``directory`` or lies below it.

    It may do so by its path, be it on a file system mounted there, or within the file system, behind a bind mount.
    """
    real_path = real_path_of(component)
    device, place = mount_of(component).place(real_path)
    model_device, model_place = directory.mount.place(directory.real_path)
    below_path = (real_path + b"/").startswith(directory.real_path + b"/")
    if below_path or (device == model_device and (place + b"/").startswith(model_place + b"/")):
        raise OcrModelError(
            f"backup_dir: {path} lies inside the model directory {directory.path}; choose a place outside it"
        )


def _remove_folder(folder: int, name: bytes, *, files: bool) -> None:
    """Remove the folder ``name`` of the open ``folder`` and what is below it, as remove_below does. Raises OSError."""
    descriptor = os.open(name, OPEN_FOLDER, dir_fd=folder)
    try:
        remove_below(descriptor, files=files)
    finally:
        os.close(descriptor)
    os.rmdir(name, dir_fd=folder)


def _refuse_foreign_set(shown: str, status: os.stat_result) -> None:
    """Raise OcrModelError for a set that somebody else could have forged: it decides what is written where."""
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        raise OcrModelError(
            f"backup: {shown} belongs to uid {status.st_uid} and has mode {status.st_mode & 0o7777:04o}; it cannot be "
            "trusted, so run as that user"
        )


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
