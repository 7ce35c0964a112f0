# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a prune hands back."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import attempt, reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage, look_at_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import PruneOptions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import (
    Freed,
    failure_of,
    freed_by,
    sum_known,
    with_reasons,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.part import Part
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import Sharing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import names_diff
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import (
    Found,
    Listing,
    ModelDescriber,
    assemble,
    engine_facts,
    stocks_of,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report, kept_parts
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import (
    facts_summary,
    models_text,
    pending_parts,
    required_parts,
    size_text,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import sum_of_seen

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import Release


class Done(Record):
    """A prune that came to its end.

    ``places`` are the directories, None for one that does not exist. ``usage`` is the use of the models as it was
    found, ``plan_usage`` as the plans count on it.
    """

    located: Located
    places: t.Sequence[tuple[Place, Part | None]]
    usage: Usage
    plan_usage: Usage
    release: Release | None
    pause: Pause | None

    @property
    def parts(self) -> list[Part]:
        """The directories that exist."""
        return [part for _place, part in self.places if part is not None]


def conclude(done: Done, options: PruneOptions, *, check_mode: bool, diff: bool) -> Report:
    """Look at what there is now, unless it is a dry run, and return the result."""
    parts = done.parts
    outcomes = [part.outcome for part in parts]
    warnings = [warning for outcome in outcomes for warning in outcome.warnings]
    warnings += [warning for part in parts if part.keeping is not None for warning in part.keeping.warnings]
    # What was kept in the end is in use as it was before.
    plan_usage = done.usage if any(outcome.refusal is not None for outcome in outcomes) else done.plan_usage
    for outcome in outcomes:
        plan_usage = plan_usage.completed(outcome.usage)
    freed = _freed(parts, plan_usage)
    found, usage = _now(done, warnings, check_mode=check_mode)
    seen = _seen_pending(parts, done.plan_usage if check_mode else usage)
    # What was seen is better known than what was predicted. What only a lease betrays /proc does not show to this user.
    predicted = freed.pending if check_mode or seen is None else 0
    services, service_failure = _services(done)
    engine = done.located.engine
    described = [(ModelDescriber(part.place.path, plan_usage, Listing(engine, part.directory)), part) for part in parts]
    backups = [{"directory": describer.directory, "name": part.backup} for describer, part in described if part.backup]
    expired = [name for part in parts if part.keeping is not None for name in part.keeping.expired]
    result: dict[str, t.Any] = {
        "changed": bool(
            any(outcome.removed for outcome in outcomes) or expired or any(service["stopped"] for service in services)
        ),
        "pruned": [row for describer, part in described for row in with_reasons(describer, part.outcome.removed)],
        "kept": [
            row
            for describer, part in described
            for row in with_reasons(describer, [*part.plan.keep, *part.outcome.kept])
        ],
        "failed_models": [
            describer.of(failure.model, error=failure.error)
            for describer, part in described
            for failure in part.outcome.failed
        ],
        "freed_bytes": freed.bytes,
        "freed_bytes_exact": freed.exact,
        "pending_bytes": sum_known(seen, predicted),
        "min_free_missing_bytes": _still_missing(parts, plan_usage),
        "backup": backups[0]["name"] if len(backups) == 1 else None,
        "backups": backups,
        "expired_backups": expired,
        "services": services,
        "engine": engine_facts(engine),
        "ocr_models": assemble(found, engine, usage, options.rules),
    }
    if diff:
        result["diff"] = names_diff(
            [(part.place.path, part.presence()) for part in parts] or [(place.path, ()) for place, _part in done.places]
        )
    total = sum(len(part.models) for part in parts)
    result["msg"] = (
        prune_summary(result, total=total, check_mode=check_mode) if parts else facts_summary(result["ocr_models"])
    )
    failure = failure_of([part.plan for part in parts], outcomes, service_failure)
    return Report(result, failure, warnings)


def prune_summary(result: t.Mapping[str, t.Any], *, total: int, check_mode: bool) -> str:
    """Sum up the result of a prune; ``total`` is how many models there were before."""
    verb = "would prune" if check_mode else "pruned"
    freed = f"{'' if result['freed_bytes_exact'] else 'at most '}{size_text(result['freed_bytes'])}"
    parts = [f"{verb} {len(result['pruned'])} of {models_text(total)} ({freed} freed)"]
    parts += kept_parts([model["reason"] for model in result["kept"]])
    if result["failed_models"]:
        parts.append(f"{len(result['failed_models'])} failed")
    if result["min_free_missing_bytes"]:
        parts.append(f"{size_text(result['min_free_missing_bytes'])} short of min_free")
    parts += required_parts(result["ocr_models"])
    parts += pending_parts(result["pending_bytes"])
    stopped = [service["name"] for service in result.get("services", []) if service["stopped"]]
    if stopped:
        parts.append(f"{'would stop' if check_mode else 'stopped'} {', '.join(stopped)}")
    if result["expired_backups"]:
        parts.append(f"{len(result['expired_backups'])} expired backup sets {'would go' if check_mode else 'removed'}")
    return ", ".join(parts)


def _freed(parts: t.Sequence[Part], usage: Usage) -> Freed:
    """Return what the removal gives back: of a file with names in several directories, when all of them went."""
    freeing = [part for part in parts if part.frees]
    removed = [choice for part in freeing for choice in part.outcome.removed]
    if len(freeing) == 1:
        return freed_by(removed, usage, freeing[0].sharing)
    ranges = {model.identity: part.sharing.of(model) for part in freeing for model in part.wanted}
    return freed_by(removed, usage, Sharing(ranges, None))


def _still_missing(parts: t.Sequence[Part], usage: Usage) -> int | None:
    needs = [need for part in parts for need in part.needs]
    if not needs:
        return None
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.free_space import still_missing

    freed = [freed_by(part.outcome.removed if part.frees else [], usage, part.sharing).bytes for part in parts]
    return still_missing(needs, freed)


def _now(done: Done, warnings: list[str], *, check_mode: bool) -> tuple[list[Found], Usage]:
    """Return what there is now; where nothing was done, as in check mode, what there was."""
    if check_mode or not done.parts:
        found = [
            Found(place, part.directory, part.models) if part is not None else Found(place, None)
            for place, part in done.places
        ]
        return found, done.usage
    found = [part.after(warnings) if part is not None else Found(place, None) for place, part in done.places]
    deleted = dict(itertools.chain.from_iterable(part.deleted() for part in done.parts))
    usage = attempt(
        lambda: look_at_usage(stocks_of(found), holders=True, deleted=deleted),
        Usage({}, None),
        warnings=warnings,
        failing="The use of the models after the run cannot be found out",
    )
    return found, usage


def _seen_pending(parts: t.Sequence[Part], usage: Usage) -> int | None:
    return sum_of_seen([usage.pending_bytes(part.directory) for part in parts])


def _services(done: Done) -> tuple[list[dict[str, t.Any]], str | None]:
    """Return what became of the services, and what went wrong with them."""
    if done.release is None:
        return [], None
    try:
        rows = done.release.rows(done.pause)
    except Exception as error:
        return [], f"{reason_of(error)}; look whether the services run"
    errors = [f"{row['name']} {row['error']}" for row in rows if row["error"] is not None]
    return rows, "; ".join(errors) or None
