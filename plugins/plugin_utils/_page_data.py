# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What the script of the report's page reads: the hosts and their models, each value that hosts have in common once.

A table is packed by column. A column is C({"of": VALUES, "at": PLACES}), of which the value in row I is
C(VALUES[PLACES[I]]). Without places it is one value for all rows; a bare list has a value for each row. Most hosts of a
fleet have the same models, so 10,000 hosts with 20 models each are a few MB.
"""

from __future__ import annotations

import json
import typing as t
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import (
    MODEL_COLUMNS,
    STATUSES,
    Column,
    page_columns,
)

OWN_COLUMNS = ("modified", "in_use")
KIND_COLUMNS = tuple(column.name for column in MODEL_COLUMNS if column.name not in ("host", *OWN_COLUMNS))
"""What models on many hosts have in common; the other columns of a model are the host's own."""

DIRECTORY_COLUMNS = ("path", "store", "exists", "count", "pending_bytes", "disk_total_bytes", "disk_available_bytes")
"""What the page shows of one directory of several; the other sums of a single one are those of its host."""

# What could end a script element, or start a comment in it, is spelled out; JSON in ASCII has no line separators.
_SCRIPT_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}


def differing(drift: Iterable[Row]) -> dict[str, dict[str, list[str]]]:
    """Return for each host its current models that differ from those of most hosts, and in what."""
    kinds: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in drift:
        if row["status"] == CURRENT:
            for hosts in row["outliers"].values():
                for host in hosts:
                    if row["kind"] not in kinds[host][row["name"]]:
                        kinds[host][row["name"]].append(row["kind"])
    return kinds


def embedded(summary: Mapping[str, t.Any]) -> str:
    """Return hosts, models, and how the table of columns shows them as JSON that is safe inside a script element.

    The models of the first host come first; C(listed) says how many each host has.
    """
    differences = differing(summary["drift"])
    listed: dict[str, int] = defaultdict(int)
    for row in summary["models"]:
        listed[row["host"]] += 1
    hosts = summary["hosts"]
    columns: dict[str, list[t.Any]] = {name: [host[name] for host in hosts] for name in (hosts[0] if hosts else ())}
    columns["directories"] = [
        [[row[name] for name in DIRECTORY_COLUMNS] for row in host["directories"]] for host in hosts
    ]
    columns["listed"] = [listed[host["host"]] for host in hosts]
    columns["differing"] = [differences.get(host["host"], {}) for host in hosts]
    models: dict[str, list[t.Any]] = {name: [row[name] for row in summary["models"]] for name in OWN_COLUMNS}
    models["kind"] = [tuple(row[name] for name in KIND_COLUMNS) for row in summary["models"]]
    data = {
        "causes": {action["key"]: action["label"] for action in summary["actions"]},
        "columns": [_shown(column) for column in page_columns()],
        "model_columns": [_shown(column) for column in page_columns(models=True)],
        "statuses": STATUSES,
        "count": len(hosts),
        "hosts": {name: packed(values) for name, values in columns.items()},
        "kind_columns": KIND_COLUMNS,
        "directory_columns": DIRECTORY_COLUMNS,
        "models": {name: packed(values) for name, values in models.items()},
    }
    return json.dumps(data, separators=(",", ":")).translate(_SCRIPT_ESCAPES)


def _shown(column: Column) -> Row:
    names = ("name", "label", "heading", "kind", "counted_by")
    return {name: getattr(column, name) for name in names}


def packed(values: Sequence[t.Any]) -> t.Any:
    """Return a column with each of its values once, or as it is where most are different."""
    places: dict[t.Any, int] = {}
    distinct: list[t.Any] = []
    at = []
    for value in values:
        key = _key(value)
        if key not in places:
            places[key] = len(distinct)
            distinct.append(value)
        at.append(places[key])
    if len(distinct) == 1:
        return {"of": distinct}
    return values if 2 * len(distinct) > len(values) else {"of": distinct, "at": at}


def _key(value: t.Any) -> t.Any:
    """Return what two values have in common only if they are the same in JSON: true is not 1 there."""
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return type(value), value
