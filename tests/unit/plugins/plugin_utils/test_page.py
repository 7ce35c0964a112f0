# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report's page is made of: its packed data, and what it says of earlier runs."""

from __future__ import annotations

import json
import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import HOST_COLUMNS, MODEL_COLUMNS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_page import _PARTS as PARTS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_page import to_html
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._page_change import LINE_HEIGHT, LINE_WIDTH, lines
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._page_data import embedded, packed

VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text(max_size=2), st.lists(st.integers(0, 2)))


def unpacked(column: t.Any, rows: int) -> list[t.Any]:
    """Return the values of a packed column, as the script reads it."""
    if isinstance(column, list):
        return column
    return [column["of"][column["at"][row] if "at" in column else 0] for row in range(rows)]


@given(st.lists(VALUES))
def test_a_packed_column_has_the_same_values(values: list[t.Any]) -> None:
    column = json.loads(json.dumps(packed(values)))
    assert json.dumps(unpacked(column, len(values))) == json.dumps(values)


@given(st.lists(VALUES, min_size=1))
def test_a_value_that_many_rows_have_is_there_once(values: list[t.Any]) -> None:
    column = packed(values)
    if not isinstance(column, list):
        texts = [json.dumps(value) for value in column["of"]]
        assert len(texts) == len(set(texts))


def test_the_page_shows_the_columns_by_the_labels_that_all_reports_have() -> None:
    data = json.loads(embedded(ocr_fleet_summary({})))
    labels = {column.name: column.label for column in HOST_COLUMNS}
    assert len(data["columns"]) > 9
    assert all(column["label"] == labels[column["name"]] for column in data["columns"])
    headings = {column.name: column.heading for column in MODEL_COLUMNS}
    assert all(column["heading"] == headings[column["name"]] for column in data["model_columns"])
    scripts = "".join(path.read_text(encoding="utf-8") for path in PARTS.glob("*.js"))
    written = set(re.findall(r'(?:title|label): "([^"]*)"', scripts))
    assert not written & {*labels.values(), *headings.values()}


def fleet(hosts: int, models: int, own_times: bool) -> dict[str, t.Any]:
    """Return the facts of many hosts with the same models; each may have got them at a time of its own."""
    found = {}
    for host in range(hosts):
        rows = [
            {
                "name": f"recognition/script-{number}.onnx",
                "directory": "/srv/ocr/models",
                "status": "current",
                "bytes": 4711 * number,
                "allocated_bytes": 8192 * number,
                "in_use": False,
                "modified": f"2026-09-{1 + host % 28:02}T{number:02}:{host // 28 % 60:02}:00Z" if own_times else None,
            }
            for number in range(models)
        ]
        sums = {"count": models, "bytes": 1, "allocated_bytes": 1, "in_use_count": 0, "pending_bytes": 0}
        sums.update(dict.fromkeys(("stale_count", "stale_bytes", "incomplete_count", "incomplete_bytes"), 0))
        disk = {"total_bytes": 10**11, "available_bytes": 10**10 + host}
        directory = {"path": "/srv/ocr/models", "store": None, "exists": True, "disk": disk, **sums}
        found[f"ocr{host}.example.com"] = {
            **sums,
            "directories": [directory],
            "models": rows,
            "holders": [],
            "gathered_at": "2026-11-20T12:00:00Z",
            "engine": {"state": "released", "version": "26.10.0", "message": None},
        }
    return found


@pytest.mark.parametrize(("own_times", "most"), [(False, 150), (True, 700)])
def test_a_host_more_takes_little_room(own_times: bool, most: int) -> None:
    """At 1,200 bytes a host, the page of 10,000 hosts would have 12 MB."""
    few, many = (
        len(to_html(ocr_fleet_summary(fleet(hosts, 20, own_times)), title="t").encode()) for hosts in (250, 350)
    )
    assert (many - few) / 100 < most


def entry(size: int, gain: int) -> dict[str, t.Any]:
    """Return an entry of the history."""
    return {"time": "2026-11-20T12:00:00Z", "totals": {"bytes": size, "reclaimable_bytes": gain}}


@given(st.lists(st.tuples(st.integers(0, 2**60), st.integers(0, 2**60)), max_size=80))
def test_lines_stay_in_their_box(sums: list[tuple[int, int]]) -> None:
    found = lines([entry(*pair) for pair in sums])
    assert len(found) == (2 if len(sums) > 1 else 0)
    for line in found:
        points = [tuple(map(float, point.split(","))) for point in line["points"].split()]
        assert all(0 <= x <= LINE_WIDTH and 0 <= y <= LINE_HEIGHT for x, y in points)
        assert len(points) == line["runs"] == min(len(sums), 60)
        assert points[-1] == line["end"]
