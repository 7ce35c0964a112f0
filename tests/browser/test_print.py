# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on paper: what a sheet shows, as text at its place."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import report_pages
from conftest import Open

HEADINGS = "Host +Disk +Free +Size +To gain +Stale +Incomplete +Pending +In use +Engine +Gathered"


@pytest.fixture(params=["light", "dark"])
def sheets(open_page: Open, tmp_path: Path, request: pytest.FixtureRequest) -> list[str]:
    """The text of each sheet of the everyday fleet's report, in columns as they are printed."""
    printed = tmp_path / "report.pdf"
    open_page("everyday", color_scheme=request.param).pdf(path=printed, prefer_css_page_size=True)
    command = ["pdftotext", "-layout", str(printed), "-"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return text.rstrip("\f").split("\f")


def of_the_hosts(sheets: list[str]) -> list[str]:
    """The sheets, or parts of them, with the table of all hosts: other tables name hosts, too."""
    text = "\f".join(sheets)
    heading = re.search(HEADINGS, text)
    assert heading is not None
    return text[heading.start() :].split("\f")


def test_what_needs_action_comes_first(sheets: list[str]) -> None:
    places = [sheets[0].find(text) for text in ("Needs action", "No report", "Stale models", "Totals")]
    assert -1 not in places[:3] and places[:3] == sorted(places[:3])
    assert places[3] == -1 or places[3] > places[2]


def test_every_host_is_on_a_sheet_that_has_the_headings(sheets: list[str]) -> None:
    found = []
    for sheet in of_the_hosts(sheets):
        rows = re.findall(r"^ *(ocr-\w+-\d+) ", sheet, flags=re.MULTILINE)
        found += rows
        assert not rows or re.search(HEADINGS, sheet), sheet
    assert found == [row["host"] for row in report_pages.summary_of("everyday")["hosts"]]


def test_no_column_is_cut_off_or_covers_another(sheets: list[str]) -> None:
    text = "\n".join(of_the_hosts(sheets))
    for row in report_pages.summary_of("everyday")["hosts"]:
        (line,) = re.findall(rf"^ *{row['host']} .*", text, flags=re.MULTILINE)
        if row["reason"] is not None:
            assert row["reason"] in line
            continue
        engine = " ".join(filter(None, (row["engine_state"], row["engine_version"])))
        time = row["gathered_at"][:16].replace("T", " ")
        assert " ".join(line.split()).endswith(f" {row['in_use_count']} {engine} {time}"), line


def test_what_is_closed_on_the_screen_is_printed(sheets: list[str]) -> None:
    text = " ".join(" ".join(sheets).split())
    summary = report_pages.summary_of("everyday")
    (drift,) = [row for row in summary["drift"] if row["name"] == "old_Phi-3-mini-4k-instruct-q4.gguf"]
    *first, last = drift["outliers"]["present"]
    assert f"{', '.join(first)} and {last}" in text


def test_nothing_is_dark(open_page: Open) -> None:
    page = open_page("everyday", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
