# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write a fleet's summary as text: CSV, JSON, Markdown, and a table for the terminal."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size, short_time, visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import MODEL_COLUMNS

Summary = Mapping[str, t.Any]
Row = Mapping[str, t.Any]

_UNKNOWN = "?"

_HOST_HEADINGS = ("Host", "Models", "Size", "Stale", "Incomplete", "In use", "Pending", "Engine", "Gathered (UTC)")

# What a spreadsheet may take for the start of a formula, and the white space before it that it may skip.
_FORMULA = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n]")

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@])")


def to_json(summary: Summary) -> str:
    """Return the summary itself."""
    return json.dumps(summary, indent=2, ensure_ascii=False)


def to_csv(summary: Summary) -> str:
    """Return one line per host and model, with the columns of the summary's models, and what is wrong with the host.

    So that none is dropped, a host that did not report, and a directory without models, has one line without a name,
    whose status is C(missing) and C(empty). A cell that a spreadsheet could take for a formula starts with an
    apostrophe.
    """
    rows = list(summary["models"])
    with_models = {(row["host"], row["path"]) for row in rows}
    problems = {host["host"]: "; ".join(problems_of(host)) or None for host in summary["hosts"]}
    for host in summary["hosts"]:
        if host["reason"] is not None:
            rows.append({"host": host["host"], "status": "missing"})
            continue
        paths = [directory["path"] for directory in host["directories"]]
        for path in paths or [host["path"]]:
            if (host["host"], path) not in with_models:
                rows.append({"host": host["host"], "path": path, "status": "empty"})
    rows.sort(key=lambda row: t.cast(str, row["host"]))

    text = io.StringIO()
    # Text is always quoted: the writer leaves a carriage return bare, which readers take for the end of a line.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow((*MODEL_COLUMNS, "problem"))
    writer.writerows([_cell(row.get(name)) for name in MODEL_COLUMNS] + [_cell(problems[row["host"]])] for row in rows)
    return text.getvalue().rstrip("\n")


def problems_of(host: Row) -> list[str]:
    """Return what is wrong with a host, in a line each: no report, a failure, facts that were left out."""
    return [text for text in (host["reason"], host["failure"], *host["faults"]) if text is not None]


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def to_markdown(summary: Summary, *, title: str) -> str:
    """Return totals, hosts and drift as Markdown tables, in which untrusted text cannot become markup."""
    totals = summary["totals"]
    hosts = summary["hosts"]
    parts = [
        f"# {_markdown(title)}",
        _markdown_table(("Total", "Value"), [(label, _markdown(value)) for label, value in _total_lines(totals)]),
        "## Hosts",
        _markdown_table(
            _HOST_HEADINGS,
            [[_markdown(cell) for cell in _host_cells(host)] for host in hosts if host["reason"] is None],
        ),
    ]
    for heading, column, chosen in (
        ("Hosts without a report", "Reason", [host for host in hosts if host["reason"] is not None]),
        ("Hosts with problems", "Problem", [host for host in hosts if host["reason"] is None and problems_of(host)]),
    ):
        if chosen:
            rows = [(_markdown(host["host"]), _markdown("; ".join(problems_of(host)))) for host in chosen]
            parts += [f"## {heading}", _markdown_table(("Host", column), rows)]
    if summary["drift"]:
        parts += [
            "## Drift",
            _markdown_table(
                ("Group", "Model", "Status", "Differs in", "Variants", "Hosts that differ"),
                [[_markdown(cell) for cell in _drift_cells(row)] for row in summary["drift"]],
            ),
        ]
    return "\n\n".join(parts)


def _markdown(text: str) -> str:
    return _MARKDOWN_SPECIAL.sub(r"\\\1", visible(text))


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _total_lines(totals: Row) -> list[tuple[str, str]]:
    def sum_of(kind: str) -> str:
        return f"{totals[f'{kind}_count']} ({size(totals[f'{kind}_bytes'])})"

    def size(value: int) -> str:
        return f"{human_size(value)}, {value} bytes"

    def known(name: str, shown: t.Callable[[int], str]) -> str:
        unknown = totals[f"{name}_unknown_hosts"]
        text = _UNKNOWN if totals[name] is None else shown(totals[name])
        return f"{text}, unknown on {unknown} hosts" if unknown else text

    def counted(frequencies: Mapping[str, int]) -> str:
        return ", ".join(f"{value}: {hosts}" for value, hosts in frequencies.items())

    failed = f", {totals['failed']} failed" if totals["failed"] else ""
    return [
        ("Hosts", f"{totals['hosts']}, {totals['reported']} reported{failed}, {totals['missing']} missing"),
        ("Models", f"{totals['models']} ({size(totals['bytes'])})"),
        ("Stale", f"{sum_of('stale')} on {totals['stale_hosts']} hosts"),
        ("Incomplete", sum_of("incomplete")),
        ("In use", known("in_use_count", str)),
        ("Pending", known("pending_bytes", size)),
        ("Engine", counted(totals["engine_states"])),
        ("SDK versions", counted(totals["sdk_versions"])),
    ]


def _host_cells(host: Row) -> list[str]:
    def sum_of(kind: str) -> str:
        return f"{host[f'{kind}_count']} ({human_size(host[f'{kind}_bytes'])})" if host[f"{kind}_count"] else "0"

    pending = host["pending_bytes"]
    return [
        host["host"],
        str(host["count"]),
        human_size(host["bytes"]),
        sum_of("stale"),
        sum_of("incomplete"),
        _UNKNOWN if host["in_use_count"] is None else str(host["in_use_count"]),
        _UNKNOWN if pending is None else human_size(pending) if pending else "0",
        " ".join(filter(None, (host["engine_state"], host["engine_version"]))),
        short_time(host["gathered_at"]),
    ]


def _drift_cells(row: Row) -> list[str]:
    return [
        row["group"],
        row["name"],
        row["status"],
        row["kind"],
        ", ".join(f"{value}: {hosts}" for value, hosts in row["variants"].items()),
        "; ".join(f"{value}: {', '.join(hosts)}" for value, hosts in row["outliers"].items()),
    ]


def to_table(summary: Summary, *, rows: int) -> list[str]:
    """Return the lines of a table for the terminal: those hosts first that need somebody's attention.

    Shows that many hosts at most, and says how many there are beside them.
    """
    hosts = sorted(summary["hosts"], key=_attention)
    shown = hosts[:rows]
    cells: list[tuple[str, ...]] = [
        ("HOST", "MODELS", "SIZE", "STALE", "INCOMPLETE", "IN USE", "PENDING", "ENGINE", "GATHERED (UTC)")
    ]
    cells += [tuple(map(visible, _host_cells(host))) for host in shown if host["reason"] is None]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]
    for host in shown:
        what = "" if host["reason"] is None else "no report: "
        lines += [f"{visible(host['host'])}: {what}{visible(problem)}" for problem in problems_of(host)]
    if len(hosts) > len(shown):
        lines.append(f"... and {len(hosts) - len(shown)} more hosts")
    if summary["drift"]:
        models = len({row["name"] for row in summary["drift"]})
        lines.append(f"Drift: {models} models differ between hosts")
    return lines + [f"{label}: {visible(value)}" for label, value in _total_lines(summary["totals"]) if value]


def _attention(host: Row) -> tuple[int, str]:
    if host["reason"] is not None:
        return 0, host["host"]
    if problems_of(host):
        return 1, host["host"]
    return 2 if host["stale_count"] or host["incomplete_count"] or host["pending_bytes"] else 3, host["host"]
