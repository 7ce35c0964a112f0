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
import json
import typing as t
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import jinja2
import markupsafe

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size, short_time, visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import problems_of

Row = dict[str, t.Any]

_MODEL_COLUMNS = ("name", "status", "bytes", "allocated_bytes", "modified", "in_use", "checksum", "stale_prefix")

# What could end a script element, or start a comment in it, is spelled out; JSON in ASCII has no line separators.
_SCRIPT_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}

_BAR_LENGTH = 1000
_PARTS = Path(__file__).resolve().parents[2] / "roles" / "ocr_fleet_report" / "files" / "page"


class Segment(t.NamedTuple):
    """One part of a host's bar: where it starts and how long it is, in thousandths of the longest bar."""

    kind: str
    size: int
    start: int
    length: int


def to_html(summary: Mapping[str, t.Any], *, title: str) -> str:
    """Return the page, made of the role's template, style sheet and script."""
    template, style, script = (
        (_PARTS / name).read_text(encoding="utf-8") for name in ("page.html.jinja", "page.css", "page.js")
    )
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, markupsafe.Markup) else visible(str(value)),
    )
    environment.filters.update(size=human_size, minute=short_time)
    totals = summary["totals"]
    parts = {host["host"]: _parts(host) for host in summary["hosts"]}
    longest = max((sum(sizes.values()) for sizes in parts.values()), default=0)
    gathered = sorted(host["gathered_at"] for host in summary["hosts"] if host["reason"] is None)
    differing = _differing(summary["drift"])
    hosts = [
        {
            **host,
            "bar": _bar(parts[host["host"]], longest),
            "differing": len(differing.get(host["host"], ())),
            "problems": problems_of(host),
        }
        for host in summary["hosts"]
    ]
    return environment.from_string(template).render(
        title=title,
        style=markupsafe.Markup(style),
        script=markupsafe.Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'",
        totals=totals,
        fleet_bar=_bar(_sum_parts(parts.values()), sum(sum(sizes.values()) for sizes in parts.values())),
        gathered=gathered,
        hosts=hosts,
        troubled=[host for host in hosts if host["problems"]],
        drift=[row for row in summary["drift"] if row["status"] == "current"],
        minor_drift=[row for row in summary["drift"] if row["status"] != "current"],
        drifting=len({row["name"] for row in summary["drift"] if row["status"] == "current"}),
        grouped=any(row["group"] != "all" for row in summary["drift"]),
        data=markupsafe.Markup(_embedded(summary, differing)),
    )


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _parts(host: Row) -> dict[str, int]:
    """Return the bytes of each part of a host's bar: what its models take, and what deleted ones still take."""
    if host["reason"] is not None:
        return {}
    current = host["bytes"] - host["stale_bytes"] - host["incomplete_bytes"]
    return {
        "current": max(current, 0),
        "stale": host["stale_bytes"],
        "incomplete": host["incomplete_bytes"],
        "pending": host["pending_bytes"] or 0,
    }


def _sum_parts(parts: t.Iterable[dict[str, int]]) -> dict[str, int]:
    sums = dict.fromkeys(("current", "stale", "incomplete", "pending"), 0)
    for sizes in parts:
        for kind, size in sizes.items():
            sums[kind] += size
    return sums


def _bar(sizes: dict[str, int], longest: int) -> list[Segment]:
    """Return the parts that are not empty. Each can be seen: it is at least a few thousandths long."""
    segments: list[Segment] = []
    start = 0
    for kind, size in sizes.items():
        if size:
            length = max(round(_BAR_LENGTH * size / longest), 4)
            segments.append(Segment(kind, size, start, length))
            start += length
    return segments


def _differing(drift: t.Iterable[Row]) -> dict[str, dict[str, list[str]]]:
    """Return for each host its models that differ from those of most hosts, and in what."""
    kinds: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in drift:
        if row["status"] == "current":
            for hosts in row["outliers"].values():
                for host in hosts:
                    if row["kind"] not in kinds[host][row["name"]]:
                        kinds[host][row["name"]].append(row["kind"])
    return kinds


def _embedded(summary: Mapping[str, t.Any], differing: Mapping[str, Mapping[str, list[str]]]) -> str:
    """Return what the script needs, as JSON that is safe inside a script element: the hosts, each with its models."""
    models: dict[str, list[list[t.Any]]] = defaultdict(list)
    for row in summary["models"]:
        models[row["host"]].append([row[name] for name in _MODEL_COLUMNS])
    data = {
        "model_columns": _MODEL_COLUMNS,
        "hosts": [
            {**host, "models": models[host["host"]], "differing": differing.get(host["host"], {})}
            for host in summary["hosts"]
        ],
    }
    return json.dumps(data, separators=(",", ":")).translate(_SCRIPT_ESCAPES)
