# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Stop services for the time of some work, and start again what ran, whatever happens."""

from __future__ import annotations

import signal
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.helper_client import HelperGone, ServiceHelper
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.identity import root
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import (
    Condition,
    Manager,
    Operation,
    StepResult,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.systemd import Systemd, is_booted

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def find_services(names: t.Sequence[str]) -> Manager:
    """Return what is known of the named services.

    Raises OcrModelError that names one that may not be stopped, and OSError where the init system does not answer.
    """
    if is_booted():
        return Systemd(names)
    # Only here: few hosts have no systemd.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.sysv import SysV

    return SysV(names)


class Interruption:
    """Whether the process was asked to end, from ``watch`` until ``rest``; then signals end it again."""

    def __init__(self) -> None:
        self.signal: str | None = None
        self._before: dict[int, t.Any] = {}

    def watch(self) -> None:
        """Note signals that would end the process."""
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._note)

    def rest(self) -> None:
        """Let signals do what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _note(self, number: int, _frame: object) -> None:
        self.signal = signal.Signals(number).name


class Pause:
    """Services that are stopped, then started again: enter it, ``stop``, do the work, ``start``, and leave it.

    ``failure`` is why nothing may be done meanwhile, if something went wrong with the stop.
    """

    def __init__(self, manager: Manager, operation: Operation, timeout: int) -> None:
        self.interruption = Interruption()
        self.failure: str | None = None
        self._manager = manager
        self._operation = operation
        self._timeout = timeout
        self._helper: ServiceHelper | None = None
        self._begun = False
        self._stop_results: list[StepResult] = []
        self._start_results: list[StepResult] = []
        self._stop_failures: dict[str, str] = {}

    @root()
    def __enter__(self) -> Pause:
        """Start the helper, which takes a moment, while there still is other work to do."""
        try:
            self._helper = ServiceHelper(self._operation, self._timeout)
        except OSError as error:
            self.failure = f"the service helper cannot be started ({error}), so no service was stopped"
        return self

    @root()
    def __exit__(self, *_unused: object) -> None:
        self.start()
        if self._helper is not None:
            self._helper.dismiss()

    @root()
    def stop(self) -> None:
        """Stop the services, and note in ``failure`` what went wrong. Signals are only noted from now on."""
        if self._helper is None:
            return
        self.interruption.watch()
        try:
            self._helper.wait_until_ready()
            self._begun = True
            self._stop_results = self._helper.ask("stop")
            self._stop_failures = self._manager.stop_failures(self._operation, self._stop_results)
        except HelperGone as gone:
            did = f"while it stopped {', '.join(self._operation.chosen)}" if self._begun else "before any stop"
            self.failure = f"the service helper ended {did} ({gone})"
            self._lose_helper()
        except OSError as error:
            self.failure = f"services: {reason_of(error)}"
        if self._stop_failures:
            self.failure = "; ".join(f"{name} {failure}" for name, failure in self._stop_failures.items())

    @root()
    def start(self) -> None:
        """Start what ran, once, and let signals do again what they did."""
        try:
            if self._begun:
                self._begun = False
                self._start()
        finally:
            self.interruption.rest()

    @root()
    def conditions(self) -> dict[str, Condition]:
        """Look how the services are now; ``error`` is what went wrong with the stop or the start of each.

        Raises OSError when they cannot be looked at.
        """
        found = self._manager.conditions(self._operation, self._stop_results, self._start_results)
        for name, failure in self._stop_failures.items():
            if found[name].error is None:
                found[name] = found[name]._replace(error=failure)
        return found

    def _start(self) -> None:
        if self._helper is not None and self._helper.busy:
            # Something went wrong here in the middle of a request. It starts them as if this process had ended.
            self._helper.abandon()
            self._helper = None
            return
        if self._helper is not None:
            try:
                self._start_results = self._helper.ask("start")
                return
            except HelperGone:
                self._lose_helper()
        # Only here: the helper's file need not be compiled where all goes well.
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service_helper import run_steps

        self._start_results = run_steps(self._operation.start, self._timeout)

    def _lose_helper(self) -> None:
        if self._helper is not None:
            self._helper.kill()
            self._helper = None
