# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Write a fleet's summary for programs and spreadsheets: JSON, and CSV of models and of hosts."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import (
    EMPTY,
    HOST_COLUMNS,
    MISSING,
    MODEL_COLUMNS,
    Row,
    plain_text,
)

Summary = Mapping[str, t.Any]

HISTORY, MODELS = "history", "models"
MODELS_FOLLOW = f'"{MODELS}": ['
"""The line of C(report.json) behind which its models stand, which are most of it, if it has any."""
_ENCODER = json.JSONEncoder(ensure_ascii=False)

# What a spreadsheet may take for the start of a formula, and the white space before it that it may skip.
_FORMULA = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]|[\t\r\n]")


def to_json(summary: Summary) -> str:
    """Return the summary itself, without the history of other runs: a line for each row, the many rows of models last.

    A line for each item is what people can read and compare, and takes a fraction of the time of a line for each value.
    """
    parts = [_json_part(name, value) for name, value in summary.items() if name not in (HISTORY, MODELS)]
    return "{\n" + ",\n".join([*parts, _json_part(MODELS, summary[MODELS])]) + "\n}"


def to_line(value: object) -> str:
    """Return a value as one line of JSON."""
    return _ENCODER.encode(value)


def _json_part(name: str, value: object) -> str:
    if isinstance(value, list) and value:
        rows = ",\n".join(map(_ENCODER.encode, value))
        return f"{_ENCODER.encode(name)}: [\n{rows}\n]"
    return f"{_ENCODER.encode(name)}: {_ENCODER.encode(value)}"


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
            rows.append({"host": host["host"], "status": MISSING})
            continue
        paths = [directory["path"] for directory in host["directories"]]
        for path in paths or [host["path"]]:
            if (host["host"], path) not in with_models:
                rows.append({"host": host["host"], "path": path, "status": EMPTY})
    rows.sort(key=lambda row: t.cast(str, row["host"]))
    names = [column.name for column in MODEL_COLUMNS]
    return _written(
        [*names, "problem"],
        ([_cell(row.get(name)) for name in names] + [_cell(problems[row["host"]])] for row in rows),
    )


def to_hosts_csv(summary: Summary) -> str:
    """Return one line per host, with the columns of HOST_COLUMNS; what has several parts is one text."""
    names = [column.name for column in HOST_COLUMNS]
    return _written(names, ([_cell(host[name]) for name in names] for host in summary["hosts"]))


def _written(header: list[str], rows: Iterable[list[object]]) -> str:
    text = io.StringIO()
    # Text is always quoted: the writer leaves a carriage return bare, which readers take for the end of a line.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def problems_of(host: Row) -> list[str]:
    """Return what is wrong with a host, in a line each: no report, a failure, facts that were left out."""
    return [text for text in (host["reason"], host["failure"], *host["faults"]) if text is not None]


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        value = plain_text(value) or None
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value
