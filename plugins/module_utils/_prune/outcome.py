# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What became of the models of a plan, and what that gives back."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import explain
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import REPLACED
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice, Plan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import Sharing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import ModelDescriber

CHANGED = "changed since the plan was made"


class Failure(Record):
    """A model that could not be removed and why."""

    model: Model
    error: str


class Outcome:
    """What became of the models of a plan. One that had vanished by itself is in no list.

    ``usage`` is what was found out about those that were kept because they are in use. ``refusal`` is why none was
    removed, ``interruption`` why not all were. ``gone`` are the locations whose names were removed.
    """

    def __init__(self) -> None:
        self._settled: set[bytes] = set()
        self.gone: set[bytes] = set()
        self.removed: list[Choice] = []
        self.kept: list[Choice] = []
        self.failed: list[Failure] = []
        self.warnings: list[str] = []
        self.usage = Usage({}, None)
        self.refusal: str | None = None
        self.interruption: str | None = None

    def remove(self, choice: Choice) -> None:
        """Note that a model was removed."""
        self._settled.add(choice.model.location)
        self.removed.append(choice)

    def keep(self, model: Model, reason: str) -> None:
        """Note that a model was kept, and why."""
        self._settled.add(model.location)
        self.kept.append(Choice(model, reason))

    def fail(self, model: Model, error: Exception) -> None:
        """Note why a model was not removed; one that has vanished is already gone."""
        self._settled.add(model.location)
        if isinstance(error, OSError) and error.errno in REPLACED:
            self.kept.append(Choice(model, CHANGED))
        elif not isinstance(error, FileNotFoundError):
            self.failed.append(Failure(model, explain(error)))

    def interrupt(self, why: str) -> None:
        """Note what else ended the work early, or went wrong at its end."""
        self.interruption = f"{self.interruption}; {why}" if self.interruption is not None else why

    def refuse(self, choices: t.Iterable[Choice], why: str, reason: str) -> None:
        """Keep all these models: ``why`` none may go, and the ``reason`` to give for each."""
        self.refusal = why
        for choice in choices:
            self.keep(choice.model, reason)

    def unsettled(self, choices: t.Iterable[Choice]) -> list[Choice]:
        """Return those of whose models nothing was noted yet."""
        return [choice for choice in choices if choice.model.location not in self._settled]

    def settle_rest(self, choices: t.Iterable[Choice], error: Exception) -> None:
        """Note what became of those models of which nothing was noted when the work ended with ``error``."""
        for choice in self.unsettled(choices):
            if choice.model.location in self.gone:
                self.remove(choice)
            else:
                self.fail(choice.model, error)


class Freed(Record):
    """The bytes that the file system gets back at once, at most if not ``exact``, and when the last holder lets go."""

    bytes: int
    exact: bool
    pending: int


def freed_by(removed: t.Sequence[Choice], usage: Usage, sharing: Sharing) -> Freed:
    """Return what the removal gives back.

    A file with another name left, a hard link, gives back nothing.
    """
    names: dict[Identity, int] = {}
    gone = []
    pending, exact = 0, True
    for choice in removed:
        model = choice.model
        if model.links > 1:
            names[model.identity] = names.get(model.identity, 0) + 1
            if names[model.identity] != model.links:
                continue
        in_use = usage.of(model)
        if in_use:
            pending += model.allocated
        else:
            exact = exact and in_use is False
            gone.append(model)
    freed, told = sharing.given_back(gone)
    return Freed(freed, exact and told, pending)


def sum_known(seen: int | None, known: int) -> int | None:
    """Add ``known`` bytes to those that were seen: None where none were, and not all that there is could be seen."""
    return (seen or 0) + known if known else seen


def failure_of(plans: t.Sequence[Plan], outcomes: t.Sequence[Outcome], services: str | None) -> str | None:
    """Return why the task fails, None where it does not; ``services`` is what went wrong with them."""
    reasons = [
        *(plan.refusal for plan in plans),
        *(outcome.refusal for outcome in outcomes),
        *(outcome.interruption for outcome in outcomes),
    ]
    # What is about the whole run each directory says.
    failures = list(dict.fromkeys(reason for reason in reasons if reason is not None))
    failed = [failure for outcome in outcomes for failure in outcome.failed]
    if failed:
        # Not all of the plan: a real run finds out only at its end which models are in use and stay, a dry run before.
        tried = len(failed) + sum(len(outcome.removed) for outcome in outcomes)
        first = failed[0]
        failures.append(f"{len(failed)} of {tried} models could not be removed; {first.model.name}: {first.error}")
    if services is not None and not any(services in failure for failure in failures):
        failures.append(services)
    return "; ".join(failures) or None


def with_reasons(describer: ModelDescriber, choices: t.Iterable[Choice]) -> list[dict[str, t.Any]]:
    """Return what the result says of models that go or stay."""
    return [describer.of(choice.model, reason=choice.reason) for choice in sorted(choices)]
