# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write a fleet's summary as one HTML page that needs nothing outside itself.

The template escapes whatever it shows by default. Its own style and script are let in by their hashes, everything else
is forbidden by the page's content security policy.
"""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import jinja2
import markupsafe

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, STALE
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NEEDS_ACTION, NOTHING_TO_DO
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import (
    LABELS,
    PENDING,
    STATUSES,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size, short_time, visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import WHOLE_FLEET
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_words import last_runs, run_line
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._page_change import changes, lines
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._page_data import embedded

_BAR_LENGTH = 1000
_PARTS = Path(__file__).resolve().parents[2] / "roles" / "ocr_fleet_report" / "files" / "page"
# Each uses what those before it define.
_STYLES = ("page.css", "hosts.css", "print.css")
_SCRIPTS = ("elements.js", "data.js", "hosts.js", "panel.js", "state.js", "table.js", "page.js")

# What is named at most; the other files of the report have the rest.
_NAMES_FIRST, _NAMES_AT_MOST = 5, 100
_REASONS_SHOWN = 4
_VARIANTS_SHOWN = 8
_MODELS_FIRST, _MODELS_AT_MOST = 8, 100
_HOSTS_WITHOUT_SCRIPT = 200

# Where a name may go on in the next line: no line ends inside a word. An entity of HTML has none of these.
_SEPARATORS = re.compile(r"([-._/:@\\]+)(?=[^-._/:@\\])")


class Segment(t.NamedTuple):
    """One part of the fleet's bar: where it starts and how long it is, in thousandths of the bar."""

    kind: str
    size: int
    start: int
    length: int


def to_html(summary: Mapping[str, t.Any], *, title: str) -> str:
    """Return the page, made of the role's template, style sheets and scripts."""
    style = "".join(_part(name) for name in _STYLES)
    script = '"use strict";\n(() => {\n' + "".join(_part(name) for name in _SCRIPTS) + "})();\n"
    hosts = summary["hosts"]
    drift = [_shown_drift(row) for row in summary["drift"]]
    current = [row for row in drift if row["status"] == CURRENT]
    return (
        _environment()
        .from_string(_part("page.html.jinja"))
        .render(
            title=title,
            style=markupsafe.Markup(style),
            script=markupsafe.Markup(script),
            policy=f"default-src 'none'; img-src data:; style-src {_source(style)}; script-src {_source(script)}; "
            "base-uri 'none'; form-action 'none'",
            statuses=STATUSES,
            label=LABELS,
            needs_action=NEEDS_ACTION,
            nothing_to_do=NOTHING_TO_DO,
            totals=summary["totals"],
            meta=summary.get("meta"),
            actions=[_shown_action(action) for action in summary["actions"]],
            runs=[(label, kind, run_line(run)) for label, kind, run in last_runs(summary["totals"])],
            since=changes(summary, _NAMES_FIRST),
            lines=lines(summary.get("history", ())),
            by_group=summary["by_group"],
            largest=summary["by_model"][:_MODELS_FIRST],
            further=summary["by_model"][_MODELS_FIRST:_MODELS_AT_MOST],
            more_models=max(len(summary["by_model"]) - _MODELS_AT_MOST, 0),
            fleet_bar=_bar(_parts(summary["totals"])),
            gathered=sorted(host["gathered_at"] for host in hosts if host["reason"] is None),
            hosts=hosts,
            plain=hosts[:_HOSTS_WITHOUT_SCRIPT],
            drift=current,
            minor_drift=[row for row in drift if row["status"] != CURRENT],
            drifting=len({row["name"] for row in current}),
            grouped=any(row["group"] != WHOLE_FLEET for row in drift),
            data=markupsafe.Markup(embedded(summary)),
        )
    )


def _part(name: str) -> str:
    return (_PARTS / name).read_text(encoding="utf-8")


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, markupsafe.Markup) else visible(str(value)),
    )
    environment.filters.update(
        size=human_size,
        minute=short_time,
        breakable=_breakable,
        grouped=lambda number: f"{number:,}",
        quoted=lambda text: quote(text, safe=""),
    )
    return environment


def _breakable(name: object) -> markupsafe.Markup:
    """Return a name that may go on in the next line after its separators."""
    return markupsafe.Markup(_SEPARATORS.sub(r"\1<wbr>", str(markupsafe.escape(visible(str(name))))))


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _parts(totals: Row) -> dict[str, int]:
    """Return the bytes of each part of the fleet's bar: what its models take, and what deleted ones still take."""
    return {
        CURRENT: max(totals["bytes"] - totals["stale_bytes"] - totals["incomplete_bytes"], 0),
        STALE: totals["stale_bytes"],
        INCOMPLETE: totals["incomplete_bytes"],
        PENDING: totals["pending_bytes"] or 0,
    }


def _bar(sizes: dict[str, int]) -> list[Segment]:
    """Return the parts that are not empty. Each can be seen: it is at least a few thousandths long."""
    whole = sum(sizes.values())
    segments: list[Segment] = []
    start = 0
    for kind, size in sizes.items():
        if size:
            length = max(round(_BAR_LENGTH * size / whole), 4)
            segments.append(Segment(kind, size, start, length))
            start += length
    return segments


def _shown_action(action: Row) -> Row:
    """Return what needs action with those of its reasons and hosts that the page names."""
    shown = [
        {**reason, "first": reason["hosts"][:_NAMES_FIRST], "more": max(len(reason["hosts"]) - _NAMES_FIRST, 0)}
        for reason in action["reasons"][:_REASONS_SHOWN]
    ]
    return {**action, "shown": shown, "more": len(action["reasons"]) - len(shown)}


def _shown_drift(row: Row) -> Row:
    """Return a difference with those of its variants and hosts that the page names, the most common variants first."""
    variants = sorted(row["variants"].items(), key=lambda item: -item[1])
    kept = {value for value, _hosts in variants[:_VARIANTS_SHOWN]}
    shown = []
    for value, hosts in row["variants"].items():
        if value in kept:
            names = row["outliers"].get(value, [])
            first, rest = names[:_NAMES_FIRST], names[_NAMES_FIRST:_NAMES_AT_MOST]
            unnamed = len(names) - len(first) - len(rest)
            shown.append({"value": value, "hosts": hosts, "first": first, "rest": rest, "unnamed": unnamed})
    return {**row, "shown": shown, "unshown": len(variants) - len(shown)}
