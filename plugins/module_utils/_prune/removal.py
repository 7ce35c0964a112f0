# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Carry a plan out: delete its models, or move them into a backup set."""

from __future__ import annotations

import errno
import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import (
    OPEN_MODEL,
    ignore_lease_breaks,
    take_write_lease,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Holders, find_holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage, lease_verdict
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import IGNORE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.folders import REPLACED, remove_emptied_folders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice, in_use_reason

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet


_CHANGED = "changed since the plan was made"

# So many models are under lease at a time, for about a millisecond; where leases do not decide, while /proc is read.
_BATCH = 64

_OPEN_LINK = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class Failure(t.NamedTuple):
    """A model that could not be removed and why."""

    model: Model
    error: str


class Outcome:
    """What became of the models of a plan. One that had vanished by itself is in no list.

    ``usage`` is what was found out about those that were kept because they are in use.
    """

    def __init__(self) -> None:
        self.removed: list[Choice] = []
        self.kept: list[Choice] = []
        self.failed: list[Failure] = []
        self.warnings: list[str] = []
        self.usage = Usage({}, None)


def remove(
    directory: ModelDirectory, choices: t.Sequence[Choice], *, policy: str, destination: NewBackupSet | None
) -> Outcome:
    """Remove the models of ``choices``, into ``destination`` if there is one, and the stale folders that this empties.

    Right before each removal it is made sure, on an open descriptor, that the file is the one that was planned (device,
    inode, size, time) and, unless ``policy`` is ignore, that nobody has it; the lease that says so is held meanwhile.
    What cannot be removed is in ``failed``, and the others still are.
    """
    ignore_lease_breaks()
    run = _Run(directory, policy, destination)
    for location, members in by_folder(choices).items():
        run.remove_in_folder(location, members)
    run.outcome.warnings += remove_emptied_folders(directory, [choice.model for choice in run.outcome.removed])
    return run.outcome


def freed_and_pending(removed: t.Sequence[Choice], usage: Usage) -> tuple[int, int]:
    """Return how many bytes the file system gets back at once, and how many only when the last holder lets go.

    A file with another name left, a hard link, gives back nothing.
    """
    names: dict[Identity, int] = {}
    freed = pending = 0
    for choice in removed:
        model = choice.model
        if model.links > 1:
            names[model.identity] = names.get(model.identity, 0) + 1
            if names[model.identity] != model.links:
                continue
        if usage.of(model):
            pending += model.allocated
        else:
            freed += model.allocated
    return freed, pending


class _Claim(t.NamedTuple):
    """A model under removal, open as ``descriptor``, with so many ``links``; ``in_use`` is what the lease says."""

    choice: Choice
    descriptor: int
    links: int
    in_use: bool | None


class _Run:
    """One removal under way."""

    def __init__(self, directory: ModelDirectory, policy: str, destination: NewBackupSet | None) -> None:
        self._directory = directory
        self._policy = policy
        self._destination = destination
        self._copies_into = destination if destination is not None and not destination.renames else None
        self._link_count_tells = directory.mount.granted_lease_proves_disuse
        self._unlinked: set[bytes] = set()
        self.outcome = Outcome()

    def remove_in_folder(self, location: bytes, choices: t.Sequence[Choice]) -> None:
        """Remove the models of one folder."""
        try:
            folder = self._directory.open_folder(location)
        except OSError as error:
            for choice in choices:
                self._settle(choice, error)
            return
        try:
            for batch in self._batches(choices):
                self._remove_batch(folder, batch)
        finally:
            os.close(folder)

    def _batches(self, choices: t.Sequence[Choice]) -> t.Iterator[list[Choice]]:
        """Divide the models; none has two names of one file, whose leases would be in each other's way."""
        batch: list[Choice] = []
        identities: set[Identity] = set()
        for choice in choices:
            if len(batch) == _BATCH or choice.model.identity in identities:
                yield batch
                batch, identities = [], set()
            batch.append(choice)
            identities.add(choice.model.identity)
        yield batch

    def _remove_batch(self, folder: int, choices: t.Sequence[Choice]) -> None:
        if self._copies_into is not None:
            choices = [choice for choice in choices if self._copied(self._copies_into, folder, choice)]
        claims = [claim for claim in (self._claimed(folder, choice) for choice in choices) if claim is not None]
        try:
            for claim in self._free_ones(claims):
                self._remove_claimed(folder, claim)
        finally:
            for claim in claims:
                os.close(claim.descriptor)
        if self._copies_into is not None:
            for choice in choices:
                if choice.model.location not in self._unlinked:
                    self._drop_copy(self._copies_into, choice.model)

    def _drop_copy(self, destination: NewBackupSet, model: Model) -> None:
        try:
            destination.drop_copy(model)
        except OSError as error:
            self.outcome.warnings.append(f"A needless copy of {model.name} stays in the backup set: {explain(error)}")

    def _copied(self, destination: NewBackupSet, folder: int, choice: Choice) -> bool:
        """Copy a model into the set, while others may still open it: the lease is for the instant of removal only."""
        try:
            descriptor, _status = open_as_planned(folder, choice.model, content=True)
            try:
                destination.take_by_copy(descriptor, choice.model)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._settle(choice, error)
            return False
        return True

    def _claimed(self, folder: int, choice: Choice) -> _Claim | None:
        """Open the model and take its lease, or settle its fate and return None."""
        try:
            descriptor, status = open_as_planned(folder, choice.model)
        except BlockingIOError:
            # Another process holds a lease on it, for which it must have it open.
            self._keep_in_use([(choice, True)], find_holders(self._directory, {choice.model.identity}))
            return None
        except OSError as error:
            self._settle(choice, error)
            return None
        in_use: bool | None = False
        if self._policy != IGNORE and not choice.model.is_link:
            in_use = lease_verdict(self._directory, take_write_lease(descriptor))
        return _Claim(choice, descriptor, status.st_nlink, in_use)

    def _free_ones(self, claims: t.Sequence[_Claim]) -> list[_Claim]:
        """Return the claims that nobody has; where the leases do not tell, /proc is asked once for all of them."""
        if all(claim.in_use is False for claim in claims):
            return list(claims)
        found = find_holders(self._directory, {claim.choice.model.identity for claim in claims})
        held = found.by_identity()
        free = []
        kept = []
        for claim in claims:
            in_use = claim.in_use
            if claim.choice.model.identity in held:
                in_use = True
            elif in_use is None and found.complete:
                in_use = False
            if in_use is False:
                free.append(claim)
            else:
                kept.append((claim.choice, in_use))
        self._keep_in_use(kept, found)
        return free

    def _remove_claimed(self, folder: int, claim: _Claim) -> None:
        model = claim.choice.model
        try:
            if self._destination is not None and self._copies_into is None:
                self._destination.take_by_rename(folder, model)
            else:
                self._unlink(folder, claim)
        except OSError as error:
            self._settle(claim.choice, error)
            return
        self.outcome.removed.append(claim.choice)

    def _unlink(self, folder: int, claim: _Claim) -> None:
        """Remove the model's name, and make sure that it was the claimed file's. Raises OSError.

        The link count tells; but not on overlayfs, where an open file of a lower layer keeps its count, nor on NFS.
        """
        model = claim.choice.model
        os.unlink(model.file_name, dir_fd=folder)
        self._unlinked.add(model.location)
        if self._link_count_tells and os.fstat(claim.descriptor).st_nlink >= claim.links:
            raise OSError(errno.EIO, "another file took its name in that very instant and was removed in its stead")

    def _keep_in_use(self, kept: t.Sequence[tuple[Choice, bool | None]], found: Holders) -> None:
        usage = Usage({choice.model.identity: in_use for choice, in_use in kept}, found)
        self.outcome.usage = self.outcome.usage.completed(usage)
        self.outcome.kept += [Choice(choice.model, in_use_reason(choice.model, usage)) for choice, _in_use in kept]

    def _settle(self, choice: Choice, error: OSError) -> None:
        """Put a model that was not removed where it belongs; one that has vanished is already gone."""
        if error.errno in REPLACED:
            self.outcome.kept.append(Choice(choice.model, _CHANGED))
        elif error.errno != errno.ENOENT:
            self.outcome.failed.append(Failure(choice.model, explain(error)))


def open_as_planned(folder: int, model: Model, *, content: bool = False) -> tuple[int, os.stat_result]:
    """Open the model in the open ``folder``, make sure that it is the one that was scanned, and return its status too.

    Where it may not be read the descriptor is an O_PATH one, enough to remove it, unless ``content`` is wanted.
    Raises OSError: with ESTALE when device, inode, kind, size or time differ.
    """
    try:
        descriptor = os.open(model.file_name, _OPEN_LINK if model.is_link else OPEN_MODEL, dir_fd=folder)
    except PermissionError:
        if content:
            raise
        descriptor = os.open(model.file_name, _OPEN_LINK, dir_fd=folder)
    status = os.fstat(descriptor)
    if (
        (status.st_dev, status.st_ino) == model.identity
        and status.st_size == model.size
        and status.st_mtime_ns == model.modified_ns
        and stat.S_IFMT(status.st_mode) == stat.S_IFMT(model.mode)
    ):
        return descriptor, status
    os.close(descriptor)
    raise OSError(errno.ESTALE, _CHANGED)


def by_folder(choices: t.Iterable[Choice]) -> dict[bytes, list[Choice]]:
    """Return the choices by the folder of their model, in the order in which they come."""
    folders: dict[bytes, list[Choice]] = {}
    for choice in choices:
        folders.setdefault(choice.model.folder, []).append(choice)
    return folders
