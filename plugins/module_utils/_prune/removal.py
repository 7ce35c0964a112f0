# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Carry a plan out: delete its models, or move them into a backup set."""

from __future__ import annotations

import errno
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import (
    ignore_lease_breaks,
    take_write_lease,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Holders, find_holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import (
    Usage,
    lease_verdict,
    look_at_usage,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import FAIL, IGNORE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.folders import REPLACED, remove_emptied_folders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import Failure, Outcome
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.planned import CHANGED, open_as_planned
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice, by_folder, in_use_reason

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause


# So many models are under lease at a time, for about a millisecond; where leases do not decide, while /proc is read.
_BATCH = 64


def remove(
    directory: ModelDirectory,
    choices: t.Sequence[Choice],
    *,
    policy: str,
    destination: NewBackupSet | None,
    pause: Pause | None = None,
) -> Outcome:
    """Remove the models of ``choices``, into ``destination`` if there is one, and the stale folders that this empties.

    Right before each removal it is made sure, on an open descriptor, that the file is the one that was planned (device,
    inode, size, time) and, unless ``policy`` is ignore, that nobody has it; the lease that says so is held meanwhile.
    What cannot be removed is in ``failed``, and the others still are. Services stand still for the removal alone: what
    takes time, copies above all, is done before or after ``pause``.
    """
    ignore_lease_breaks()
    run = _Run(directory, policy, destination, pause)
    folders = by_folder(choices)
    if destination is not None and not destination.renames:
        folders = {location: run.copied_in_folder(location, members) for location, members in folders.items()}
    try:
        if pause is not None:
            pause.stop()
            run.refuse_after_stop(folders)
        if run.outcome.refusal is None:
            for location, members in folders.items():
                run.remove_in_folder(location, members)
    finally:
        if pause is not None:
            pause.start()
    run.drop_needless_copies(folders)
    run.outcome.warnings += remove_emptied_folders(directory, [choice.model for choice in run.outcome.removed])
    return run.outcome


class _Claim(t.NamedTuple):
    """A model under removal, open as ``descriptor``, with so many ``links``; ``in_use`` is what the lease says."""

    choice: Choice
    descriptor: int
    links: int
    in_use: bool | None


class _Run:
    """One removal under way."""

    def __init__(
        self, directory: ModelDirectory, policy: str, destination: NewBackupSet | None, pause: Pause | None
    ) -> None:
        self._directory = directory
        self._policy = policy
        self._destination = destination
        self._pause = pause
        self._copies_into = destination if destination is not None and not destination.renames else None
        self._link_count_tells = directory.mount.granted_lease_proves_disuse
        self._unlinked: set[bytes] = set()
        self.outcome = Outcome()

    def copied_in_folder(self, location: bytes, choices: t.Sequence[Choice]) -> list[Choice]:
        """Copy the models of one folder into the set, and return those of which there is a copy now.

        Others may still open them: the lease is for the instant of removal only, when they are compared once more.
        """
        folder = self._opened(location, choices)
        if folder is None:
            return []
        try:
            return [choice for choice in choices if self._copied(folder, choice)]
        finally:
            os.close(folder)

    def refuse_after_stop(self, folders: t.Mapping[bytes, t.Sequence[Choice]]) -> None:
        """Keep all models where services could not be stopped, or where one is in use that must not be."""
        choices = [choice for members in folders.values() for choice in members]
        refusal, reason = None, ""
        if self._pause is not None and self._pause.failure is not None:
            refusal, reason = self._pause.failure, "a service could not be stopped"
        elif self._policy == FAIL:
            models = [choice.model for choice in choices]
            usage = look_at_usage(self._directory, models, holders=False)
            used = [model for model in models if usage.of(model) is not False]
            if used:
                usage = look_at_usage(self._directory, used, holders=True)
                self.outcome.usage = self.outcome.usage.completed(usage)
                named = "; ".join(f"{model.name}: {in_use_reason(model, usage)}" for model in used)
                refusal = f"in_use is fail and models are in use while the services are stopped: {named}"
                reason = "the whole plan is refused"
        if refusal is not None:
            self.outcome.refusal = f"{refusal}; nothing was removed"
            self.outcome.kept += [Choice(choice.model, reason) for choice in choices]

    def drop_needless_copies(self, folders: t.Mapping[bytes, t.Sequence[Choice]]) -> None:
        """Remove the copies of models whose originals stay after all."""
        if self._copies_into is not None:
            for members in folders.values():
                for choice in members:
                    if choice.model.location not in self._unlinked:
                        self._drop_copy(self._copies_into, choice.model)

    def remove_in_folder(self, location: bytes, choices: t.Sequence[Choice]) -> None:
        """Remove the models of one folder."""
        folder = self._opened(location, choices)
        if folder is None:
            return
        try:
            for batch in self._batches(choices):
                self._remove_batch(folder, batch)
        finally:
            os.close(folder)

    def _opened(self, location: bytes, choices: t.Sequence[Choice]) -> int | None:
        """Open a folder, or settle the fate of the models in it and return None."""
        try:
            return self._directory.open_folder(location)
        except OSError as error:
            for choice in choices:
                self._settle(choice, error)
            return None

    def _is_interrupted(self, choice: Choice) -> bool:
        """Whether the run was asked to end, so that this model stays. Asked between models: one is never half gone."""
        interruption = self._pause.interruption.signal if self._pause is not None else None
        if interruption is None:
            return False
        self.outcome.interruption = f"the run was ended by {interruption}"
        self.outcome.kept.append(Choice(choice.model, self.outcome.interruption))
        return True

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
        choices = [choice for choice in choices if not self._is_interrupted(choice)]
        claims = [claim for claim in (self._claimed(folder, choice) for choice in choices) if claim is not None]
        try:
            for claim in self._free_ones(claims):
                if not self._is_interrupted(claim.choice):
                    self._remove_claimed(folder, claim)
        finally:
            for claim in claims:
                os.close(claim.descriptor)

    def _drop_copy(self, destination: NewBackupSet, model: Model) -> None:
        try:
            destination.drop_copy(model)
        except OSError as error:
            self.outcome.warnings.append(f"A needless copy of {model.name} stays in the backup set: {explain(error)}")

    def _copied(self, folder: int, choice: Choice) -> bool:
        """Copy a model into the set, or settle its fate and return False."""
        if self._copies_into is None:
            return False
        try:
            descriptor, _status = open_as_planned(folder, choice.model, content=True)
            try:
                self._copies_into.take_by_copy(descriptor, choice.model)
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
            self.outcome.kept.append(Choice(choice.model, CHANGED))
        elif error.errno != errno.ENOENT:
            self.outcome.failed.append(Failure(choice.model, explain(error)))
