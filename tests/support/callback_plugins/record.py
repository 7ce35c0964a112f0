# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback that writes each task result as a line of JSON to the file that OCR_FLEET_RECORD names."""

from __future__ import annotations

import json
import os
import time
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Write each task result as a line of JSON
description:
  - Writes each task result as a line of JSON to the file that E(OCR_FLEET_RECORD) names.
  - Where E(OCR_FLEET_RECORD_VALUES) is V(no), what the module returned is left out and not even looked at, so that a
    large result takes no longer to record than a small one.
"""


class CallbackModule(CallbackBase):
    """Record every result of every host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    _play = ""

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        self._play = play.get_name()

    def _record(self, status: str, result: t.Any) -> None:
        task = result._task
        line = {
            "at": time.monotonic(),
            "play": self._play,
            "host": result._host.get_name(),
            "task": task.name,
            "action": task.resolved_action or task.action,
            "status": status,
            "result": {} if os.environ.get("OCR_FLEET_RECORD_VALUES") == "no" else result._result,
        }
        with open(os.environ["OCR_FLEET_RECORD"], "a", encoding="utf-8") as record:
            record.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._record("changed" if result.is_changed() else "ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._record("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._record("unreachable", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._record("skipped", result)
