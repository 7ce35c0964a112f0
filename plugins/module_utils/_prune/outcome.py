# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What became of the models of a plan, and what that gives back."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice, Plan


class Failure(t.NamedTuple):
    """A model that could not be removed and why."""

    model: Model
    error: str


class Outcome:
    """What became of the models of a plan. One that had vanished by itself is in no list.

    ``usage`` is what was found out about those that were kept because they are in use. ``refusal`` is why none was
    removed, ``interruption`` why not all were.
    """

    def __init__(self) -> None:
        self.removed: list[Choice] = []
        self.kept: list[Choice] = []
        self.failed: list[Failure] = []
        self.warnings: list[str] = []
        self.usage = Usage({}, None)
        self.refusal: str | None = None
        self.interruption: str | None = None


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


def failure_of(plan: Plan, outcome: Outcome, services: str | None) -> str | None:
    """Return why the task fails, None where it does not; ``services`` is what went wrong with them."""
    failures = [reason for reason in (plan.refusal, outcome.refusal, outcome.interruption) if reason is not None]
    if outcome.failed:
        first = outcome.failed[0]
        failures.append(
            f"{len(outcome.failed)} of {len(plan.prune)} models could not be removed; {first.model.name}: {first.error}"
        )
    if services is not None and (outcome.refusal is None or services not in outcome.refusal):
        failures.append(services)
    return "; ".join(failures) or None
