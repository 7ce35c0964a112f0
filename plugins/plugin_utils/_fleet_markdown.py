# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write a fleet's summary as Markdown, in which untrusted text cannot become markup, short enough to be posted.

What issue trackers and chats take in one message is about 65,000 characters. Each part of the page has its share of
that, and says what it leaves out.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NEEDS_ACTION, NOTHING_TO_DO
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import STATUSES, TOTALS, Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import fitted, human_size, some, visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_table import NAME_WIDTH
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_words import (
    action_line,
    brief_columns,
    by_gain,
    host_cell,
    since_line,
    total_lines,
)

LENGTH = 60_000
"""The page has fewer characters than that."""

_ACTIONS, _TOTALS, _GROUPS, _MODELS, _HOSTS, _DRIFT = 21_000, 5_000, 6_000, 3_000, 15_000, 8_000
_CELL_WIDTH = 200
_SHOWN_HOSTS = 20
_SHOWN_VARIANTS = 5
_SHOWN_MODELS = 10
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@])")


def to_markdown(summary: Mapping[str, t.Any], *, title: str) -> str:
    """Return what needs action, the totals, the hosts with most to gain first, and the drift."""
    hosts = by_gain(summary["hosts"])
    columns = brief_columns(hosts)
    parts = [f"# {_escaped(title)}", *_actions(summary["actions"]), "## Totals"]
    totals = [(label, _escaped(text)) for label, text in total_lines(summary["totals"])]
    parts.append(_table(("Total", "Value"), totals, _TOTALS))
    change = since_line(summary)
    if change is not None:
        parts.append(f"Since {_escaped(change)}")
    parts += _by_group(summary["by_group"]) + _by_model(summary["by_model"])
    if hosts:
        rows: Iterable[Sequence[str]] = ([_escaped(host_cell(column, host)) for column in columns] for host in hosts)
        parts += ["## Hosts", _table([column.heading for column in columns], rows, _HOSTS, of=len(hosts))]
    if summary["drift"]:
        headings = ("Group", "Model", "Status", "Differs in", "Variants", "Hosts that differ")
        rows = map(_drift_cells, summary["drift"])
        parts += ["## Drift", _table(headings, rows, _DRIFT, of=len(summary["drift"]))]
    return "\n\n".join(parts)


def _actions(actions: Sequence[Row]) -> list[str]:
    if not actions:
        return [f"**{NOTHING_TO_DO}**"]
    parts = [f"## {NEEDS_ACTION}"]
    room = _ACTIONS // len(actions)
    for action in actions:
        rows = (
            (
                _names(reason["hosts"]),
                _escaped(reason["reason"] or ""),
                human_size(reason["bytes"]) if reason["bytes"] else "",
            )
            for reason in action["reasons"]
        )
        parts += [
            f"### {action_line(action)}",
            action["cure"],
            _table(("Hosts", "Reason", "To gain"), rows, room, of=len(action["reasons"])),
        ]
    return parts


def _by_group(groups: Sequence[Row]) -> list[str]:
    rows = (
        (
            *(_escaped(group["group"]), str(group["hosts"]), str(group["needs_action"]), str(group["models"])),
            *(human_size(group["bytes"]), human_size(group["reclaimable_bytes"])),
        )
        for group in groups
    )
    header = (
        "Group",
        *(TOTALS[name].label for name in ("hosts", "needs_action", "models", "bytes", "reclaimable_bytes")),
    )
    return ["## By group", _table(header, rows, _GROUPS, of=len(groups))] if groups else []


def _by_model(models: Sequence[Row]) -> list[str]:
    rows = (
        (_escaped(model["name"]), str(model["hosts"]), str(model["models"]), human_size(model["allocated_bytes"]))
        for model in models[:_SHOWN_MODELS]
    )
    header = ("Model", "Hosts", "Copies", "On disk")
    return ["## Largest models", _table(header, rows, _MODELS, of=len(models))] if models else []


def _drift_cells(row: Row) -> list[str]:
    return [
        _escaped(row["group"]),
        _escaped(row["name"]),
        STATUSES[row["status"]],
        row["kind"],
        _escaped(some([f"{value}: {hosts}" for value, hosts in row["variants"].items()], _SHOWN_VARIANTS)),
        "; ".join(
            f"{_escaped(value)}: {_names(hosts)}" for value, hosts in list(row["outliers"].items())[:_SHOWN_VARIANTS]
        ),
    ]


def _names(hosts: Sequence[str]) -> str:
    """Return the first of these hosts, escaped, each no longer than on the terminal."""
    shown = [_escaped(fitted(visible(host), NAME_WIDTH)) for host in hosts[:_SHOWN_HOSTS]]
    return some([*shown, *hosts[_SHOWN_HOSTS:]], _SHOWN_HOSTS)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], room: int, *, of: int = 0) -> str:
    """Return a table of as many of the rows, whose cells are escaped, as have room; there are ``of`` of them in all."""
    lines = [_line(header), _line(["---"] * len(header))]
    taken = sum(map(len, lines))
    for index, row in enumerate(rows):
        line = _line(row)
        taken += len(line) + 1
        if taken > room:
            lines += ["", f"… and {of - index} more"]
            break
        lines.append(line)
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", fitted(visible(text), _CELL_WIDTH))
