# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The part of a prune that is about one directory."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import attempt
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import find_models
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Stock, Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import Criteria
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import PruneOptions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import Outcome
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.removal import Removal
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Plan, candidates, make_plan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import NOTHING_SHARED, look_at_sharing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import Presence
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import Found

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import Keeping
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.free_space import Need


class Part:
    """What one open and locked model directory has, what is planned for it, and what came of that."""

    def __init__(
        self, place: Place, directory: ModelDirectory, options: PruneOptions, keeping: Keeping | None, *, now_ns: int
    ) -> None:
        self.place = place
        self.directory = directory
        self.keeping = keeping
        self.copies = keeping is not None and keeping.copies
        self.frees = keeping is None or keeping.copies
        self.models = find_models(directory, options.rules, store=place.store)
        self.needs: list[Need] = []
        wanted = options.criteria.min_free
        if wanted is not None:
            # Only here, as other imports below: every import costs every host some time, and few prunes take these.
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.free_space import look_at_need

            self.needs = [look_at_need(directory, candidates(self.models, options.criteria), wanted, keeping)]
        self.plan = Plan((), ())
        self.sharing = NOTHING_SHARED
        self.outcome = Outcome()
        self.backup: str | None = None
        self._options = options
        self._now_ns = now_ns
        self._set: NewBackupSet | None = None

    @property
    def stock(self) -> Stock:
        """All models."""
        return Stock(self.directory, self.models)

    @property
    def candidates(self) -> Stock:
        """The models that the prune is about."""
        return Stock(self.directory, candidates(self.models, self._options.criteria))

    @property
    def wanted(self) -> list[Model]:
        """The models that go by the plan."""
        return [choice.model for choice in self.plan.prune]

    @property
    def kept(self) -> Stock:
        """The models that stay by the plan."""
        return Stock(self.directory, [choice.model for choice in self.plan.keep])

    def planned(self, usage: Usage, criteria: Criteria) -> Plan:
        """Return the plan for this directory."""
        # A rename keeps owner and group.
        obstacle = None
        if self.copies:
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import copy_obstacle

            obstacle = copy_obstacle
        return make_plan(self.models, usage, criteria, now_ns=self._now_ns, obstacle=obstacle)

    def look_at_sharing(self) -> None:
        """Find out what the models of the plan share, where their removal frees space."""
        if self.needs:
            self.sharing = self.needs[0].sharing
        elif self.frees:
            self.sharing = look_at_sharing(self.directory, self.wanted)

    def make_set(self) -> None:
        """Make the backup set for the models of the plan. Raises OcrModelError."""
        if self.keeping is not None and self.plan.prune:
            self._set = self.keeping.new_set(self.wanted)

    def drop_set(self) -> None:
        """Remove the set again, as nothing will get into it."""
        if self.keeping is not None and self._set is not None:
            self.keeping.drop_if_empty(self._set)

    def predict(self) -> None:
        """Predict the outcome."""
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.dry_run import predict

        rename_obstacle = self.keeping.rename_obstacle if self.keeping is not None else None
        self.outcome = predict(self.directory, self.plan.prune, copies=self.copies, rename_obstacle=rename_obstacle)
        if self.keeping is not None and self.outcome.removed:
            self.backup = self.keeping.new_name

    def removal(self, pause: Pause | None) -> Removal:
        """Return the removal of the models of the plan, with the outcome that it will have."""
        policy = self._options.criteria.in_use
        removal = Removal(self.directory, self.plan.prune, policy=policy, destination=self._set, pause=pause)
        self.outcome = removal.outcome
        return removal

    def finish_set(self) -> None:
        """Finish the backup set; one with nothing in it goes."""
        if self.keeping is None or self._set is None:
            return
        failing = f"The backup set {self._set.name} may not be on the disk yet"
        attempt(self._set.finish, None, warnings=self.outcome.warnings, failing=failing)
        if self.outcome.removed or not self.keeping.drop_if_empty(self._set):
            self.backup = self._set.name

    def deleted(self) -> t.Iterator[tuple[Identity, tuple[bytes, bytes]]]:
        """Yield the files that were removed: from which directory, by its real path, and the location in it."""
        real_path = self.directory.real_path
        return (
            (choice.model.identity, (real_path, choice.model.location))
            for choice in self.outcome.removed
            if not choice.model.is_link
        )

    def after(self, warnings: list[str]) -> Found:
        """Return what there is after the removal."""
        models = attempt(
            lambda: find_models(self.directory, self._options.rules, self.models, store=self.place.store),
            None,
            warnings=warnings,
            failing="The facts are those of before, less what was removed",
        )
        if models is None:
            gone = self._gone()
            models = [model for model in self.models if model.location not in gone]
        return Found(self.place, self.directory, models)

    def presence(self) -> t.Iterator[Presence]:
        """Yield which models there were before the removal and are after it."""
        gone = self._gone()
        return ((model.location, True, model.location not in gone) for model in self.models)

    def _gone(self) -> set[bytes]:
        return {choice.model.location for choice in self.outcome.removed}
