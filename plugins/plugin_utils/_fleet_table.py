# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write a fleet's summary as lines for a terminal: what needs action, then the hosts, then the totals."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NEEDS_ACTION, NOTHING_TO_DO
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import (
    counted,
    fitted,
    padded,
    some,
    text_width,
    visible,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_words import (
    action_line,
    brief_columns,
    by_gain,
    host_cell,
    since_line,
    total_lines,
)

NAME_WIDTH = 40
"""How many columns of the terminal a name may take."""

_SHOWN_HOSTS = 5
_SHOWN_REASONS = 5
_CELL_WIDTH = 24
_REASON_WIDTH = 160


def to_table(summary: Mapping[str, t.Any], *, rows: int) -> list[str]:
    """Return the lines: what needs action by cause, the hosts with most to gain first, and the totals.

    Shows that many hosts at most, and says how many there are beside them. A name takes at most NAME_WIDTH columns.
    """
    lines = _action_lines(summary["actions"])
    hosts = by_gain(summary["hosts"])
    if hosts and rows:
        lines += ["", *_host_lines(hosts[:rows])]
    if len(hosts) > rows:
        lines.append(f"... and {counted(len(hosts) - rows, 'more host')}")
    lines.append("")
    if summary["drift"]:
        models = len({row["name"] for row in summary["drift"]})
        lines.append(f"Drift: {models} models differ between hosts")
    change = since_line(summary)
    if change is not None:
        lines.append(f"Since {fitted(visible(change), _REASON_WIDTH)}")
    return lines + [f"{label}: {visible(text)}" for label, text in total_lines(summary["totals"])]


def _action_lines(actions: list[Mapping[str, t.Any]]) -> list[str]:
    if not actions:
        return [NOTHING_TO_DO]
    lines = [NEEDS_ACTION]
    for action in actions:
        lines += [f"  {action_line(action)}", f"    {action['cure']}"]
        for reason in action["reasons"][:_SHOWN_REASONS]:
            names = [fitted(visible(host), NAME_WIDTH) for host in reason["hosts"][: _SHOWN_HOSTS + 1]]
            names += [""] * (len(reason["hosts"]) - len(names))
            why = "" if reason["reason"] is None else f": {fitted(visible(reason['reason']), _REASON_WIDTH)}"
            lines.append(f"    - {some(names, _SHOWN_HOSTS)}{why}")
        if len(action["reasons"]) > _SHOWN_REASONS:
            lines.append(f"    - and {len(action['reasons']) - _SHOWN_REASONS} more reasons")
    return lines


def _host_lines(hosts: list[Mapping[str, t.Any]]) -> list[str]:
    columns = brief_columns(hosts)
    cells = [[column.heading.upper() for column in columns]]
    for host in hosts:
        texts = (host_cell(column, host) for column in columns)
        cells.append([fitted(text, _CELL_WIDTH if index else NAME_WIDTH) for index, text in enumerate(texts)])
    widths = [max(map(text_width, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in cells]
