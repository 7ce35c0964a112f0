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
import shutil
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._copy import copy_file, copy_link
from ansible_collections.ocrfleet.aspose.plugins.module_utils._directory import (
    OPEN_FOLDER,
    ModelDirectory,
    open_resolved,
    resolve_path,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._manifest import (
    FolderEntry,
    Manifest,
    ManifestWriter,
    Origin,
    read_manifest,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._mounts import mount_identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._selection import Age

MODELS = b"models"

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{6}Z")
_UNFINISHED_COPY = b"copy.new"
_PRIVATE = 0o700


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

    def __enter__(self) -> BackupDirectory:
        return self

    def __exit__(self, *_unused: object) -> None:
        os.close(self._anchor)

    def set_names(self) -> list[str]:
        """Return the names of all sets, oldest first. Their manifests have not been looked at."""
        if not self._exists:
            return []
        return sorted(name for name in os.listdir(self._anchor) if _NAME.fullmatch(name))

    def sets_of(self, origin: Origin) -> list[BackupSet]:
        """Return the readable sets of one model directory, oldest first; the caller closes them.

        Left out: sets that somebody else made, sets of other directories or hosts, and those that a kill left without
        a manifest.
        """
        result = []
        for name in self.set_names():
            with contextlib.suppress(OSError, OcrModelError):
                found = self.open_set(name)
                if found.manifest.origin == origin:
                    result.append(found)
                else:
                    found.close()
        return result

    def open_set(self, name: str) -> BackupSet:
        """Open the set ``name``. Raises OcrModelError when it is not there, not trustworthy, or has no manifest."""
        shown = os.path.join(self.path, name)
        if not self._exists or not _NAME.fullmatch(name):
            raise OcrModelError(f"backup: there is no set {name} in {self.path}; see the folders there")
        try:
            descriptor = os.open(name, OPEN_FOLDER, dir_fd=self._anchor)
        except OSError as error:
            raise OcrModelError(f"backup: the set {shown} cannot be opened: {error.strerror}") from error
        try:
            _refuse_foreign_set(shown, os.fstat(descriptor))
            manifest = read_manifest(descriptor, shown)
            if manifest is None:
                raise OcrModelError(f"backup: {shown} has no manifest: its prune was killed before anything moved")
        except BaseException:
            os.close(descriptor)
            raise
        return BackupSet(name, shown, descriptor, manifest)

    def expired(self, origin: Origin, age: Age, *, now_ns: int) -> list[str]:
        """Return the names of the sets of ``origin`` that are older than ``age``, oldest first."""
        latest = set_name(now_ns - age.seconds * 10**9)
        names = []
        for found in self.sets_of(origin):
            found.close()
            if found.name < latest:
                names.append(found.name)
        return names

    def remove_set(self, name: str) -> None:
        """Remove a set, its manifest last, so that a kill leaves a set that can still be read. Raises OSError."""
        place = f"/proc/self/fd/{self._anchor}/{name}"
        # rmtree works on directory descriptors and follows no link; the set itself is closed to everyone else.
        models = os.path.join(place, os.fsdecode(MODELS))
        if os.path.isdir(models):
            shutil.rmtree(models)
        shutil.rmtree(place)

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
        return self._mount_identity == directory.mount.identity

    def new_set(self, directory: ModelDirectory, models: t.Sequence[Model], *, now_ns: int) -> NewBackupSet:
        """Make a set for ``models`` and write its manifest. Raises OcrModelError when that is not possible."""
        try:
            folders = _folder_entries(directory, models)
            while True:
                name = set_name(now_ns)
                try:
                    os.mkdir(name, _PRIVATE, dir_fd=self._anchor)
                    break
                except FileExistsError:
                    now_ns += 1000
            descriptor = os.open(name, OPEN_FOLDER, dir_fd=self._anchor)
            os.mkdir(MODELS, _PRIVATE, dir_fd=descriptor)
            manifest = ManifestWriter(descriptor, origin_of(directory), models, folders)
            os.fsync(self._anchor)
        except OSError as error:
            raise OcrModelError(
                f"backup_dir: no set can be made in {self.path} ({error.strerror}); nothing was removed"
            ) from error
        return NewBackupSet(name, descriptor, manifest, renames=self.renames_from(directory))


class BackupSet(t.NamedTuple):
    """A set that was opened to be restored."""

    name: str
    path: str
    descriptor: int
    manifest: Manifest

    def close(self) -> None:
        """Close the set."""
        os.close(self.descriptor)


class NewBackupSet:
    """A set that a running prune fills."""

    def __init__(self, name: str, descriptor: int, manifest: ManifestWriter, *, renames: bool) -> None:
        self.name = name
        self.renames = renames
        self._descriptor = descriptor
        self._manifest = manifest
        self._location: bytes | None = None
        self._folder = -1

    def take_by_rename(self, folder: int, model: Model) -> None:
        """Move ``model``, which lies in the open ``folder``, into the set. Raises OSError, with ESTALE
        when another file had taken its name, which is then back where it was."""
        place = self._open_place(model.folder)
        name = model.file_name
        os.rename(name, name, src_dir_fd=folder, dst_dir_fd=place)
        status = os.stat(name, dir_fd=place, follow_symlinks=False)
        if (status.st_dev, status.st_ino) != model.identity:
            os.link(name, name, src_dir_fd=place, dst_dir_fd=folder, follow_symlinks=False)
            os.unlink(name, dir_fd=place)
            raise OSError(errno.ESTALE, "another file took its place; it is back where it was")
        # The model is where the plan in the manifest says, whether or not this line finds room.
        with contextlib.suppress(OSError):
            self._manifest.arrived(model, None)

    def take_by_copy(self, source: int, model: Model) -> None:
        """Copy ``model``, open as ``source``, into the set; the caller then removes the original. Raises OSError."""
        place = self._open_place(model.folder)
        if model.link_target is not None:
            copy_link(model.link_target, os.fstat(source), place, model.file_name)
            digest = None
        else:
            copy, digest = copy_file(source, self._descriptor, _UNFINISHED_COPY)
            os.close(copy)
            os.rename(_UNFINISHED_COPY, model.file_name, src_dir_fd=self._descriptor, dst_dir_fd=place)
        try:
            os.fsync(place)
            self._manifest.arrived(model, digest)
            # The original goes next: the checksum must not be lost if the power is.
            self._manifest.sync()
        except BaseException:
            self.drop_copy(model)
            raise

    def drop_copy(self, model: Model) -> None:
        """Remove the copy of a model whose original stays after all. Raises OSError."""
        os.unlink(model.file_name, dir_fd=self._open_place(model.folder))

    def finish(self) -> None:
        """Sync and close the set. Raises OSError."""
        self._close_place()
        self._manifest.sync()
        self._manifest.close()
        os.close(self._descriptor)

    def _open_place(self, location: bytes) -> int:
        """Return a descriptor of the set's folder for ``location``, made where missing, kept until the next call."""
        if location == self._location:
            return self._folder
        self._close_place()
        descriptor = os.open(MODELS, OPEN_FOLDER, dir_fd=self._descriptor)
        for component in location.split(b"/") if location else ():
            with contextlib.suppress(FileExistsError):
                os.mkdir(component, _PRIVATE, dir_fd=descriptor)
            below = os.open(component, OPEN_FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        self._location, self._folder = location, descriptor
        return descriptor

    def _close_place(self) -> None:
        if self._location is not None:
            os.close(self._folder)
            self._location = None


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
            os.mkdir(name, _PRIVATE, dir_fd=parent)
        return os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    except OSError as error:
        raise OcrModelError(f"backup_dir: {path} cannot be made: {error.strerror}") from error


def _refuse_inside(path: str, component: int, directory: ModelDirectory) -> None:
    """Raise OcrModelError when the open ``component`` is ``directory`` or lies below it, whatever the names are."""
    current = os.dup(component)
    try:
        while True:
            status = os.fstat(current)
            if (status.st_dev, status.st_ino) == (directory.device, directory.inode):
                raise OcrModelError(
                    f"backup_dir: {path} lies inside the model directory {directory.path}; choose a place outside it"
                )
            above = os.open(b"..", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=current)
            os.close(current)
            current = above
            above_status = os.fstat(above)
            if (above_status.st_dev, above_status.st_ino) == (status.st_dev, status.st_ino):
                return
    finally:
        os.close(current)


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
