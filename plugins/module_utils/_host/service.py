# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What is known of services, whichever init system runs them."""

from __future__ import annotations

import abc
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

# ActiveState of systemd's units; elsewhere only the first two and the last are known.
ACTIVE = "active"
INACTIVE = "inactive"
UNKNOWN = "unknown"

Step = t.Dict[str, t.Any]
StepResult = t.Dict[str, t.Any]


class Service(Record):
    """A service that may be stopped.

    ``names`` are all its names. None where the unit of a process says nothing about services.
    """

    name: str
    was: str
    names: frozenset[str] | None


class Noted(Record):
    """What a stop is about to end: a unit, and whether it ran."""

    name: str
    was: str
    ran: bool


class Operation(Record):
    """How some services are stopped and started, as steps of the service helper, and what ran of all that ends."""

    chosen: tuple[str, ...]
    noted: tuple[Noted, ...]
    stop: tuple[Step, ...]
    start: tuple[Step, ...]


class Condition(Record):
    """How a service is after its start.

    ``stopped`` is whether it was stopped; ``down_seconds`` is None where it was not or did not come back; ``error`` is
    what went wrong with it.
    """

    stopped: bool
    state: str
    down_seconds: float | None
    error: str | None


class Manager(abc.ABC):
    """An init system, and the services of the host that were named. Its questions raise OSError without an answer."""

    services: tuple[Service, ...]

    @abc.abstractmethod
    def runs(self, name: str) -> bool:
        """Whether the stop of a service would end anything."""

    @abc.abstractmethod
    def ends(self, name: str) -> frozenset[str] | None:
        """Return the names of all units that end when the service is stopped, its own too. None: not known."""

    @abc.abstractmethod
    def operation(self, chosen: t.Sequence[str]) -> Operation:
        """Return how these of the named services are stopped and started.

        Raises OcrModelError for what forbids it, and OSError where the init system does not answer.
        """

    @abc.abstractmethod
    def stop_failures(self, operation: Operation, results: t.Sequence[StepResult]) -> dict[str, str]:
        """Look whether the stop succeeded; return what is wrong, by name."""

    @abc.abstractmethod
    def conditions(
        self, operation: Operation, stop: t.Sequence[StepResult], start: t.Sequence[StepResult]
    ) -> dict[str, Condition]:
        """Look how all that was noted is after the start."""
