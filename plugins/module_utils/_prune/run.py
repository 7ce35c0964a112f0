# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The whole of a prune: from checked options to a result."""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Location
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import attempt, before_any_change, reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import copy_obstacle
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import find_models
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import (
    ASSUMED_UNUSED,
    Stock,
    Usage,
    look_at_usage,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import IGNORE, SKIP, Criteria
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.dry_run import predict
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.free_space import (
    look_at_needs,
    only_needed,
    still_missing,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import PruneOptions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import (
    Outcome,
    failure_of,
    freed_by,
    sum_known,
    with_reasons,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.removal import remove
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import (
    Choice,
    Plan,
    agree,
    candidates,
    make_plan,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import NOTHING_SHARED, look_at_sharing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import names_diff
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import (
    NOTHING_IN_USE,
    Found,
    Listing,
    ModelReport,
    assemble,
    engine_facts,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import facts_summary, prune_summary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import Keeping
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import Release


def prune(location: Location, options: PruneOptions, *, check_mode: bool) -> Report:
    """Prune the model directory, or in check mode predict exactly that. Raises OcrModelError before any removal."""
    (place,) = location.places
    with contextlib.ExitStack() as stack:
        with before_any_change(f"path: {displayed(place.path)}"):
            directory = open_directory("path", place.path)
            if directory is None:
                return _nothing_there(location, options)
            stack.enter_context(directory)
            lock(directory, shared=check_mode)
            now_ns = time.time_ns()
            keeping = None
            if options.backup_dir is not None:
                # Only here: a prune without a backup need not load what makes one.
                from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import Keeping

                keeping = Keeping(
                    options.backup_dir, directory, options.backup_max_age, now_ns=now_ns, check_mode=check_mode
                )
                stack.enter_context(keeping)
            release = None
            if options.services is not None:
                from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import Release

                release = Release(options.services)
            run = _Run(location, directory, options, keeping, release, now_ns=now_ns, check_mode=check_mode)
            run.prepare()
        return run.report()


def _nothing_there(location: Location, options: PruneOptions) -> Report:
    facts = assemble([Found(location.places[0], None)], location.engine, NOTHING_IN_USE, options.rules)
    return Report(
        {
            "msg": facts_summary(facts),
            "changed": False,
            "pruned": [],
            "kept": [],
            "failed_models": [],
            "freed_bytes": 0,
            "freed_bytes_exact": True,
            "pending_bytes": 0,
            "min_free_missing_bytes": None,
            "backup": None,
            "expired_backups": [],
            "services": [],
            "engine": engine_facts(location.engine),
            "ocr_models": facts,
            "diff": names_diff(location.places[0].path, [], []),
        },
        None,
        [],
    )


class _Run:
    """One prune of an open and locked model directory."""

    def __init__(
        self,
        location: Location,
        directory: ModelDirectory,
        options: PruneOptions,
        keeping: Keeping | None,
        release: Release | None,
        *,
        now_ns: int,
        check_mode: bool,
    ) -> None:
        (self._place,) = location.places
        self._engine = location.engine
        self._directory = directory
        self._options = options
        self._keeping = keeping
        self._release = release
        self._pause: Pause | None = None
        self._copies = keeping is not None and keeping.copies
        self._frees = keeping is None or keeping.copies
        self._check_mode = check_mode
        self._now_ns = now_ns
        self._models = find_models(directory, options.rules)
        self._usage = self._look()
        self._needs = look_at_needs(directory, self._models, options.criteria, keeping)
        self._sharing = NOTHING_SHARED
        self._predicted: Outcome | None = None
        self._set: NewBackupSet | None = None

    def _look(self) -> Usage:
        """Look at the use of what may go; a dry run looks at all, because its facts are those of before.

        The removal looks again anyway, so a real run looks twice only where the whole plan hangs on it, or much work.
        """
        if self._check_mode:
            return look_at_usage([Stock(self._directory, self._models)], holders=True)
        criteria = self._options.criteria
        if self._release is not None:
            return look_at_usage([Stock(self._directory, candidates(self._models, criteria))], holders=True)
        if criteria.in_use == SKIP and criteria.max_prune is None and criteria.min_free is None and not self._copies:
            return ASSUMED_UNUSED
        return self._look_at(candidates(self._models, criteria))

    def _look_at(self, models: t.Sequence[Model]) -> Usage:
        """Look at the use of some models; only where one is in use is it worth to look through all processes."""
        usage = look_at_usage([Stock(self._directory, models)], holders=False)
        if any(usage.of(model) is not False for model in models):
            usage = look_at_usage([Stock(self._directory, models)], holders=True)
        return usage

    def prepare(self) -> None:
        """Plan, predict in check mode, and make the backup set otherwise. No model is removed yet."""
        self._plan, self._plan_usage = self._make_plan()
        models = [choice.model for choice in self._plan.prune]
        if self._frees:
            self._sharing = look_at_sharing(self._directory, self._plan.prune)
        if not self._check_mode and self._plan.keep:
            # These stay whether they are in use or not, but are reported.
            kept = [choice.model for choice in self._plan.keep]
            self._plan_usage = self._plan_usage.completed(self._look_at(kept))
        if self._keeping is not None and models:
            self._keeping.make_room(models)
        stops = self._release is not None and self._release.operation is not None
        if self._check_mode or not (models or stops):
            self._predicted = self._predict(self._plan)
        elif self._keeping is not None and models:
            self._set = self._keeping.new_set(models)

    def report(self) -> Report:
        """Carry the plan out, unless it is a dry run, and report. Nothing ends that any more."""
        plan, usage = self._plan, self._plan_usage
        if self._predicted is not None:
            outcome = self._predicted
            backup = self._keeping.new_name if self._keeping is not None and outcome.removed else None
        else:
            outcome, backup = self._carry_out(plan)
        if self._keeping is None:
            return self._describe(plan, usage, outcome, None, [])
        if plan.refusal is None and outcome.refusal is None and not outcome.failed:
            attempt(self._keeping.expire, None, warnings=outcome.warnings, failing="Expired backup sets stay")
        outcome.warnings += self._keeping.warnings
        return self._describe(plan, usage, outcome, backup, self._keeping.expired)

    def _predict(self, plan: Plan) -> Outcome:
        rename_obstacle = self._keeping.rename_obstacle if self._keeping is not None else None
        return predict(self._directory, plan.prune, copies=self._copies, rename_obstacle=rename_obstacle)

    def _make_plan(self) -> tuple[Plan, Usage]:
        """Return the plan, and the use of the models once the services that are in its way are stopped."""
        criteria = self._options.criteria
        if self._release is None:
            return self._planned(self._usage, criteria), self._usage
        ideal = self._planned(self._usage, criteria._replace(in_use=IGNORE, max_prune=None, min_free=None))
        usage = self._release.foresee([choice.model for choice in ideal.prune], self._usage)
        plan = self._planned(usage, criteria)
        if self._needs:
            # Not all that could go have to, and no service is in the way of the others.
            usage = self._release.foresee([choice.model for choice in plan.prune], self._usage)
            plan = self._planned(usage, criteria)
        return plan, self._release.settle(plan)

    def _planned(self, usage: Usage, criteria: Criteria) -> Plan:
        # A rename keeps owner and group.
        obstacle = copy_obstacle if self._copies else None
        plan = make_plan(self._models, usage, criteria, now_ns=self._now_ns, obstacle=obstacle)
        plans = only_needed([plan], self._needs if criteria.min_free is not None else [], usage)
        return agree(plans, len(self._models), criteria)[0]

    def _carry_out(self, plan: Plan) -> tuple[Outcome, str | None]:
        """Return the outcome and the name of the backup set, if there is one with something in it."""
        with contextlib.ExitStack() as stack:
            if self._release is not None and self._release.operation is not None:
                self._pause = stack.enter_context(self._release.pause())
            policy = self._options.criteria.in_use
            outcome = remove(self._directory, plan.prune, policy=policy, destination=self._set, pause=self._pause)
        if self._keeping is None or self._set is None:
            return outcome, None
        failing = f"The backup set {self._set.name} may not be on the disk yet"
        attempt(self._set.finish, None, warnings=outcome.warnings, failing=failing)
        empty = not outcome.removed and self._keeping.drop_if_empty(self._set)
        return outcome, None if empty else self._set.name

    def _describe(
        self, plan: Plan, plan_usage: Usage, outcome: Outcome, backup: str | None, expired: list[str]
    ) -> Report:
        seen = plan_usage
        # What was kept in the end is in use as it was before.
        plan_usage = (plan_usage if outcome.refusal is None else self._usage).completed(outcome.usage)
        freed = freed_by(outcome.removed if self._frees else [], plan_usage, self._sharing)
        pending = freed.pending
        models, usage = self._models, self._usage
        if not self._check_mode:
            models = self._scan_again(outcome)
            usage = attempt(
                lambda: look_at_usage(
                    [Stock(self._directory, models)], holders=True, deleted=outcome.deleted(self._directory)
                ),
                Usage({}, None),
                warnings=outcome.warnings,
                failing="The use of the models after the run cannot be found out",
            )
            if usage.pending_bytes(self._directory) is not None:
                # Seen, and so better known than predicted. What only a lease betrays /proc does not show to this user.
                pending = 0
            seen = usage
        services, service_failure = self._services()
        report = ModelReport(self._place.path, plan_usage, Listing(self._engine, self._directory))
        after = Found(self._place, self._directory, models)
        result = {
            "changed": bool(outcome.removed or expired or any(service["stopped"] for service in services)),
            "pruned": with_reasons(report, outcome.removed),
            "kept": with_reasons(report, list(plan.keep) + outcome.kept),
            "failed_models": [dict(report.of(failure.model), error=failure.error) for failure in outcome.failed],
            "freed_bytes": freed.bytes,
            "freed_bytes_exact": freed.exact,
            "pending_bytes": sum_known(seen.pending_bytes(self._directory), pending),
            "min_free_missing_bytes": still_missing(self._needs, [freed.bytes]),
            "backup": backup,
            "expired_backups": expired,
            "services": services,
            "engine": engine_facts(self._engine),
            "ocr_models": assemble([after], self._engine, usage, self._options.rules),
            "diff": self._diff(outcome.removed),
        }
        result["msg"] = prune_summary(result, total=len(self._models), check_mode=self._check_mode)
        return Report(result, failure_of(plan, outcome, service_failure), outcome.warnings)

    def _services(self) -> tuple[list[dict[str, t.Any]], str | None]:
        """Return what became of the services, and what went wrong with them."""
        if self._release is None:
            return [], None
        try:
            rows = self._release.rows(self._pause)
        except Exception as error:
            return [], f"{reason_of(error)}; look whether the services run"
        errors = [f"{row['name']} {row['error']}" for row in rows if row["error"] is not None]
        return rows, "; ".join(errors) or None

    def _scan_again(self, outcome: Outcome) -> list[Model]:
        """Return the models after the removal."""
        gone = {choice.model.location for choice in outcome.removed}
        return attempt(
            lambda: find_models(self._directory, self._options.rules, self._models),
            [model for model in self._models if model.location not in gone],
            warnings=outcome.warnings,
            failing="The facts are those of before, less what was removed",
        )

    def _diff(self, removed: t.Iterable[Choice]) -> dict[str, str]:
        before = [model.location for model in self._models]
        gone = {choice.model.location for choice in removed}
        return names_diff(self._place.path, before, [location for location in before if location not in gone])
