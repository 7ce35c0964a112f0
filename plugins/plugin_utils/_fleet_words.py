# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Word what the summary of a fleet says, for the forms that people read as text: the terminal and Markdown."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import CAUSES
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import (
    BRIEF_HOST_COLUMNS,
    LABELS,
    OF_A_RUN,
    UNKNOWN,
    Column,
    Row,
    shown,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import (
    counted,
    human_size,
    natural_order,
    short_time,
    some,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import DRY_RUN, PRUNED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._run_facts import is_prune

Summary = Mapping[str, t.Any]

_SHOWN_VALUES = 10
_SHOWN_HOSTS = 5


def by_gain(hosts: list[Row]) -> list[Row]:
    """Return the hosts that reported: those first with most to gain, then in the order of people, who count."""
    known = [host for host in hosts if host["reason"] is None]
    return sorted(known, key=lambda host: (-host["reclaimable_bytes"], natural_order(host["host"])))


def brief_columns(hosts: list[Row]) -> list[Column]:
    """Return the columns of a narrow table of these hosts: without those of the last run where no run was a prune."""
    columns = []
    for column in BRIEF_HOST_COLUMNS:
        if not column.name.startswith(OF_A_RUN) or any(map(is_prune, hosts)):
            columns.append(column)
    return columns


def host_cell(column: Column, host: Row) -> str:
    """Return what a narrow table says of a host; of a last run only where it was a prune, C(would) for a dry one."""
    if not column.name.startswith(OF_A_RUN):
        return shown(column, host)
    if not is_prune(host):
        return ""
    text = shown(column, host)
    return f"would {text}" if column.counted_by and host["run_kind"] == DRY_RUN else text


def action_line(action: Row) -> str:
    """Return what a cause comes to: C(Stale models: 2 hosts, 4.20 GiB to gain)."""
    gain = f", {human_size(action['bytes'])} to gain" if action["bytes"] else ""
    return f"{action['label']}: {counted(len(action['hosts']), 'host')}{gain}"


def total_lines(totals: Row) -> list[tuple[str, str]]:
    """Return the totals, each with its label; those that say nothing are left out."""

    def sum_of(kind: str) -> str:
        return f"{totals[f'{kind}_count']} ({size(totals[f'{kind}_bytes'])})"

    def size(value: int) -> str:
        return f"{human_size(value)}, {value} bytes"

    def known(name: str, words: t.Callable[[int], str]) -> str:
        unknown = totals[f"{name}_unknown_hosts"]
        text = UNKNOWN if totals[name] is None else words(totals[name])
        return f"{text}, unknown on {counted(unknown, 'host')}" if unknown else text

    def frequencies(of: Mapping[str, int]) -> str:
        return some([f"{value}: {hosts}" for value, hosts in of.items()], _SHOWN_VALUES)

    failed = f", {totals['failed']} failed" if totals["failed"] else ""
    waiting = f", {totals['not_yet_reached']} not yet reached" if totals["not_yet_reached"] else ""
    lines = [
        (
            LABELS["hosts"],
            f"{totals['hosts']}, {totals['reported']} reported{failed}, {totals['missing']} missing{waiting}",
        ),
        (LABELS["models"], f"{totals['models']} ({size(totals['bytes'])})"),
        (LABELS["reclaimable_bytes"], size(totals["reclaimable_bytes"])),
        (LABELS["stale_allocated_bytes"], f"{sum_of('stale')} on {counted(totals['stale_hosts'], 'host')}"),
        (LABELS["incomplete_allocated_bytes"], sum_of("incomplete")),
        (LABELS["in_use_count"], known("in_use_count", str)),
        (LABELS["pending_bytes"], known("pending_bytes", size)),
        *[(label, run_line(run)) for label, _kind, run in last_runs(totals)],
        (LABELS["engine_state"], frequencies(totals["engine_states"])),
        ("SDK versions", frequencies(totals["sdk_versions"])),
    ]
    return [(label, text) for label, text in lines if text]


def last_runs(totals: Row) -> list[tuple[str, str, Row]]:
    """Return the label and the kind of the last runs that were prunes, with what they came to."""
    labels = {DRY_RUN: "Last dry run", PRUNED: "Last prune"}
    return [(labels[kind], kind, run) for kind, run in totals["runs"].items()]


def run_line(run: Row) -> str:
    """Return what the last runs of one kind came to."""
    parts = [f"{counted(run['pruned'], 'model')} ({human_size(run['freed_bytes'])}, {run['freed_bytes']} bytes)"]
    parts.append(f"kept {run['kept']}")
    if run["services"]:
        parts.append(f"stopped {counted(run['services'], 'service')}, down for {run['down_seconds']:g} s at most")
    return f"{', '.join(parts)} on {counted(run['hosts'], 'host')}"


def came_and_went(change: Row) -> list[tuple[str, list[str]]]:
    """Return what came and went since the last report of another run, each with its hosts: hosts, then causes."""
    found = [("New hosts", change["hosts_new"]), ("Hosts gone", change["hosts_gone"])]
    for what, causes in (("New", change["causes_new"]), ("No longer", change["causes_gone"])):
        found += [(f"{what}: {cause.label}", causes[cause.key]) for cause in CAUSES if cause.key in causes]
    return [(what, hosts) for what, hosts in found if hosts]


def since_line(summary: Summary) -> str | None:
    """Return in one line what changed since the last report of another run, None where there is none."""
    change = summary.get("since")
    if change is None:
        return None
    gain = summary["totals"]["reclaimable_bytes"] - change["totals"]["reclaimable_bytes"]
    parts = [f"to gain {'-' if gain < 0 else '+'}{human_size(abs(gain))}"]
    parts += [f"{what[0].lower()}{what[1:]}: {some(hosts, _SHOWN_HOSTS)}" for what, hosts in came_and_went(change)]
    return f"{short_time(change['time'])} UTC: {'; '.join(parts)}"
