# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The services of a host that systemd runs."""

from __future__ import annotations

import os
import subprocess
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.cgroup import units_of_cgroup
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import (
    Condition,
    Manager,
    Noted,
    Operation,
    Service,
    StepResult,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.units import (
    PROPERTIES,
    Unit,
    parse_units,
    unit_name,
)

# Seconds that systemd may take to answer a question.
_PATIENCE = 60
_SYSTEMCTL = ("systemctl", "--no-ask-password")


def is_booted() -> bool:
    """Whether systemd runs this host: sd_booted(3)."""
    return os.path.isdir("/run/systemd/system")


class Systemd(Manager):
    """systemd, and the units that were named. Raises OcrModelError for one that cannot be stopped and started again."""

    def __init__(self, names: t.Sequence[str]) -> None:
        self._units: dict[str, Unit] = {}
        wanted = [_checked_name(name) for name in names]
        self._load(wanted)
        for name, text in zip(wanted, names):
            self._refuse(self._units.get(name), text)
        found = {unit.name: unit for unit in (self._units[name] for name in wanted)}
        self.services = tuple(Service(unit.name, unit.state, unit.names) for unit in found.values())
        self._started = 0.0

    def runs(self, name: str) -> bool:
        """Whether the stop of a service would end anything."""
        return any(unit.runs for unit in self._closure([name]).values())

    def ends(self, name: str) -> frozenset[str]:
        """Return the names of all units that end when the service is stopped, its own too."""
        return frozenset().union(*(unit.names for unit in self._closure([name]).values()))

    def operation(self, chosen: t.Sequence[str]) -> Operation:
        """Return how these services are stopped and started. Raises OcrModelError for what forbids it, and OSError."""
        self._started = time.time()
        closure = self._closure(chosen)
        _refuse_own_end(chosen, closure.values())
        running = [unit for unit in closure.values() if unit.runs]
        for unit in running:
            obstacle = _obstacle(unit)
            if obstacle is not None:
                raise OcrModelError(
                    f"services: with {', '.join(chosen)} systemd stops {unit.name}, which {obstacle}; it could not be "
                    "started again"
                )
        # A socket first: none may start its service while that stops, and it cannot start beside its running service.
        running.sort(key=lambda unit: not unit.name.endswith(".socket"))
        names = [unit.name for unit in running]
        sockets = [name for name in names if name.endswith(".socket")]
        stop = [*_SYSTEMCTL, "stop", "--", *(name for name in names if name in sockets or name in chosen)]
        stop += [name for name in chosen if name not in names]
        steps = [{"run": [*_SYSTEMCTL, "start", "--", *names]}]
        for name in sockets:
            steps += self._second_start(name, names)
        noted = [Noted(unit.name, unit.state, unit.runs) for unit in running]
        noted += [Noted(name, closure[name].state, ran=False) for name in chosen if name not in names]
        # Before the stop, when it costs no time: a limit of starts shall not keep down what ran.
        reset = {"run": [*_SYSTEMCTL, "reset-failed", "--", *names]}
        return Operation(tuple(chosen), tuple(noted), (reset, {"run": stop}), tuple(steps))

    def _second_start(self, socket: str, names: t.Sequence[str]) -> list[dict[str, t.Any]]:
        """Return the steps for a socket whose service was started by something else meanwhile, and refused it."""
        triggered = [unit.name for unit in self._units.values() if socket in unit.sockets() and unit.name in names]
        if not triggered:
            return []
        unless = ["systemctl", "--quiet", "is-active", "--", socket]
        return [
            {"unless": unless, "run": [*_SYSTEMCTL, "stop", "--", *triggered]},
            {"unless": unless, "run": [*_SYSTEMCTL, "start", "--", *names]},
        ]

    def stop_failures(self, operation: Operation, results: t.Sequence[StepResult]) -> dict[str, str]:
        """Look whether the stop succeeded; return what is wrong, by name. Exit codes of systemctl tell nothing."""
        failures = {}
        for unit in self._look([noted.name for noted in operation.noted if noted.ran]):
            failure = None
            if not unit.is_down and not unit.was_stopped_since(self._units[unit.name]):
                failure = "was not stopped in time" if results[-1]["status"] is None else "was not stopped"
                failure += f" (it is {unit.state}){_said_of(unit.name, results[1:])}"
            elif unit.is_down:
                failure = unit.stop_failure()
            if failure is not None:
                failures[unit.name] = failure
        self._started = time.time()
        return failures

    def conditions(
        self, operation: Operation, stop: t.Sequence[StepResult], start: t.Sequence[StepResult]
    ) -> dict[str, Condition]:
        """Look how all that was noted is after the start."""
        ran = {noted.name for noted in operation.noted if noted.ran}
        found = {}
        for unit in self._look([noted.name for noted in operation.noted]):
            error = None
            if unit.name in ran and not unit.ended_as_it_should and (not unit.runs or unit.result != "success"):
                error = f"did not start again: it is {unit.state} ({unit.result}){_said_of(unit.name, start)}"
                error += self._own_words(unit.name)
            stopped = unit.name in ran and unit.was_stopped_since(self._units[unit.name])
            seconds = unit.down_seconds(stop[-1]["began"]) if stopped and stop else None
            found[unit.name] = Condition(stopped, unit.state, seconds, error)
        return found

    def _closure(self, names: t.Iterable[str]) -> dict[str, Unit]:
        """Return the units that end with ``names``, and the sockets that would start one of them, by name."""
        closure: dict[str, Unit] = {}
        seen: set[str] = set()
        new = list(names)
        while new:
            seen.update(new)
            self._load(new)
            units = [self._units[name] for name in new if name in self._units]
            closure.update((unit.name, unit) for unit in units)
            reached = dict.fromkeys(name for unit in units for name in (*unit.stopped_along(), *unit.sockets()))
            new = [name for name in reached if name not in seen]
        return closure

    def _load(self, names: t.Iterable[str]) -> None:
        missing = [name for name in names if name not in self._units]
        for unit in self._look(missing):
            self._units.update(dict.fromkeys(unit.names, unit))

    @staticmethod
    def _look(names: t.Sequence[str]) -> list[Unit]:
        if not names:
            return []
        return parse_units(_ask([*_SYSTEMCTL, "show", "-p", ",".join(PROPERTIES), "--", *names]))

    @staticmethod
    def _refuse(unit: Unit | None, text: str) -> None:
        obstacle = "is not known to systemd" if unit is None else _obstacle(unit)
        if obstacle is not None:
            raise OcrModelError(
                f"services: {text} {obstacle}; nothing was touched. See: systemctl status -- "
                f"{text if unit is None else unit.name}"
            )

    def _own_words(self, name: str) -> str:
        """Return the last line that the unit itself wrote since its start, if there is a journal."""
        command = ["journalctl", "-q", "--no-pager", "-o", "cat", "-n", "1", f"--since=@{int(self._started)}"]
        try:
            said = _ask([*command, f"_SYSTEMD_UNIT={name}"]).strip()
        except OSError:
            return ""
        return f"; it said: {said}" if said else ""


def _checked_name(text: str) -> str:
    try:
        return unit_name(text)
    except ValueError as error:
        raise OcrModelError(f"services: {text} {error}; nothing was touched") from error


def _obstacle(unit: Unit) -> str | None:
    return unit.obstacle(fragment_exists=os.path.exists(unit.fragment))


def _refuse_own_end(chosen: t.Sequence[str], units: t.Iterable[Unit]) -> None:
    """Raise OcrModelError where the stop would end this very process."""
    with open("/proc/self/cgroup", "rb") as stream:
        own = {os.fsdecode(name) for name in units_of_cgroup(stream.read())}
    for unit in units:
        if unit.names & own:
            raise OcrModelError(
                f"services: with {', '.join(chosen)} systemd would stop {unit.name}, in which this run itself is; run "
                "it from elsewhere, or name other services"
            )


def _said_of(name: str, results: t.Iterable[StepResult]) -> str:
    """Return what the commands said about a unit."""
    lines = [line.strip() for result in results for line in result["output"].splitlines() if name in line]
    return f": {lines[0]}" if lines else ""


def _ask(command: t.Sequence[str]) -> str:
    """Run a command that only asks, and return its answer. Raises OSError where there is none."""
    try:
        # A module's run_command needs the module, which nothing of these files knows.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OSError(f"{command[0]} does not answer: {error}") from error
    answer = done.stdout.decode("utf-8", "surrogateescape")
    if done.returncode != 0 and not answer:
        said = done.stderr.decode("utf-8", "backslashreplace").strip()
        raise OSError(f"systemd does not answer: {said}")
    return answer
