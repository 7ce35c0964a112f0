# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Tell what needs somebody's action: the table of causes, and the hosts that each of them has. Pure."""

from __future__ import annotations

import calendar
import re
import typing as t
from collections.abc import Callable, Iterable

from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import IN_USE
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import natural_order, short_time, some
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._host_facts import LACKING_STATES
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import DRY_RUN, FAILED, PRUNED, SUCCEEDED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._run_facts import is_prune

NOTHING_TO_DO = "Nothing to do"
NEEDS_ACTION = "Needs action"
NOT_YET_REACHED = "not yet reached"
"""The reason of a host whose turn in the run has not come. It needs nobody's action."""

_SHOWN_NAMES = 3
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|\+00:00)")


class Limits(t.NamedTuple):
    """What is too full and too old: a share of the disk in percent, and an age, as of a time in UTC by ISO 8601.

    Without a time no facts are too old.
    """

    disk_percent: int = 90
    max_age: Age = Age("7d", 7 * 86400)
    time: str | None = None


USUAL_LIMITS = Limits()


class Cause(t.NamedTuple):
    """Why hosts need action.

    ``key`` is stable, for programs; ``label`` and ``cure`` are for people. ``reason`` returns why a host has this
    cause: a text, '' where the label says it all, None where the host does not have it. ``gain`` returns the bytes that
    the cure gives back on a host that has it, and is None where it gives none back.
    """

    key: str
    label: str
    cure: str
    reason: Callable[[Row, Limits], str | None]
    gain: Callable[[Row], int] | None = None


def needed_actions(hosts: Iterable[Row], limits: Limits) -> list[Row]:
    """Return what needs action, by cause: the most urgent cause first, no cause without a host, empty for none.

    Takes the rows of the hosts. Each action has the ``key``, ``label`` and ``cure`` of its cause, the names of its
    ``hosts``, the allocated ``bytes`` that the cure gives back or None where it gives none back, and ``reasons``: the
    same hosts by their ``reason``, which is None where the label says it all, each with its ``hosts`` and ``bytes``.
    Reasons and hosts with most bytes come first, then reasons with most hosts; then reasons by the alphabet, and hosts
    as people count. A host may be in several actions, so the bytes of actions do not add up.
    """
    rows = list(hosts)
    actions = []
    for cause in CAUSES:
        found: dict[str, list[tuple[str, int]]] = {}
        for row in rows:
            # Of a host without facts nothing else is known.
            known = row["reason"] is None or cause.key == _NO_REPORT
            reason = cause.reason(row, limits) if known else None
            if reason is not None:
                found.setdefault(reason, []).append((row["host"], cause.gain(row) if cause.gain else 0))
        if found:
            actions.append(_action(cause, found))
    return actions


def _action(cause: Cause, found: dict[str, list[tuple[str, int]]]) -> Row:
    reasons = [
        {
            "reason": reason or None,
            "hosts": [host for host, _gain in _ordered(hosts)],
            "bytes": sum(gain for _host, gain in hosts) if cause.gain else None,
        }
        for reason, hosts in sorted(
            found.items(), key=lambda item: (-sum(gain for _host, gain in item[1]), -len(item[1]), item[0])
        )
    ]
    everyone = [pair for hosts in found.values() for pair in hosts]
    return {
        "key": cause.key,
        "label": cause.label,
        "cure": cause.cure,
        "hosts": [host for host, _gain in _ordered(everyone)],
        "bytes": sum(gain for _host, gain in everyone) if cause.gain else None,
        "reasons": reasons,
    }


def _ordered(hosts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(hosts, key=lambda pair: (-pair[1], natural_order(pair[0])))


def _no_report(row: Row, _limits: Limits) -> str | None:
    return None if row["reason"] == NOT_YET_REACHED else t.cast("str | None", row["reason"])


def _prune_failed(row: Row, _limits: Limits) -> str | None:
    return row["failure"] if is_prune(row) and row["run_outcome"] == FAILED else None


def _failed(row: Row, limits: Limits) -> str | None:
    return row["failure"] if _prune_failed(row, limits) is None else None


def _engine(row: Row, _limits: Limits) -> str | None:
    if row["engine_state"] not in ("failed", "absent"):
        return None
    message = row["engine_message"]
    return f"{row['engine_state']}: {message}" if message else str(row["engine_state"])


def _required(row: Row, _limits: Limits) -> str | None:
    parts = []
    for state in LACKING_STATES:
        names = [model["name"] for model in row["required"] if model["state"] == state]
        if names:
            parts.append(f"{state}: {some(names, _SHOWN_NAMES)}")
        elif row[f"{state}_count"]:
            parts.append(f"{row[f'{state}_count']} {state}")
    return "; ".join(parts) or None


def _pending(row: Row, _limits: Limits) -> str | None:
    if not row["pending_bytes"]:
        return None
    holders = sorted(
        {str(found["unit"] or found["command"] or found["pid"]) for found in row["holders"] if found["pending"]}
    )
    return f"held by {some(holders, _SHOWN_NAMES)}" if holders else ""


def _disk(row: Row, limits: Limits) -> str | None:
    percent = used_percent(row)
    return f"{percent} % used" if percent is not None and percent >= limits.disk_percent else None


def _too_old(row: Row, limits: Limits) -> str | None:
    if limits.time is None:
        return None
    # Each call of the role replaces the facts of its own directories only.
    times = {row["gathered_at"], *(directory["gathered_at"] for directory in row["directories"])}
    ages = [
        (seconds, time) for time in times if time is not None for seconds in [seconds_of(time)] if seconds is not None
    ]
    now = seconds_of(limits.time)
    if now is None or not ages or now - min(ages)[0] <= limits.max_age.seconds:
        return None
    return f"gathered {short_time(min(ages)[1])[:-6]}"


def _stale(row: Row, _limits: Limits) -> str | None:
    if not row["stale_count"]:
        return None
    left = row["run_kind"] == PRUNED or (row["run_kind"] == DRY_RUN and row["run_pruned"] == 0)
    if not left or row["run_outcome"] != SUCCEEDED or (row["run_kept"] or 0) < row["stale_count"]:
        return ""
    # The next prune keeps them too. That is as it was asked for, but where a process has them.
    in_use = [reason for reason in row["run_kept_reasons"] if reason.startswith(IN_USE)]
    return f"kept, {some(in_use, _SHOWN_NAMES)}" if in_use else None


def _incomplete(row: Row, _limits: Limits) -> str | None:
    return "" if row["incomplete_count"] else None


def _faulty(row: Row, _limits: Limits) -> str | None:
    return "; ".join(row["faults"]) or None


def used_percent(row: Row) -> int | None:
    """Return how much of the host's disk users cannot have any more, in whole percent; None where that is not known."""
    total, available = row["disk_total_bytes"], row["disk_available_bytes"]
    if not total or available is None:
        return None
    return int(max(total - available, 0) * 100 // total)


def seconds_of(time: str) -> int | None:
    """Return a time in UTC by ISO 8601 in seconds, None for a year that no clock shows, and for any other text."""
    match = _TIME.fullmatch(time)
    try:
        return calendar.timegm(tuple(map(int, match.groups()))) if match else None
    except (ValueError, OverflowError):
        return None


_NO_REPORT = "no_report"
_AGAIN = "Mend what the reason says, then run ocrfleet.aspose.maintain on these hosts again."
CAUSES: tuple[Cause, ...] = (
    Cause(_NO_REPORT, "No report", "Mend what the reason says, then report these hosts again (--limit).", _no_report),
    Cause("prune_failed", "Prune failed", _AGAIN, _prune_failed, lambda row: row["stale_allocated_bytes"]),
    Cause("failed", "Failed", _AGAIN, _failed),
    Cause(
        "engine_failed",
        "Engine failed or absent",
        "Do what the message says; without the SDK, set ocr_maintenance_path and ocr_maintenance_engine=skip.",
        _engine,
    ),
    Cause(
        "required_models",
        "Required models missing or different",
        "Put the required models there again, as they were named with their checksum or size.",
        _required,
    ),
    Cause(
        "pending",
        "Pending",
        "Restart what holds deleted models, or name its service in ocr_maintenance_services and prune again.",
        _pending,
        lambda row: row["pending_bytes"],
    ),
    Cause(
        "disk_full",
        "Disk nearly full",
        "Prune what is stale and incomplete; if that is too little, make the file system larger.",
        _disk,
        lambda row: row["reclaimable_bytes"],
    ),
    Cause(
        "facts_old",
        "Facts too old",
        "Report these hosts again, and see why they stopped reporting.",
        _too_old,
    ),
    Cause(
        "stale",
        "Stale models",
        "Run ocrfleet.aspose.maintain with ocr_maintenance_prune=true; first with --check.",
        _stale,
        lambda row: row["stale_allocated_bytes"],
    ),
    Cause(
        "incomplete",
        "Incomplete models",
        "Prune with ocr_maintenance_incomplete=true, unless a download is going on.",
        _incomplete,
        lambda row: row["incomplete_allocated_bytes"],
    ),
    Cause("faulty", "Facts left out", "See what these hosts report: a part of it is not as documented.", _faulty),
)
"""Every cause there is, the most urgent first."""
