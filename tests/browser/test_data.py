# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's own data, and the bars that are drawn of it, say what the summary says."""

from __future__ import annotations

import json
from typing import Any

import pytest
import report_pages
from conftest import Open
from playwright.sync_api import expect


def test_bars_show_the_parts_of_the_disk_to_scale(open_page: Open) -> None:
    page = open_page("everyday")
    row = next(row for row in report_pages.summary_of("everyday")["hosts"] if row["host"] == "ocr-ber-06")
    drawn = page.locator("#fleet tr", has_text="ocr-ber-06").locator("svg")
    widths = {kind: float(str(drawn.locator(f".{kind}").get_attribute("width"))) for kind in ("current", "free")}
    assert widths["free"] == pytest.approx(1000 * row["disk_available_bytes"] / row["disk_total_bytes"], abs=1)
    current = row["bytes"] - row["stale_bytes"]
    assert widths["current"] == pytest.approx(1000 * current / row["disk_total_bytes"], abs=1)
    label = "current 8.57 GiB, stale 7.01 GiB, other 20.5 GiB, free 59.9 GiB"
    expect(drawn).to_have_attribute("aria-label", label)
    held = page.locator("#fleet tr", has_text="ocr-ber-03").locator("svg")
    expect(held).to_have_attribute("aria-label", "current 8.57 GiB, pending 4.58 GiB, other 22.9 GiB, free 59.9 GiB")


def test_the_embedded_data_is_the_summary(open_page: Open) -> None:
    page = open_page("hostile")
    data = json.loads(page.locator("#data").text_content() or "")
    summary = report_pages.summary_of("hostile")
    hosts = unpacked(data["hosts"], data["count"])
    for embedded, row in zip(hosts, summary["hosts"], strict=True):
        assert {name: embedded[name] for name in row if name != "directories"}.items() <= row.items()
        directories = [dict(zip(data["directory_columns"], values, strict=True)) for values in embedded["directories"]]
        assert all(found.items() <= told.items() for found, told in zip(directories, row["directories"], strict=True))
    models = unpacked(data["models"], len(summary["models"]))
    rows = [{**model, **dict(zip(data["kind_columns"], model["kind"], strict=True))} for model in models]
    for embedded, row in zip(rows, summary["models"], strict=True):
        assert {name: embedded[name] for name in (*data["kind_columns"], "modified", "in_use")}.items() <= row.items()


def unpacked(columns: dict[str, Any], rows: int) -> list[dict[str, Any]]:
    """Return the rows of a table of the page's data."""
    found: list[dict[str, Any]] = [{} for _row in range(rows)]
    for name, column in columns.items():
        for number, row in enumerate(found):
            if isinstance(column, list):
                row[name] = column[number]
            else:
                row[name] = column["of"][column["at"][number] if "at" in column else 0]
    return found
