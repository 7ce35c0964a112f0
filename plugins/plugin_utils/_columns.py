# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The columns of the reports and the states of models: what each is called and how it is shown. Here alone."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, STALE
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size, short_time, visible

Row = Mapping[str, t.Any]

UNKNOWN = "?"
NOTHING = ""

TEXT, COUNT, BYTES, TIME, SECONDS, TRUTH = "text", "count", "bytes", "time", "seconds", "truth"

PENDING, EMPTY, MISSING = "pending", "empty", "missing"
MODEL_STATUSES = (CURRENT, STALE, INCOMPLETE)
"""The states that C(ocr_model_facts) gives a model."""
STATUSES = {
    CURRENT: "current",
    STALE: "stale",
    INCOMPLETE: "incomplete",
    PENDING: "pending",
    EMPTY: "no models",
    MISSING: "no report",
}
"""What a model is, and its label. A deleted one is pending. The last two stand for the models of a directory
without any, and for those of a host without a report."""


class Column(t.NamedTuple):
    """A column: its ``name`` in rows and for programs, its ``label`` for people, and the ``kind`` of its values.

    ``brief`` columns are in the tables for people, which are narrow; all are in CSV and JSON. ``counted_by`` names the
    column with the number of what the bytes are of.
    """

    name: str
    label: str
    kind: str = TEXT
    brief: bool = False
    counted_by: str | None = None

    @property
    def heading(self) -> str:
        """What stands above the column, where nothing else says of which zone its times are."""
        return f"{self.label} (UTC)" if self.kind == TIME else self.label


MODEL_COLUMNS = (
    Column("host", "Host", brief=True),
    Column("path", "Directory"),
    Column("name", "Model", brief=True),
    Column("status", "Status", brief=True),
    Column("stale_prefix", "Stale prefix"),
    Column("bytes", "Size", BYTES, brief=True),
    Column("allocated_bytes", "On disk", BYTES, brief=True),
    Column("modified", "Modified", TIME, brief=True),
    Column("in_use", "In use", TRUTH, brief=True),
    Column("checksum", "Checksum"),
)
"""What is known of a model on a host, in the order in which the reports show it."""

HOST_COLUMNS = (
    Column("host", "Host", brief=True),
    Column("reason", "No report"),
    Column("failure", "Failure"),
    Column("faults", "Left out"),
    Column("causes", "Needs action"),
    Column("groups", "Groups"),
    Column("path", "Directory"),
    Column("exists", "Exists", TRUTH),
    Column("count", "Models", COUNT, brief=True),
    Column("bytes", "Size", BYTES, brief=True),
    Column("allocated_bytes", "On disk", BYTES),
    Column("reclaimable_bytes", "To gain", BYTES, brief=True),
    Column("stale_count", "Stale models", COUNT),
    Column("stale_bytes", "Stale size", BYTES),
    Column("stale_allocated_bytes", "Stale", BYTES, brief=True, counted_by="stale_count"),
    Column("incomplete_count", "Incomplete models", COUNT),
    Column("incomplete_bytes", "Incomplete size", BYTES),
    Column("incomplete_allocated_bytes", "Incomplete", BYTES, brief=True, counted_by="incomplete_count"),
    Column("pending_bytes", "Pending", BYTES, brief=True),
    Column("in_use_count", "In use", COUNT, brief=True),
    Column("missing_count", "Required missing", COUNT),
    Column("different_count", "Required different", COUNT),
    Column("disk_total_bytes", "Disk", BYTES),
    Column("disk_available_bytes", "Free", BYTES, brief=True),
    Column("run_time", "Time of the last run", TIME),
    Column("run_kind", "Last run"),
    Column("run_outcome", "Outcome"),
    Column("run_pruned", "Pruned models", COUNT),
    Column("run_freed_bytes", "Pruned", BYTES, brief=True, counted_by="run_pruned"),
    Column("run_kept", "Kept", COUNT, brief=True),
    Column("run_kept_reasons", "Kept because"),
    Column("run_services", "Services stopped"),
    Column("run_down_seconds", "Down", SECONDS, brief=True),
    Column("engine_state", "Engine", brief=True),
    Column("engine_version", "SDK", brief=True),
    Column("engine_message", "Engine says"),
    Column("gathered_at", "Gathered", TIME, brief=True),
)
"""What is known of a host, in the order in which the reports show it."""

_PAGE_COLUMNS = (
    *("host", "disk_total_bytes", "disk_available_bytes", "bytes", "reclaimable_bytes", "stale_allocated_bytes"),
    *("incomplete_allocated_bytes", "pending_bytes", "in_use_count", "run_kind", "engine_state", "gathered_at"),
)
_PAGE_MODEL_COLUMNS = ("name", "status", "bytes", "modified", "in_use", "checksum")

TOTALS = {
    column.name: column
    for column in (
        Column("hosts", "Hosts", COUNT),
        Column("reported", "Reported", COUNT),
        Column("needs_action", "Need action", COUNT),
        Column("models", "Models", COUNT),
        Column("bytes", "Size", BYTES),
        Column("allocated_bytes", "On disk", BYTES),
        Column("reclaimable_bytes", "To gain", BYTES),
        Column("pending_bytes", "Pending", BYTES),
    )
}
"""What is known of many hosts together, by its name."""

LABELS = {column.name: column.label for column in (*HOST_COLUMNS, *TOTALS.values())}
"""The label of each column of hosts and of each total, by its name."""

BRIEF_HOST_COLUMNS = tuple(column for column in HOST_COLUMNS if column.brief)
OF_A_RUN = "run_"


def page_columns(*, models: bool = False) -> list[Column]:
    """Return the columns of the page's table of hosts, or of the models of a host, in their order."""
    of = {column.name: column for column in (MODEL_COLUMNS if models else HOST_COLUMNS)}
    return [of[name] for name in (_PAGE_MODEL_COLUMNS if models else _PAGE_COLUMNS)]


def shown(column: Column, row: Row) -> str:
    """Return the cell of a row as people read it: C(2 (4.20 GiB)), C(0.25 s), C(?) for what a host does not know.

    What the last run did is empty where that run was no prune.
    """
    value = row[column.name]
    if column.name.startswith(OF_A_RUN) and value is None:
        return NOTHING
    if value is None:
        return NOTHING if column.kind == TEXT else UNKNOWN
    if column.counted_by is not None:
        number = row[column.counted_by]
        return f"{number} ({_shown(column.kind, value)})" if number else "0"
    return _shown(column.kind, value)


def _shown(kind: str, value: t.Any) -> str:
    if kind == BYTES:
        return human_size(value) if value else "0"
    if kind == TIME:
        return short_time(value)
    if kind == SECONDS:
        return f"{value:g} s"
    if kind == TRUTH:
        return "yes" if value else "no"
    return visible(plain_text(value))


def plain_text(value: t.Any) -> str:
    """Return a value that has parts as one text: C(too young: 2; in use: 1), C(ocr.service: 0.25)."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {number}" for key, number in value.items())
    if isinstance(value, list):
        return "; ".join(_part(item) for item in value)
    return str(value)


def _part(item: t.Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    seconds = item["down_seconds"]
    return f"{item['name']}: {'still down' if seconds is None else f'{seconds:g} s'}"
