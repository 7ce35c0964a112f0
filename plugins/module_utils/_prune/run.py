# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The whole of a prune: from checked options to a result."""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import attempt, before_any_change, reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directories import lock_order, open_directories
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import (
    ASSUMED_UNUSED,
    Stock,
    Usage,
    look_at_usage,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import IGNORE, SKIP, Criteria
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.execution import remove
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import PruneOptions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.part import Part
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.result import Done, conclude
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Plan, agree
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import NOTHING_IN_USE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import BackupDirectory
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import Release


def load_rest(options: PruneOptions) -> None:
    """Import what ``prune`` may need beside this: the user whose identity is taken on cannot read the module's file."""
    # pylint: disable-next=unused-import
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import extents, obstacles  # noqa: F401
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import load_devices

    # pylint: disable-next=unused-import
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import dry_run, folders  # noqa: F401

    load_devices()
    if options.criteria.min_free is not None:
        # pylint: disable-next=unused-import
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import free_space  # noqa: F401
    if options.backup_dir is not None:
        # pylint: disable-next=unused-import
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import keeping  # noqa: F401
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import load_renameat2

        load_renameat2()


def prune(located: Located, options: PruneOptions, *, check_mode: bool, diff: bool = False) -> Report:
    """Prune the model directories, or in check mode predict exactly that, with the ``diff`` where it is asked for.

    Raises OcrModelError before any removal.
    """
    with contextlib.ExitStack() as stack:
        with before_any_change(located.label):
            directories = stack.enter_context(open_directories(located.named))
            opened = [directory for directory in directories if directory is not None]
            if not opened:
                nowhere = [(place, None) for place in located.places]
                done = Done(located, nowhere, NOTHING_IN_USE, NOTHING_IN_USE, None, None)
                return conclude(done, options, check_mode=check_mode, diff=diff)
            for directory in sorted(opened, key=lock_order):
                lock(directory, shared=check_mode)
            run = _Run(located, directories, options, stack, check_mode=check_mode)
            run.prepare()
        return run.report(diff=diff)


class _Run:
    """One prune of open and locked model directories."""

    def __init__(
        self,
        located: Located,
        directories: t.Sequence[ModelDirectory | None],
        options: PruneOptions,
        stack: contextlib.ExitStack,
        *,
        check_mode: bool,
    ) -> None:
        """Open what else there is to open, on the ``stack``, and look at what is there."""
        self._located = located
        self._options = options
        self._check_mode = check_mode
        self._now_ns = time.time_ns()
        self._backups: BackupDirectory | None = None
        if options.backup_dir is not None:
            # Only here: a prune without a backup need not load what makes one.
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import open_backups

            opened = [directory for directory in directories if directory is not None]
            self._backups = stack.enter_context(open_backups(options.backup_dir, opened, check_mode=check_mode))
        self._release: Release | None = None
        if options.services is not None:
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import Release

            self._release = Release(options.services)
        self._pause: Pause | None = None
        self._refused = False
        self._parts: list[Part] = []
        self._places: list[tuple[Place, Part | None]] = []
        for place, directory in zip(located.places, directories):
            part = self._part(place, directory) if directory is not None else None
            self._places.append((place, part))
        self._usage = self._look()
        self._plan_usage = self._usage

    def _part(self, place: Place, directory: ModelDirectory) -> Part:
        # Names of sets count microseconds: that of each directory has one of its own.
        now_ns = self._now_ns + 1000 * len(self._parts)
        keeping = None
        if self._backups is not None:
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import Keeping

            keeping = Keeping(
                self._backups, directory, self._options.backup_max_age, now_ns=now_ns, check_mode=self._check_mode
            )
        part = Part(place, directory, self._options, keeping, now_ns=self._now_ns)
        self._parts.append(part)
        return part

    def _look(self) -> Usage:
        """Look at the use of what may go; a dry run looks at all, because its facts are those of before.

        The removal looks again anyway, so a real run looks twice only where the whole plan hangs on it, or much work.
        """
        if self._check_mode:
            return look_at_usage([part.stock for part in self._parts], holders=True)
        criteria = self._options.criteria
        copies = any(part.copies for part in self._parts)
        hangs_on_it = copies or criteria.max_prune is not None or criteria.min_free is not None
        if self._release is None and criteria.in_use == SKIP and not hangs_on_it:
            return ASSUMED_UNUSED
        candidates = [part.candidates for part in self._parts]
        return look_at_usage(candidates, holders=True) if self._release is not None else _look_at(candidates)

    def prepare(self) -> None:
        """Plan, predict in check mode, and make the backup sets otherwise. No model is removed yet."""
        self._make_plans()
        for part in self._parts:
            part.look_at_sharing()
        if not self._check_mode and any(part.plan.keep for part in self._parts):
            # These stay whether they are in use or not, but are reported.
            self._plan_usage = self._plan_usage.completed(_look_at([part.kept for part in self._parts]))
        self._make_room()
        self._predicts = self._check_mode or not (self._stops or any(part.plan.prune for part in self._parts))
        if self._predicts:
            for part in self._parts:
                part.predict()
        else:
            self._make_sets()

    @property
    def _stops(self) -> bool:
        """Whether services will be stopped."""
        return self._release is not None and self._release.operation is not None

    def _make_plans(self) -> None:
        """Make the plans, and tell the use of the models once the services that are in their way are stopped."""
        criteria = self._options.criteria
        usage = self._usage
        if self._release is not None:
            ideal = self._plans(usage, criteria._replace(in_use=IGNORE, max_prune=None, min_free=None))
            usage = self._release.usage_after_stop(_models_of(ideal), self._usage)
        plans = self._plans(usage, criteria)
        if self._release is not None and criteria.min_free is not None:
            # Not all that could go have to, and no service is in the way of the others.
            usage = self._release.usage_after_stop(_models_of(plans), self._usage)
            plans = self._plans(usage, criteria)
        for part, plan in zip(self._parts, plans):
            part.plan = plan
        if self._release is not None:
            prune = tuple(choice for plan in plans for choice in plan.prune)
            self._plan_usage = self._release.settle(Plan(prune, (), plans[0].refusal))

    def _plans(self, usage: Usage, criteria: Criteria) -> list[Plan]:
        plans = [part.planned(usage, criteria) for part in self._parts]
        needs = [need for part in self._parts for need in part.needs]
        if needs and criteria.min_free is not None:
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.free_space import only_needed

            plans = only_needed(plans, needs, usage)
        return agree(plans, sum(len(part.models) for part in self._parts), criteria)

    def _make_room(self) -> None:
        wanted = [(part.keeping, part.wanted) for part in self._parts if part.keeping is not None and part.plan.prune]
        if self._backups is not None and wanted:
            from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import make_room

            make_room(self._backups, wanted)

    def _make_sets(self) -> None:
        """Make the backup sets; if one cannot be made, none is left, and no model goes.

        Raises OcrModelError, but not where expired sets went to make room: then the result has to say so.
        """
        try:
            for part in self._parts:
                part.make_set()
        except BaseException as error:
            for part in self._parts:
                part.drop_set()
            gone = any(part.keeping is not None and part.keeping.expired for part in self._parts)
            if not gone or not isinstance(error, Exception):
                raise
            self._refused = True
            for part in self._parts:
                part.outcome.refuse(part.plan.prune, reason_of(error), "no backup set could be made")

    def report(self, *, diff: bool) -> Report:
        """Carry the plans out, unless it is a dry run, and report. Nothing ends that any more."""
        if not (self._predicts or self._refused):
            self._carry_out()
        self._expire()
        done = Done(self._located, self._places, self._usage, self._plan_usage, self._release, self._pause)
        return conclude(done, self._options, check_mode=self._check_mode, diff=diff)

    def _carry_out(self) -> None:
        try:
            with contextlib.ExitStack() as stack:
                if self._release is not None and self._stops:
                    self._pause = stack.enter_context(self._release.pause())
                removals = [part.removal(self._pause) for part in self._parts]
                remove(removals, policy=self._options.criteria.in_use, pause=self._pause)
        except Exception as error:
            # That was the pause, before the removal or after it.
            for part in self._parts:
                part.outcome.settle_rest(part.plan.prune, error)
                part.outcome.interrupt(
                    f"the pause of the services broke off ({reason_of(error)}); look whether they run"
                )
        for part in self._parts:
            part.finish_set()

    def _expire(self) -> None:
        """Let the backup sets go that have had their time, unless something went wrong."""
        for part in self._parts:
            if part.plan.refusal is not None or part.outcome.refusal is not None or part.outcome.failed:
                return
        for part in self._parts:
            if part.keeping is not None:
                failing = "Expired backup sets stay"
                attempt(part.keeping.expire, None, warnings=part.outcome.warnings, failing=failing)


def _models_of(plans: t.Iterable[Plan]) -> list[Model]:
    """Return the models that go by the plans."""
    return [choice.model for plan in plans for choice in plan.prune]


def _look_at(stocks: t.Sequence[Stock]) -> Usage:
    """Look at the use of some models; only where one is in use is it worth to look through all processes."""
    usage = look_at_usage(stocks, holders=False)
    if any(usage.of(model) is not False for _directory, models in stocks for model in models):
        usage = look_at_usage(stocks, holders=True)
    return usage
