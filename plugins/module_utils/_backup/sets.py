# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The backup directory: dated sets of pruned models, each with a manifest.

A set is a folder ``2026-11-22T17-25-01.123456Z`` of the user who ran the prune, closed to all others, that holds
``manifest.jsonl`` and, below ``models``, the pruned models in their folders. Sets are ordered by the number in their
manifests; their names only tell the time.
"""

from __future__ import annotations

import calendar
import errno
import os
import re
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import (
    DamagedManifest,
    Header,
    Manifest,
    Origin,
    read_header,
    read_manifest,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import OWN, PARTLY, fit
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    OPEN_FOLDER,
    ModelDirectory,
    close_quietly,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import way_in
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import mount_id, mount_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import crosses_quota_boundary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

MODELS = b"models"

NO_RENAME = "a subvolume or quota boundary lies between it and backup_dir; choose another backup_dir"

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{6}Z")


def set_name(now_ns: int) -> str:
    """Return the name of a set made at ``now_ns`` (ns since the epoch), in UTC."""
    seconds, rest = divmod(now_ns, 10**9)
    return f"{time.strftime('%Y-%m-%dT%H-%M-%S', time.gmtime(seconds))}.{rest // 1000:06d}Z"


def time_of(name: str) -> int | None:
    """Return the time in the name of a set, in µs since the epoch; None where that is no name of a set."""
    if not _NAME.fullmatch(name):
        return None
    # Not by strptime: it imports a file when it is called, which the user who runs this may not be able to read.
    try:
        seconds = calendar.timegm(tuple(int(part) for part in re.split("[-T]", name[:19])))
    except ValueError:
        return None
    time_us = seconds * 10**6 + int(name[20:26])
    # A day that no month has comes back as another one.
    return time_us if set_name(time_us * 1000) == name else None


class UnusableSet(OcrModelError):
    """Why a set cannot be used; ``header`` is where it comes from, if that can be read.

    ``of_another`` is whether it belongs to neither root nor this user, so that it may be made up.
    """

    def __init__(self, message: str, *, header: Header | None = None, of_another: bool = False) -> None:
        super().__init__(message)
        self.header = header
        self.of_another = of_another


class BackupSet(Record):
    """A set that was opened."""

    name: str
    path: str
    descriptor: int
    manifest: Manifest

    def close(self) -> None:
        """Close the set."""
        close_quietly(self.descriptor)


class Outline(Record):
    """What is known of a set without reading more than the first line of its manifest.

    ``header`` is None where there is no manifest, or ``problem`` says why the set cannot be used.
    """

    name: str
    header: Header | None
    problem: UnusableSet | None

    @property
    def order(self) -> tuple[int, str]:
        """What sorts sets: number, then name."""
        return (self.header.sequence if self.header is not None else -1, self.name)


class BackupDirectory:
    """An open backup directory, or, where it does not exist yet, what is known of the one to be made.

    ``anchor`` is a descriptor of the directory, or of its parent while ``exists`` is false (check mode makes nothing).
    """

    def __init__(self, path: str, anchor: int, *, exists: bool) -> None:
        self.path = path
        self.anchor = anchor
        self.exists = exists
        self._mount_id = mount_id(anchor)
        # The subvolumes of btrfs are devices of their own, though on one mount.
        self._device = os.fstat(anchor).st_dev

    def __enter__(self) -> BackupDirectory:
        return self

    def __exit__(self, *_unused: object) -> None:
        close_quietly(self.anchor)

    def renames_from(self, directory: ModelDirectory) -> bool:
        """Whether models of ``directory`` get here by a rename, which frees no disk space; else they are copied."""
        return (self._mount_id, self._device) == (directory.mount.id, directory.device)

    def on_file_system_of(self, directory: ModelDirectory) -> bool:
        """Whether it lies on the file system of ``directory``, be it another mount or subvolume of that one."""
        return mount_of(self.anchor).device == directory.mount.device

    def rename_obstacle(self, folder: int, model: Model) -> OSError | None:
        """Return the error that a rename of ``model``, in the open ``folder``, would end with at a boundary, or None.

        The kernel answers EXDEV at that of a subvolume (btrfs), and at that of a project quota.
        """
        other_device = model.identity[0] != self._device
        if other_device or crosses_quota_boundary(folder, model.file_name, self.anchor, is_link=model.is_link):
            return OSError(errno.ENOTSUP, NO_RENAME)
        return None

    def outlines(self) -> list[Outline]:
        """Return the outlines of all sets by number, and those that have none, or cannot be used, by name."""
        if not self.exists:
            return []
        names = (name for name in os.listdir(self.anchor) if time_of(name) is not None)
        return sorted((self._outline(name) for name in names), key=lambda outline: outline.order)

    def open_set(self, name: str) -> BackupSet:
        """Open the set ``name``. Raises OcrModelError when it is not there, not trustworthy, or has no manifest."""
        if not self.exists or time_of(name) is None:
            raise OcrModelError(f"backup: there is no set {name} in {self.path}; list shows which there are")
        path = os.path.join(self.path, name)
        descriptor = self.open_folder(name)
        try:
            manifest = read_manifest(descriptor, path)
            if manifest is None:
                raise UnusableSet(f"{path} has no manifest: its prune was killed before anything moved")
        except DamagedManifest as error:
            os.close(descriptor)
            raise UnusableSet(str(error), header=error.header) from error
        except BaseException:
            os.close(descriptor)
            raise
        return BackupSet(name, path, descriptor, manifest)

    def _outline(self, name: str) -> Outline:
        try:
            descriptor = self.open_folder(name)
        except UnusableSet as error:
            return Outline(name, None, error)
        try:
            return Outline(name, read_header(descriptor, os.path.join(self.path, name)), None)
        except DamagedManifest as error:
            return Outline(name, error.header, UnusableSet(str(error), header=error.header))
        finally:
            os.close(descriptor)

    def open_folder(self, name: str) -> int:
        """Open the folder of a set. Raises UnusableSet for one that somebody else could have forged, too.

        It decides what is written where.
        """
        shown = os.path.join(self.path, name)
        try:
            descriptor = os.open(name, OPEN_FOLDER, dir_fd=self.anchor)
        except OSError as error:
            owner = self._owner_of(name)
            hint = f"; {way_in(owner)}" if isinstance(error, PermissionError) and owner is not None else ""
            raise UnusableSet(
                f"the set {shown} cannot be opened: {error.strerror}{hint}",
                of_another=owner not in (None, 0, os.geteuid()),
            ) from error
        status = os.fstat(descriptor)
        if status.st_uid in (0, os.geteuid()) and not status.st_mode & 0o022:
            return descriptor
        os.close(descriptor)
        raise UnusableSet(
            f"{shown} belongs to uid {status.st_uid} and has mode {status.st_mode & 0o7777:04o}; it cannot be "
            "trusted, so run as that user",
            of_another=status.st_uid not in (0, os.geteuid()),
        )

    def _owner_of(self, name: str) -> int | None:
        try:
            return os.stat(name, dir_fd=self.anchor, follow_symlinks=False).st_uid
        except OSError:
            return None


def next_sequence(outlines: t.Iterable[Outline]) -> int:
    """Return the number of the next set: one more than the highest, whosever that is."""
    return 1 + max((outline.header.sequence for outline in outlines if outline.header is not None), default=0)


def sets_of(outlines: t.Iterable[Outline], here: Origin, *, how: str = OWN) -> list[Outline]:
    """Return the sets that can be used and fit ``here`` so, oldest first."""
    return [
        outline
        for outline in outlines
        if outline.problem is None and outline.header is not None and fit(outline.header.origin, here) == how
    ]


def newest_set(backups: BackupDirectory, here: Origin) -> tuple[BackupSet | None, list[str]]:
    """Open the newest set of the directory ``here``, if there is one, and return what the user has to know, too.

    Raises OcrModelError, which names the set before it, when that one cannot be used, or when one that cannot be used
    may be newer: to take an older one would be another restore than the one that was asked for.
    """
    outlines = backups.outlines()
    own = sets_of(outlines, here)
    newest = own[-1] if own else None
    warnings = []
    for outline in outlines:
        if outline.problem is None:
            continue
        if _may_be_newer(outline, outline.problem, newest, here):
            raise _newest_unusable(outline.problem, backups, newest)
        warnings.append(f"backup: {outline.problem}")
    if newest is None:
        part = sets_of(outlines, here, how=PARTLY)
        if part:
            warnings.append(
                f"{len(part)} sets in {backups.path} fit this host by its name only, or by its machine-id only; to "
                f"restore one, name it with backup, for example {part[-1].name}"
            )
        return None, warnings
    try:
        return backups.open_set(newest.name), warnings
    except UnusableSet as error:
        raise _newest_unusable(error, backups, own[-2] if len(own) > 1 else None) from error


def _may_be_newer(outline: Outline, problem: UnusableSet, newest: Outline | None, here: Origin) -> bool:
    if outline.header is not None:
        return fit(outline.header.origin, here) == OWN and (newest is None or outline.order > newest.order)
    # Anybody could forge a set that everybody else has to mind.
    return not problem.of_another and (newest is None or outline.name > newest.name)


def _newest_unusable(problem: UnusableSet, backups: BackupDirectory, older: Outline | None) -> OcrModelError:
    way_out = (
        f"to restore the next older one, name it with backup: {older.name}"
        if older is not None
        else f"there is no older one in {backups.path}"
    )
    return OcrModelError(f"backup: the newest set cannot be used: {problem}. Nothing was restored; {way_out}")
