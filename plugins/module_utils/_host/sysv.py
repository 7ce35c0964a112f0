# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The services of a host without systemd: init scripts, by way of the command ``service``."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import (
    ACTIVE,
    INACTIVE,
    UNKNOWN,
    Condition,
    Manager,
    Noted,
    Operation,
    Service,
    StepResult,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service_helper import run_steps

_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.+-]*")
_FOLDERS = ("/etc/init.d", "/etc/rc.d/init.d", "/usr/local/etc/init.d")
_SUFFIX = ".service"
# Seconds for all questions together.
_PATIENCE = 60
# Exit statuses of "status" in the Linux Standard Base. All others leave it open, and count as running.
_STATES = {0: ACTIVE, 3: INACTIVE}


class SysV(Manager):
    """Init scripts, and those that were named. Raises OcrModelError for one that is not there."""

    def __init__(self, names: t.Sequence[str]) -> None:
        found = list(dict.fromkeys(_checked_name(name) for name in names))
        self.services = tuple(Service(name, state, None) for name, state in zip(found, _states(found)))

    def runs(self, name: str) -> bool:
        """Whether the stop of a service would end anything."""
        return any(service.name == name and service.was != INACTIVE for service in self.services)

    def ends(self, name: str) -> None:
        """Nothing tells which processes end with a script."""

    def operation(self, chosen: t.Sequence[str]) -> Operation:
        """Return how these services are stopped, in the order in which they were named, and started, in reverse."""
        noted = tuple(
            Noted(service.name, service.was, service.was != INACTIVE)
            for service in self.services
            if service.name in chosen
        )
        running = [service.name for service in noted if service.ran]
        return Operation(
            chosen=tuple(chosen),
            noted=noted,
            stop=tuple({"run": ["service", name, "stop"]} for name in running),
            # A script may run its daemon in the foreground: to end it at its time would end the service.
            start=tuple(
                {"unless": ["service", name, "status"], "run": ["service", name, "start"], "patient": True}
                for name in reversed(running)
            ),
        )

    def stop_failures(self, operation: Operation, results: t.Sequence[StepResult]) -> dict[str, str]:
        """Look whether the stop succeeded; return what is wrong, by name."""
        running = [noted.name for noted in operation.noted if noted.ran]
        failures = {}
        for name, result, state in zip(running, results, _states(running)):
            if _failed(result):
                failures[name] = f"was not stopped{_said(result)}"
            elif state == ACTIVE:
                failures[name] = f"still runs after its stop{_said(result)}"
        return failures

    def conditions(
        self, operation: Operation, stop: t.Sequence[StepResult], start: t.Sequence[StepResult]
    ) -> dict[str, Condition]:
        """Look how all that was noted is after the start."""
        running = [noted.name for noted in operation.noted if noted.ran]
        stops = dict(zip(running, stop))
        starts = dict(zip(reversed(running), start))
        names = [noted.name for noted in operation.noted]
        found = {}
        for name, state in zip(names, _states(names)):
            error = seconds = None
            stopped = name in stops and stops[name]["status"] == 0
            if stopped and name in starts and state != INACTIVE:
                seconds = round(starts[name]["ended"] - stops[name]["began"], 3)
            if name in running and (state == INACTIVE or (state == UNKNOWN and _failed(starts.get(name)))):
                error = f"did not start again{_said(starts.get(name))}"
            found[name] = Condition(stopped, state, seconds, error)
        return found


def _checked_name(text: str) -> str:
    name = text[: -len(_SUFFIX)] if text.endswith(_SUFFIX) else text
    if not _NAME.fullmatch(name):
        raise OcrModelError(f"services: {text} is no name of a service; nothing was touched")
    if not any(os.access(os.path.join(folder, name), os.X_OK) for folder in _FOLDERS):
        raise OcrModelError(
            f"services: {text} is not known: systemd does not run here, and there is no script {_FOLDERS[0]}/{name}; "
            "nothing was touched"
        )
    return name


def _states(names: t.Sequence[str]) -> list[str]:
    """Ask each script for the state of its service."""
    results = run_steps([{"run": ["service", name, "status"]} for name in names], _PATIENCE)
    return [_STATES.get(result["status"], UNKNOWN) for result in results]


def _failed(result: StepResult | None) -> bool:
    return result is None or result["status"] != 0


def _said(result: StepResult | None) -> str:
    """Return how a script ended, and the last line that it printed."""
    if result is None:
        return ""
    ended = " in time" if result["status"] is None else f" (exit status {result['status']})"
    lines = result["output"].splitlines()
    return f"{ended}: {lines[-1].strip()}" if lines else ended
