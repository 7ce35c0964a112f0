# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What the report's page says of earlier runs: what changed since the last one, and how the totals went. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import BYTES, TOTALS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_words import came_and_went

LINE_WIDTH, LINE_HEIGHT = 240, 40
_RUNS_SHOWN = 60
_MINUS = "\u2212"
_COMPARED = ("hosts", "reported", "needs_action", "models", "bytes", "reclaimable_bytes", "pending_bytes")


def changes(summary: Mapping[str, t.Any], names_shown: int) -> Row | None:
    """Return what changed since the last report of another run, None where there is none.

    ``totals`` has a label, the value now and the difference for each total that changed; ``hosts`` has what came and
    went: what it is, the first of the hosts, and how many others there are.
    """
    since = summary.get("since")
    if since is None:
        return None
    totals = []
    for name in _COMPARED:
        now, before = summary["totals"][name], since["totals"][name]
        if now is not None and before is not None and now != before:
            sign = "+" if now > before else _MINUS
            totals.append((TOTALS[name].label, _shown(name, now), f"{sign}{_shown(name, abs(now - before))}"))
    return {
        "time": since["time"],
        "totals": totals,
        "hosts": [
            (what, hosts[:names_shown], max(len(hosts) - names_shown, 0)) for what, hosts in came_and_went(since)
        ],
    }


def _shown(name: str, value: int) -> str:
    return human_size(value) if TOTALS[name].kind == BYTES else f"{value:,}"


def lines(history: Sequence[Mapping[str, t.Any]]) -> list[Row]:
    """Return a line for each sum that is worth one: its label, first and last value, points, and where it ends.

    Takes the entries of the history. The points lie in a box of LINE_WIDTH by LINE_HEIGHT. One run makes no line.
    """
    entries = history[-_RUNS_SHOWN:]
    found = []
    for name in ("bytes", "reclaimable_bytes"):
        values = [entry["totals"][name] for entry in entries]
        if len(values) > 1:
            highest = max(values) or 1
            points = [
                (round(LINE_WIDTH * index / (len(values) - 1), 1), round(LINE_HEIGHT * (1 - value / highest), 1))
                for index, value in enumerate(values)
            ]
            found.append(
                {
                    "label": TOTALS[name].label,
                    "first": values[0],
                    "last": values[-1],
                    "runs": len(values),
                    "since": entries[0]["time"],
                    "points": " ".join(f"{x:g},{y:g}" for x, y in points),
                    "end": points[-1],
                }
            )
    return found
