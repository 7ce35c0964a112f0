# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Remove the models of a plan: delete them, or move them into a backup set."""

from __future__ import annotations

import errno
import functools
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import attempt, explain, reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import (
    ModelDirectory,
    close_quietly,
    closing,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lease import most_leases, take_write_lease
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model, by_folder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.processes import find_holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import open_scanned
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import (
    Stock,
    Usage,
    lease_verdict,
    with_holders,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import IGNORE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import Outcome
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice, batches, in_use_reason
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause


class _Claim(Record):
    """A model under removal, open as ``descriptor``, with so many ``links``; ``in_use`` is what the lease says."""

    choice: Choice
    descriptor: int
    links: int
    in_use: bool | None


class Removal:
    """The removal of the models of one directory's plan, into a backup set or for good. ``outcome`` is what came of it.

    Right before each removal it is made sure, on an open descriptor, that the file is the one that was planned (device,
    inode, size, time) and, unless ``policy`` is ignore, that nobody has it; the lease that says so is held meanwhile.
    What cannot be removed is in ``failed``, and all others are removed. A method raises only what ends the work; call
    ``settle`` then.
    """

    def __init__(
        self,
        directory: ModelDirectory,
        choices: t.Sequence[Choice],
        *,
        policy: str,
        destination: NewBackupSet | None = None,
        pause: Pause | None = None,
    ) -> None:
        self._directory = directory
        self._choices = choices
        self._policy = policy
        self._destination = destination
        self._pause = pause
        self._folders = by_folder(choices)
        self._copies_into = destination if destination is not None and not destination.renames else None
        self._link_count_tells = directory.mount.granted_lease_proves_disuse
        self._verdicts = {free: lease_verdict(directory, free) for free in (True, False, None)}
        self.outcome = Outcome()

    @property
    def stock(self) -> Stock:
        """The directory and the models that are to go still."""
        choices = [choice for members in self._folders.values() for choice in members]
        return Stock(self._directory, [choice.model for choice in choices])

    def copy(self) -> None:
        """Copy the models into the set where a rename does not lead there. Those that cannot be copied stay."""
        if self._copies_into is not None:
            for location, members in self._folders.items():
                self._folders[location] = self._copied_in_folder(location, members)

    def refuse(self, why: str, reason: str) -> None:
        """Keep all models: ``why`` none may go, and the ``reason`` to give for each."""
        choices = [choice for members in self._folders.values() for choice in members]
        self.outcome.refuse(choices, f"{why}; nothing was removed", reason)

    def remove(self) -> None:
        """Remove the models."""
        for location, members in self._folders.items():
            self._remove_in_folder(location, members)

    def drop_needless_copies(self) -> None:
        """Remove the copies of models whose originals stay after all."""
        copies = self._copies_into
        for model in self.stock.models if copies is not None else ():
            if copies is not None and model.location not in self.outcome.gone:
                attempt(
                    functools.partial(copies.drop_copy, model),
                    None,
                    warnings=self.outcome.warnings,
                    failing=f"A needless copy of {model.name} stays in the backup set",
                )

    def settle(self, error: Exception) -> None:
        """Note what became of each model when the work ended with ``error``."""
        self.outcome.settle_rest(self._choices, error)

    def remove_emptied_folders(self) -> None:
        """Remove the stale folders that the removal emptied."""
        removed = [choice.model for choice in self.outcome.removed]
        if not any(model.folder for model in removed):
            return

        def remove() -> list[str]:
            # Only here: most prunes leave no folder empty.
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.folders import remove_emptied_folders

            return remove_emptied_folders(self._directory, removed)

        warnings = self.outcome.warnings
        self.outcome.warnings += attempt(remove, [], warnings=warnings, failing="Emptied folders stay")

    def _copied_in_folder(self, location: bytes, choices: t.Sequence[Choice]) -> list[Choice]:
        """Copy the models of one folder into the set, and return those of which there is a copy now.

        Others may still open them: the lease is for the instant of removal only, when they are compared once more.
        """
        copied: list[Choice] = []
        try:
            with self._directory.folder(location) as folder:
                copied += [choice for choice in choices if self._copied(folder, choice)]
        except Exception as error:
            self.outcome.settle_rest(choices, error)
        return self.outcome.unsettled(copied)

    def _remove_in_folder(self, location: bytes, choices: t.Sequence[Choice]) -> None:
        """Remove the models of one folder."""
        try:
            with self._directory.folder(location) as folder:
                for batch in batches(choices, most_leases()):
                    self._remove_batch(folder, batch)
        except Exception as error:
            self.outcome.settle_rest(choices, error)

    def _is_interrupted(self, *choices: Choice) -> bool:
        """Whether the run was asked to end, so that these stay. Asked between models: one is never half gone."""
        interruption = self._pause.interruption.signal if self._pause is not None else None
        if interruption is None:
            return False
        self.outcome.interruption = f"the run was ended by {interruption}"
        for choice in choices:
            self.outcome.keep(choice.model, self.outcome.interruption)
        return True

    def _remove_batch(self, folder: int, choices: t.Sequence[Choice]) -> None:
        if self._is_interrupted(*choices):
            return
        claims: list[_Claim] = []
        try:
            for choice in choices:
                claim = self._claimed(folder, choice)
                if claim is not None:
                    claims.append(claim)
            for claim in self._free_ones(claims):
                if not self._is_interrupted(claim.choice):
                    self._remove_claimed(folder, claim)
        finally:
            # The last first: ext4 keeps a list of the files that have no name but are open still, and takes the newest
            # off it with less work.
            for claim in reversed(claims):
                close_quietly(claim.descriptor)

    def _copied(self, folder: int, choice: Choice) -> bool:
        """Copy a model into the set, or settle its fate and return False."""
        if self._copies_into is None:
            return False
        try:
            descriptor, _status = open_scanned(folder, choice.model, unchanged=True)
            with closing(descriptor):
                self._copies_into.take_by_copy(descriptor, choice.model)
        except Exception as error:
            self.outcome.fail(choice.model, error)
            return False
        return True

    def _claimed(self, folder: int, choice: Choice) -> _Claim | None:
        """Open the model and take its lease, or settle its fate and return None."""
        model = choice.model
        try:
            descriptor, status = open_scanned(folder, model, unchanged=True, read=False)
        except BlockingIOError:
            # Another process holds a lease on it, for which it must have it open.
            self._keep_in_use([choice], Usage({model.identity: True}, self._holders_of([choice])))
            return None
        except OSError as error:
            self.outcome.fail(model, error)
            return None
        in_use: bool | None = False
        if self._policy != IGNORE and not model.is_link:
            in_use = self._verdicts[take_write_lease(descriptor)]
        return _Claim(choice, descriptor, status.st_nlink, in_use)

    def _free_ones(self, claims: t.Sequence[_Claim]) -> list[_Claim]:
        """Return the claims that nobody has; where the leases do not tell, /proc is asked once for all of them."""
        if all(claim.in_use is False for claim in claims):
            return list(claims)
        found = self._holders_of([claim.choice for claim in claims])
        in_use = with_holders({claim.choice.model.identity: claim.in_use for claim in claims}, found)
        kept = [claim.choice for claim in claims if in_use[claim.choice.model.identity] is not False]
        self._keep_in_use(kept, Usage({choice.model.identity: in_use[choice.model.identity] for choice in kept}, found))
        return [claim for claim in claims if in_use[claim.choice.model.identity] is False]

    def _holders_of(self, choices: t.Iterable[Choice]) -> Holders:
        """Look through /proc; where that cannot be done nobody is known, and so nothing that the lease leaves open."""
        identities = {choice.model.identity for choice in choices}
        failing = "The holders of models cannot be found out"
        nobody = Holders((), complete=False)
        warnings = self.outcome.warnings
        return attempt(lambda: find_holders([self._directory], identities), nobody, warnings=warnings, failing=failing)

    def _remove_claimed(self, folder: int, claim: _Claim) -> None:
        choice = claim.choice
        try:
            if self._destination is not None and self._copies_into is None:
                self._take(self._destination, folder, choice.model)
            else:
                self._unlink(folder, claim)
        except Exception as error:
            self.outcome.fail(choice.model, error)
        else:
            self.outcome.remove(choice)

    def _take(self, destination: NewBackupSet, folder: int, model: Model) -> None:
        """Move a model into the set. What goes wrong when it is there already is a warning. Raises OSError."""
        try:
            destination.take_by_rename(folder, model)
        except Exception as error:
            if not destination.moved(model):
                raise
            self.outcome.warnings.append(f"{model.name} is in the backup set, but: {explain(error)}")

    def _unlink(self, folder: int, claim: _Claim) -> None:
        """Remove the model's name, and make sure that it was the claimed file's. Raises OSError.

        The link count tells; but not on overlayfs, where an open file of a lower layer keeps its count, nor on NFS.
        """
        model = claim.choice.model
        os.unlink(model.file_name, dir_fd=folder)
        self.outcome.gone.add(model.location)
        if not self._link_count_tells:
            return
        # What attempt does, without making a function and a text for each of 100,000 models.
        try:
            links = os.fstat(claim.descriptor).st_nlink
        except Exception as error:
            unsure = f"It cannot be made sure that the name {model.name} was still that of the model"
            self.outcome.warnings.append(f"{unsure}: {reason_of(error)}")
            return
        if links >= claim.links:
            raise OSError(errno.EIO, "another file took its name in that very instant and was removed in its stead")

    def _keep_in_use(self, kept: t.Sequence[Choice], usage: Usage) -> None:
        self.outcome.usage = self.outcome.usage.completed(usage)
        for choice in kept:
            self.outcome.keep(choice.model, in_use_reason(choice.model, usage))
