# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real pauses of a service that only writes words into a file."""

from __future__ import annotations

import signal
import threading
import typing as t
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import (
    Condition,
    Manager,
    Noted,
    Operation,
    Service,
    StepResult,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.services import Pause


class Words(Manager):
    """A manager of one service, whose commands write words into a file; the last word is its state."""

    services = (Service("ocr", "active", None),)

    def __init__(self, file: Path) -> None:
        self.file = file
        self.stop_failure: str | None = None

    def runs(self, name: str) -> bool:
        return True

    def ends(self, name: str) -> None:
        return None

    def operation(self, chosen: t.Sequence[str], stop: str = "", start: str = "") -> Operation:
        steps = [
            {"run": ["sh", "-c", f"{text}echo {word} >> {self.file}"]}
            for word, text in (("stop", stop), ("start", start))
        ]
        return Operation(tuple(chosen), (Noted("ocr", "active", True),), (steps[0],), (steps[1],))

    def stop_failures(self, operation: Operation, results: t.Sequence[StepResult]) -> dict[str, str]:
        return {} if self.stop_failure is None else {"ocr": self.stop_failure}

    def conditions(
        self, operation: Operation, stop: t.Sequence[StepResult], start: t.Sequence[StepResult]
    ) -> dict[str, Condition]:
        return {"ocr": Condition(True, words(self.file)[-1], None, None)}


def pause_of(file: str | Path, stop: str = "", start: str = "", timeout: int = 20) -> Pause:
    """A pause of the service, whose stop and start do something more."""
    manager = Words(Path(file))
    return Pause(manager, manager.operation(["ocr"], stop, start), timeout)


def ask_to_end(number: signal.Signals) -> None:
    """Send a signal to this very thread, which has it when this returns.

    What is sent to the process another thread may get, and so later: pytest's workers have several.
    """
    signal.pthread_kill(threading.get_ident(), number)


def words(file: Path) -> list[str]:
    """What was done, in order."""
    return file.read_text(encoding="ascii").split() if file.exists() else []
