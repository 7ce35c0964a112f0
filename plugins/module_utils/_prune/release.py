# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Decide which services are in the way of a prune, and say what became of them."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, before_any_change
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import ACTIVE, Condition, Operation
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause, find_services
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import DEVICE, Holder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import ALWAYS, NEVER
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Plan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# The manager of a user's own units. What runs below it is none of the system's services.
_USER_MANAGER = re.compile(r"user@\d+\.service")


class ServiceOptions(Record):
    """The options of a prune about services, checked."""

    names: tuple[str, ...]
    release: str
    timeout: int

    @property
    def wanted(self) -> bool:
        """Whether services may be stopped at all."""
        return bool(self.names) and self.release != NEVER


def parse_services(names: t.Sequence[str], release: str, timeout: int) -> ServiceOptions:
    """Return the options, checked; empty names are left out. Raises OcrModelError that names the wrong one."""
    stripped = tuple(name.strip() for name in names if name.strip())
    for name in stripped:
        if name.startswith("-"):
            raise OcrModelError(f"services: {name} begins with a dash; write the name of a service")
    if timeout < 1:
        raise OcrModelError(f"service_timeout: {timeout} is too short; give at least 1 second")
    return ServiceOptions(stripped, release, timeout)


class Release:
    """The services that a prune stops, and what that releases. Raises OcrModelError for one that may not be stopped."""

    @root()
    def __init__(self, options: ServiceOptions) -> None:
        self.operation: Operation | None = None
        self._options = options
        with before_any_change("services"):
            self._manager = find_services(options.names)
            self._running = [service.name for service in self._manager.services if self._manager.runs(service.name)]
        self._released: set[Identity] = set()

    @root()
    def usage_after_stop(self, wanted: t.Sequence[Model], usage: Usage) -> Usage:
        """Return how the models ``wanted`` are in use once those services are stopped that are in the way.

        In the way is a service whose processes have such a model, or a deleted one, unless a process that no stop would
        end has the file as well. Where nobody knows who has a model, all are in the way.
        """
        self._for_models, released = self._ways(
            {model.identity: usage.holders_of(model) for model in wanted if usage.of(model) is not False}, unknown=True
        )
        pending: dict[Identity, list[Holder]] = {}
        for holder in usage.holders.found if usage.holders is not None else ():
            for file in holder.pending:
                pending.setdefault(file.identity, []).append(holder)
        self._for_pending, released_pending = self._ways(pending, unknown=False)
        self._usage = usage
        self._released = released | released_pending
        return usage.without(self._released)

    @root()
    def settle(self, plan: Plan) -> Usage:
        """Decide, now that the plan is known, and return the use of the models once all is stopped that will be.

        Raises OcrModelError for what forbids it.
        """
        chosen: t.Iterable[str] = ()
        if plan.refusal is None:
            chosen = self._for_pending
            if plan.prune:
                chosen = self._running if self._options.release == ALWAYS else {*chosen, *self._for_models}
        names = [name for name in self._running if name in chosen]
        if not names:
            return self._usage
        if os.geteuid() != 0:
            raise OcrModelError(
                f"services: {', '.join(names)} would have to be stopped, which only root may do; nothing was touched. "
                "Become root, or set release: never"
            )
        with before_any_change("services"):
            self.operation = self._manager.operation(names)
        return self._usage.without(self._released)

    def pause(self) -> Pause:
        """Return the pause of the services; only where there is an operation."""
        if self.operation is None:
            raise ValueError("no service is in the way")
        return Pause(self._manager, self.operation, self._options.timeout)

    def _ways(self, held: t.Mapping[Identity, t.Sequence[Holder]], *, unknown: bool) -> tuple[set[str], set[Identity]]:
        """Return the services to stop for files and their holders, and which of the files that releases."""
        chosen: set[str] = set()
        released: set[Identity] = set()
        for identity, holders in held.items():
            ways = [self._in_the_way(holder) for holder in holders]
            if not holders and unknown:
                ways = [self._running]
            if ways and all(ways):
                chosen.update(*ways)
                released.add(identity)
        return chosen, released

    def _in_the_way(self, holder: Holder) -> list[str]:
        """Return the services whose stop ends this holder; those that are named after their unit come first."""
        if holder.pid == DEVICE:
            return []
        if holder.unit is None:
            return self._running
        if _USER_MANAGER.fullmatch(holder.unit):
            return []
        named = {service.name: service.names for service in self._manager.services}
        own = [name for name in self._running if holder.unit in (named[name] or ())]
        if own:
            return own
        ends = {name: self._manager.ends(name) for name in self._running}
        return [name for name, units in ends.items() if units is None or holder.unit in units]

    def rows(self, pause: Pause | None) -> list[dict[str, t.Any]]:
        """Return what the result says of each service; without ``pause``, what is predicted. Raises OSError."""
        conditions: dict[str, Condition] = {}
        noted = self.operation.noted if self.operation is not None else ()
        if pause is not None:
            conditions = pause.conditions()
        elif self.operation is not None:
            conditions = {row.name: Condition(row.ran, ACTIVE if row.ran else row.was, None, None) for row in noted}
        was = {service.name: service.was for service in self._manager.services}
        was.update((row.name, row.was) for row in noted)
        return [
            {"name": name, "was": state, **conditions.get(name, Condition(False, state, None, None))._asdict()}
            for name, state in was.items()
        ]
