# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Decide what a prune removes, what stays, and why. Pure: nothing here touches the disk."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import (
    FAIL,
    IGNORE,
    INCOMPLETE_AGE,
    Criteria,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import IN_USE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, matches, one_line

_NANOSECONDS = 10**9


class Choice(Record):
    """A model and why it goes or stays."""

    model: Model
    reason: str

    @property
    def folder(self) -> bytes:
        """The location of its folder."""
        return self.model.folder


class Plan(Record):
    """What goes and what stays of a directory, each sorted by location. Models that no rule is about are in neither.

    ``blocked`` are those of ``keep`` that stay only because they are in use.
    """

    prune: tuple[Choice, ...]
    keep: tuple[Choice, ...]
    refusal: str | None = None
    blocked: tuple[Choice, ...] = ()


def candidates(models: t.Sequence[Model], criteria: Criteria) -> list[Model]:
    """Return the models that a prune is about: stale ones, and incomplete ones where these are asked for."""
    return [
        model for model in models if model.status != CURRENT and (criteria.incomplete or model.status != INCOMPLETE)
    ]


def make_plan(
    models: t.Sequence[Model],
    usage: Usage,
    criteria: Criteria,
    *,
    now_ns: int,
    obstacle: t.Callable[[int, int], str | None] | None = None,
) -> Plan:
    """Divide the candidates among the ``models`` of a directory into those that go and those that stay.

    ``usage`` has to know the candidates, ``now_ns`` is the time in ns. ``obstacle`` says why one of a certain owner and
    group stays in any case. What refuses a plan whole, agree tells.
    """
    prune: list[Choice] = []
    keep: list[Choice] = []
    blocked: list[Choice] = []
    for model in candidates(models, criteria):
        reason = _reason_to_keep(model, criteria, now_ns)
        if reason is None and obstacle is not None:
            reason = obstacle(model.user_id, model.group_id)
        if reason is not None:
            keep.append(Choice(model, reason))
            continue
        if criteria.in_use != IGNORE and usage.of(model) is not False:
            blocked.append(Choice(model, in_use_reason(model, usage)))
            keep.append(blocked[-1])
            continue
        prune.append(Choice(model, _reason_to_prune(model, criteria)))
    return Plan(tuple(prune), tuple(keep), blocked=tuple(blocked))


def agree(plans: t.Sequence[Plan], total: int, criteria: Criteria) -> list[Plan]:
    """Return the plans of one run, for a directory each, as they are to be carried out; ``total`` models there are.

    What refuses the run (``max_prune``, or ``in_use`` being fail) refuses all of them, and ``refusal`` says so.
    """
    blocked = [choice for plan in plans for choice in plan.blocked]
    count = sum(len(plan.prune) for plan in plans)
    why = None
    if blocked and criteria.in_use == FAIL:
        named = "; ".join(f"{choice.model.name}: {choice.reason}" for choice in blocked)
        why = f"in_use is fail and models that should go are in use: {named}"
    elif criteria.max_prune is not None and not criteria.max_prune.allows(count, total):
        limit = criteria.max_prune.text
        why = f"the plan would remove {count} of {total} models, more than max_prune {limit} allows"
    return list(plans) if why is None else [_refused(plan, why) for plan in plans]


def batches(choices: t.Iterable[Choice], size: int) -> t.Iterator[list[Choice]]:
    """Divide the choices; none has two names of one file, whose leases would be in each other's way."""
    batch: list[Choice] = []
    identities: set[Identity] = set()
    for choice in choices:
        identity = choice.model.identity
        if len(batch) == size or identity in identities:
            yield batch
            batch, identities = [], set()
        batch.append(choice)
        identities.add(identity)
    yield batch


def in_use_reason(model: Model, usage: Usage) -> str:
    """Say who has a model that cannot be shown to be free."""
    holders = usage.holders_of(model)
    if holders:
        return f"{IN_USE} by {', '.join(holder.label for holder in holders)}"
    if usage.of(model):
        return f"{IN_USE} by a process or device that this user cannot see"
    way_out = "run as root (on ext4, xfs and the like the owner of the file will do)"
    return f"{IN_USE} cannot be ruled out by this user; {way_out}"


def _refused(plan: Plan, why: str) -> Plan:
    stay = plan.keep + tuple(Choice(choice.model, "the whole plan is refused") for choice in plan.prune)
    return Plan((), tuple(sorted(stay)), f"{why}; nothing was removed", plan.blocked)


def _reason_to_keep(model: Model, criteria: Criteria, now_ns: int) -> str | None:
    if model.required is not None:
        return "required"
    for pattern in criteria.keep:
        if matches(model.location, pattern):
            return f"keep pattern {one_line(pattern)}"
    age = _minimum_age(model, criteria)
    # A time in the future counts as now.
    if age is not None and max(0, now_ns - model.modified_ns) < age.seconds * _NANOSECONDS:
        return f"younger than {age.text}"
    return None


def _reason_to_prune(model: Model, criteria: Criteria) -> str:
    if model.stale_prefix is not None:
        return _stale_reason(model.stale_prefix)
    if model.superseded_by is not None:
        return _superseded_reason(model.superseded_by)
    return f"incomplete download, at least {(criteria.min_age or INCOMPLETE_AGE).text} old"


@functools.lru_cache(maxsize=16)
def _stale_reason(prefix: str) -> str:
    """Give all models of a prefix the very same text: of 100,000 models it would take 7 MB."""
    return f"stale prefix {prefix}"


@functools.lru_cache(maxsize=1024)
def _superseded_reason(newest: bytes) -> str:
    """Give all models of a family the very same text, for the same reason."""
    return f"superseded by {displayed(newest)}"


def _minimum_age(model: Model, criteria: Criteria) -> Age | None:
    return criteria.min_age or (INCOMPLETE_AGE if model.status == INCOMPLETE else None)
