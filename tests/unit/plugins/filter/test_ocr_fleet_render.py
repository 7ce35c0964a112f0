# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary as text: safe cells, safe markup, a readable table, sizes for people."""

from __future__ import annotations

import csv
import io
import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_render import FilterModule
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size, visible
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import summarize_fleet

render = FilterModule().filters()["ocr_fleet_render"]


def summary(*names: str) -> dict[str, t.Any]:
    """Return the summary of a host with these models, one without models, and one without a report."""
    models = [
        {"name": name, "status": "current", "bytes": 1, "allocated_bytes": 1, "modified": "2026-10-01T08:00:00Z"}
        for name in names
    ]
    sums = ("bytes", "allocated_bytes", "stale_count", "stale_bytes", "incomplete_count", "incomplete_bytes")
    facts = {
        "path": "/m",
        "exists": True,
        "gathered_at": "2026-11-20T12:00:00Z",
        "holders": [],
        "engine": {"state": "skipped"},
        **dict.fromkeys(sums, 0),
    }
    return summarize_fleet(
        {"a": {**facts, "count": len(models), "models": models}, "b": {**facts, "count": 0, "models": []}, "c": None}
    )


@pytest.mark.parametrize("name", ["=1", "+1", "-1", "@x", "\t=1", "\rx", " =1", "\n=1", "\uff1d1"])
def test_a_cell_is_never_a_formula(name: str) -> None:
    rows = list(csv.DictReader(io.StringIO(render(summary(name), "csv"), newline="")))
    assert rows[0]["name"] == f"'{name}"


def test_every_host_has_a_line_in_the_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(render(summary("x", 'y,"z'), "csv"), newline="")))
    assert [(row["host"], row["name"], row["status"]) for row in rows] == [
        ("a", "x", "current"),
        ("a", 'y,"z', "current"),
        ("b", "", "empty"),
        ("c", "", "missing"),
    ]


def test_json_is_the_summary() -> None:
    assert json.loads(render(summary("日本"), "json")) == summary("日本")


def test_markdown_keeps_cells_in_their_row() -> None:
    text = render(summary("a|b\n| c | <b> `d`"), "markdown", title="T|<i>")
    assert text.startswith("# T\\|\\<i\\>\n")
    assert "a\\|b\\\\u000a\\| c \\| \\<b\\> \\`d\\`" in text


def test_the_table_shows_no_more_rows_than_asked_and_the_urgent_first() -> None:
    lines = render(summary("x"), "table", rows=1)
    assert "c: no report: never reported" in lines
    assert "... and 2 more hosts" in lines
    assert not [line for line in lines if line.startswith(("a ", "b "))]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "0.98 KiB"), (1024, "1.00 KiB"), (10 * 1024, "10.0 KiB"),
        (1023 * 1024, "1.00 MiB"), (4_510_000_000, "4.20 GiB"), (2**63 - 1, "8.00 EiB"),
    ],
)  # fmt: skip
def test_sizes_for_people_have_three_digits(size: int, text: str) -> None:
    assert human_size(size) == text


def test_what_cannot_be_seen_is_spelled_out() -> None:
    assert visible("a\x1b[0m\u202eb\nc") == "a\\u001b[0m\\u202eb\\u000ac"


@pytest.mark.parametrize(("value", "form"), [("text", "csv"), ({}, "csv"), (summary(), "pdf")])
def test_a_wrong_use_is_an_error(value: t.Any, form: str) -> None:
    with pytest.raises(AnsibleFilterError, match="ocr_fleet_render"):
        render(value, form)
