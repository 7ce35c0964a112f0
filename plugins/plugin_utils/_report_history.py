# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Compare a report with the last one of another run, and keep the totals of all runs. Pure.

What is compared is condensed into the report, so that a later batch of the same run, which replaces the report,
compares with the same one.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import CAUSES, NOT_YET_REACHED, seconds_of
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import MODELS_FOLLOW

COMPARED_TOTALS = (
    "hosts",
    "reported",
    "missing",
    "failed",
    "needs_action",
    "models",
    "bytes",
    "allocated_bytes",
    "stale_count",
    "stale_allocated_bytes",
    "incomplete_count",
    "incomplete_allocated_bytes",
    "pending_bytes",
    "reclaimable_bytes",
)
"""The totals that are kept and compared."""

KEPT_RUNS = 1000
"""How many runs the history has at most."""


def earlier_report(text: str, run_id: str) -> dict[str, t.Any] | None:
    """Return what the last report of another run said, condensed; None where there is none that can be read.

    ``text`` is the C(report.json) that is there, which may end where its models begin. One of this very run has the
    earlier one in it.
    """
    try:
        report = json.loads(f"{text}]}}" if text.endswith(f"{MODELS_FOLLOW}\n") else text)
        if report["meta"]["run"]["id"] == run_id:
            return _checked(report["earlier"])
        return _checked(
            {
                "time": report["meta"]["time"],
                "run": report["meta"]["run"],
                "totals": {name: report["totals"][name] for name in COMPARED_TOTALS},
                "causes": {row["host"]: row["causes"] for row in report["hosts"] if row["reason"] != NOT_YET_REACHED},
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def since(summary: Mapping[str, t.Any], earlier: Mapping[str, t.Any] | None) -> dict[str, t.Any] | None:
    """Return what changed since an earlier report: its time, run and totals, and hosts and causes that came and went.

    A host whose turn in this run has not come has neither gained nor lost a cause.
    """
    if earlier is None:
        return None
    before = earlier["causes"]
    now = {row["host"]: row["causes"] for row in summary["hosts"] if row["reason"] != NOT_YET_REACHED}
    waiting = {row["host"] for row in summary["hosts"] if row["reason"] == NOT_YET_REACHED}
    return {
        **{name: earlier[name] for name in ("time", "run", "totals")},
        "hosts_new": sorted(now.keys() - before.keys()),
        "hosts_gone": sorted(before.keys() - now.keys() - waiting),
        "causes_new": _gained(before, now),
        "causes_gone": _gained(now, {host: before[host] for host in before if host in now}),
    }


def history(text: str, summary: Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return the time, run and totals of each run that was reported, this one last.

    ``text`` is the C(history.jsonl) that is there. A batch replaces the entry of its own run; what is no entry is
    dropped.
    """
    meta = summary["meta"]
    totals = {name: summary["totals"][name] for name in COMPARED_TOTALS}
    own = {"time": meta["time"], "run": meta["run"], "totals": totals}
    kept = [entry for entry in map(_entry, text.splitlines()) if entry and entry["run"]["id"] != meta["run"]["id"]]
    return [*kept, own][-KEPT_RUNS:]


def _gained(before: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return for each cause the hosts that have it now and did not have it before."""
    gained: dict[str, list[str]] = {cause.key: [] for cause in CAUSES}
    for host in sorted(now):
        for key in now[host]:
            if key not in before.get(host, ()) and key in gained:
                gained[key].append(host)
    return {key: hosts for key, hosts in gained.items() if hosts}


def _checked(earlier: t.Any) -> dict[str, t.Any] | None:
    """Return a condensed report whose every part has its type; raises TypeError or KeyError for any other."""
    if earlier is None:
        return None
    if seconds_of(earlier["time"]) is None or not all(isinstance(earlier["run"][name], str) for name in ("kind", "id")):
        raise TypeError
    for name in COMPARED_TOTALS:
        value = earlier["totals"][name]
        if not (isinstance(value, int) or (value is None and name == "pending_bytes")):
            raise TypeError
    for host, causes in earlier["causes"].items():
        if not all(isinstance(text, str) for text in [host, *_list(causes)]):
            raise TypeError
    return t.cast("dict[str, t.Any]", earlier)


def _list(value: object) -> Iterable[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _entry(line: str) -> dict[str, t.Any] | None:
    try:
        entry = json.loads(line)
        return _checked({**entry, "causes": {}}) and entry
    except (ValueError, KeyError, TypeError):
        return None
