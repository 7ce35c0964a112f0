# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary as text: safe cells, safe markup, a readable table, sizes for people."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_render import FilterModule
from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import human_size, visible

render = FilterModule().filters()["ocr_fleet_render"]


def host_facts(*names: str) -> dict[str, t.Any]:
    """Return the facts of a host with these models."""
    models = [
        {
            "directory": "/m",
            "name": name,
            "status": "current",
            "bytes": 1,
            "allocated_bytes": 1,
            "modified": "2026-10-01T08:00:00Z",
        }
        for name in names
    ]
    sums = ("bytes", "allocated_bytes", "stale_count", "stale_bytes", "incomplete_count", "incomplete_bytes")
    counts = {**dict.fromkeys(sums, 0), "count": len(models)}
    return {
        "gathered_at": "2026-11-20T12:00:00Z",
        "directories": [{"path": "/m", "exists": True, **counts}],
        "holders": [],
        "engine": {"state": "skipped"},
        **counts,
        "models": models,
    }


def summary(*names: str) -> dict[str, t.Any]:
    """Return the summary of a host with these models, one without models, and one without a report."""
    return ocr_fleet_summary({"a": host_facts(*names), "b": host_facts(), "c": None})


@pytest.mark.parametrize("name", ["=1", "+1", "-1", "@x", " =1", "\uff1d1"])
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


def test_every_directory_has_a_line_in_the_csv() -> None:
    facts = host_facts("x")
    there, empty = facts["directories"][0], {**facts["directories"][0], "path": "/n"}
    fleet = {
        "a": {**facts, "directories": [there, empty]},
        "b": {**host_facts(), "directories": [empty, there]},
        "c": {**host_facts(), "directories": [{}]},
    }
    rows = list(csv.DictReader(io.StringIO(render(ocr_fleet_summary(fleet), "csv"), newline="")))
    assert [(row["host"], row["path"], row["name"], row["status"]) for row in rows] == [
        ("a", "/m", "x", "current"),
        ("a", "/n", "", "empty"),
        ("b", "/n", "", "empty"),
        ("b", "/m", "", "empty"),
        ("c", "", "", "empty"),
    ]


def test_json_is_the_summary() -> None:
    assert json.loads(render(summary("日本"), "json")) == summary("日本")


def test_markdown_keeps_cells_in_their_row() -> None:
    text = render(summary("a|b\n| c | <b> `d`"), "markdown", title="T|<i>")
    assert text.startswith("# T\\|\\<i\\>\n")
    assert "a\\|b\\\\u000a\\| c \\| \\<b\\> \\`d\\`" in text


def test_the_table_shows_no_more_rows_than_asked_and_what_needs_action_first() -> None:
    lines = render(summary("x"), "table", rows=1)
    assert lines[:4] == [
        "Needs action",
        "  No report: 1 host",
        "    Mend what the reason says, then report these hosts again (--limit).",
        "    - c: never reported",
    ]
    assert "... and 1 more host" in lines
    assert [line[0] for line in lines if line.startswith(("a ", "b "))] == ["a"]


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


NASTY = "a\x1b[31m\x00b\rc\vd\x85e\u2028f\u202eg\u2066h\x9bi\nj\x7fk"
NO_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f]")
FORMS = ("csv", "hosts_csv", "html", "json", "markdown", "table")


def nasty_summary() -> dict[str, t.Any]:
    """Return the summary of a fleet in which each text that a host or an error can choose tries to leave its line."""
    facts = host_facts(NASTY)
    model = {**facts["models"][0], "directory": NASTY, "checksum": NASTY, "stale_prefix": NASTY}
    holder = {"directory": NASTY, "pid": 1, "command": NASTY, "user": NASTY, "unit": NASTY, "models": [NASTY]}
    host = {
        **facts,
        "directories": [{**facts["directories"][0], "path": NASTY, "store": NASTY}],
        "models": [model, {**model, "name": "fine", "bytes": NASTY}, {**model, "status": NASTY}],
        "holders": [{**holder, "pending": [{"name": NASTY, "bytes": 1}]}],
        "engine": {"state": NASTY, "version": NASTY, "message": NASTY},
    }
    return ocr_fleet_summary(
        {f"one{NASTY}": host, "two": {**host, "models": []}, "three": None},
        {"three": NASTY},
        {f"g{NASTY}": [f"one{NASTY}", "two"]},
        {"two": NASTY},
    )


@pytest.mark.parametrize("form", FORMS)
def test_no_text_leaves_its_line_or_hides(form: str) -> None:
    title: dict[str, t.Any] = {"title": NASTY}
    settings = {"html": title, "markdown": title, "table": {"rows": 9}}
    text = render(nasty_summary(), form, **settings.get(form, {}))
    lines = text if form == "table" else [text.replace("\n", "")]
    for line in lines:
        assert not NO_TEXT.search(line), NO_TEXT.search(line)
        assert "\n" not in line
    assert "u001b" in "".join(lines)


def test_a_host_and_a_model_have_one_line_each() -> None:
    found = nasty_summary()
    assert len(render(found, "csv").splitlines()) == 1 + len(found["models"]) + 2
    hosts = render(found, "markdown", title="t").split("## Hosts")[1].split("##")[0].strip().splitlines()
    assert len(hosts) == 2 + found["totals"]["reported"]


@pytest.mark.parametrize("form", FORMS)
def test_a_host_on_which_something_failed_does_not_look_healthy(form: str) -> None:
    facts = {"a": host_facts("x"), "b": host_facts("x")}
    failed = ocr_fleet_summary(facts, None, None, {"b": "prune failed: Read only file system"})
    settings: dict[str, dict[str, t.Any]] = {"html": {"title": "t"}, "markdown": {"title": "t"}, "table": {"rows": 9}}
    text = render(failed, form, **settings.get(form, {}))
    text = "\n".join(text) if form == "table" else text
    assert "prune failed: Read only file system" in text.replace("\\", "")
    if form == "csv":
        rows = {row["host"]: row for row in csv.DictReader(io.StringIO(text))}
        assert [rows[name]["name"] for name in "ab"] == ["x", "x"]
        assert [rows[name]["problem"] for name in "ab"] == ["", "prune failed: Read only file system"]
    if form == "table":
        assert text.splitlines()[3] == "    - b: prune failed: Read only file system"
        assert "Hosts: 2, 2 reported, 1 failed, 0 missing" in text
