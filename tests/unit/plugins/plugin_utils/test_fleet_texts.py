# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The terminal and Markdown: what needs action first, most to gain first, narrow names, short pages."""

from __future__ import annotations

import csv
import io
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NOT_YET_REACHED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import HOST_COLUMNS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import fitted, padded, text_width
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_facts import play_ends, waiting_hosts
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_markdown import LENGTH, to_markdown
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_table import NAME_WIDTH, to_table
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import to_csv, to_hosts_csv
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.plugin_utils.test_causes import FAILED, NOW, facts, stale

WIDE = "東京データセンター・文字認識・" + "b" * 60
PRUNE = {"time": NOW, "kind": "prune", "outcome": "succeeded", "pruned": 3, "freed": 3 * 2**20, "kept": 2, "down": 0.25}


def rows_of(lines: list[str]) -> list[str]:
    """Return the lines of the table of hosts, without its header."""
    start = next(index for index, line in enumerate(lines) if line.startswith("HOST"))
    return lines[start + 1 : lines.index("", start)]


def test_nothing_to_do_is_said_first() -> None:
    healthy = ocr_fleet_summary({"a": facts()}, time=NOW)
    assert to_table(healthy, rows=9)[0] == "Nothing to do"
    assert to_markdown(healthy, title="t").startswith("# t\n\n**Nothing to do**\n")


def test_hosts_with_most_to_gain_come_first() -> None:
    fleet = {"a": facts(), "b": stale(10), "c": stale(20), "d": None, "e": facts(pending_bytes=15)}
    found = ocr_fleet_summary(fleet)
    assert [line.split()[0] for line in rows_of(to_table(found, rows=9))] == ["c", "e", "b", "a"]
    hosts = to_markdown(found, title="t").split("## Hosts\n")[1].strip().splitlines()[2:6]
    assert [line.split()[1] for line in hosts] == ["c", "e", "b", "a"]


def test_hosts_of_a_cause_are_grouped_by_their_reason() -> None:
    reasons = {f"h{number}": "timed out" for number in range(7)} | {"x": "denied"}
    lines = to_table(ocr_fleet_summary({}, reasons), rows=9)
    assert lines[1] == "  No report: 8 hosts"
    assert lines[3:5] == ["    - h0, h1, h2, h3, h4 and 2 more: timed out", "    - x: denied"]


def test_a_name_takes_at_most_forty_columns_and_the_columns_stay_in_line() -> None:
    found = ocr_fleet_summary({WIDE: stale(10), "e\u0301": facts(), "plain": facts(), "x" * 300: None})
    lines = to_table(found, rows=9)
    header = next(line for line in lines if line.startswith("HOST"))
    place = header.index("MODELS")
    assert place == NAME_WIDTH + 2
    for line in rows_of(lines):
        name = line[: line.index(" 1 ")].rstrip()
        assert text_width(name) <= NAME_WIDTH
        assert text_width(line[: line.index(" 1 ")]) == place - 1
    assert not [line for line in lines if "x" * (NAME_WIDTH + 1) in line]


@given(st.text(), st.integers(3, 60))
def test_a_fitted_text_fits(text: str, width: int) -> None:
    short = fitted(text, width)
    assert text_width(short) <= width
    assert short == text or "…" in short
    assert text_width(padded(short, width)) == width


def test_widths_are_those_of_a_terminal() -> None:
    assert [text_width(text) for text in ("abc", "東京", "e\u0301", "ｱ", "\uff21")] == [3, 4, 1, 1, 2]
    assert fitted("abcdefghij", 5) == "ab…ij"
    assert fitted("東京大阪", 6) == "東…阪"


def test_what_a_prune_did_has_columns_where_there_was_one() -> None:
    def table(run: dict[str, t.Any]) -> list[str]:
        return to_table(ocr_fleet_summary({"a": facts(), "b": facts()}, runs={"a": run}), rows=9)

    header = next(line for line in table(PRUNE) if line.startswith("HOST"))
    assert "PRUNED" in header and "KEPT" in header and "DOWN" in header
    first, second = rows_of(table(PRUNE))
    assert "3 (3.00 MiB)" in first and "0.25 s" in first and "MiB" not in second
    assert "Last prune: 3 models (3.00 MiB, 3145728 bytes), kept 2 on 1 host" in table(PRUNE)
    assert "would 3 (3.00 MiB)" in rows_of(table({**PRUNE, "kind": "dry run"}))[0]
    assert not [line for line in table({**PRUNE, "kind": "report"}) if "PRUNED" in line or "Last" in line]


def huge_fleet() -> dict[str, t.Any]:
    """Return the summary of a fleet whose every text is as long and as special as can be."""
    name = "*_[]()`|<" * 40
    reasons = {f"{name}{number}": f"{number}{name}" for number in range(300)}
    engines = {
        f"engine{number}{name}": facts(
            engine={"state": f"{name}{number}", "version": f"{name}{number}"},
            models=[
                {"directory": "/m", "name": f"{name}{number}", "status": "stale", "bytes": 1, "allocated_bytes": 1}
            ],
            stale_count=1,
        )
        for number in range(300)
    }
    failures = {host: f"{host}{name}" for host in engines}
    groups = {f"{number}{name}": list(engines) for number in range(50)}
    return ocr_fleet_summary(engines, reasons, groups, failures)


def test_a_page_of_markdown_stays_short() -> None:
    text = to_markdown(huge_fleet(), title="*" * 5000)
    assert len(text) < LENGTH
    assert "more" in text and "### Stale models: 300 hosts" in text


def test_the_csv_of_hosts_has_a_line_for_each() -> None:
    run = {**PRUNE, "kept_reasons": {"in use by 7": 2}, "services": [{"name": "s", "down_seconds": None}]}
    found = ocr_fleet_summary({"a": stale(8), "=b": None}, {"=b": "@x"}, runs={"a": run})
    other, row = csv.DictReader(io.StringIO(to_hosts_csv(found)))
    assert list(row) == [column.name for column in HOST_COLUMNS]
    assert (row["host"], row["causes"], row["reclaimable_bytes"], row["run_pruned"]) == ("a", "stale", "8", "3")
    assert (row["run_kept_reasons"], row["run_services"]) == ("in use by 7: 2", "s: still down")
    assert (other["host"], other["reason"], other["causes"], other["count"]) == ("'=b", "'@x", "no_report", "")


def test_columns_are_named_once_and_are_in_the_rows() -> None:
    found = ocr_fleet_summary({"a": facts(), "b": None}, runs={"a": FAILED})
    names = [column.name for column in HOST_COLUMNS]
    assert len(set(names)) == len(names)
    structured = {"directories", "holders", "required"}
    assert [set(row) - structured for row in found["hosts"]] == [set(names)] * 2
    assert to_csv(found).splitlines()[0].startswith('"host","path","name","status"')


@pytest.mark.parametrize(
    ("variables", "active", "batch", "waiting"),
    [
        # With serial, hosts that had their turn have a result.
        ({"a": True, "b": True}, "abcd", "b", "cd"),
        # Whatever the order of the batches is.
        ({"d": True, "c": True}, "abcd", "c", "ab"),
        # Without results those behind the batch wait, but not those that were given up.
        ({}, "abcd", "b", "cd"),
        ({}, "abd", "b", "d"),
        ({}, "abcd", "abcd", ""),
        ({"a": True}, "abcd", "abcd", ""),
        ({"a": True}, "a", "", ""),
    ],
)
def test_hosts_wait_whose_turn_has_not_come(variables: dict[str, bool], active: str, batch: str, waiting: str) -> None:
    hostvars: dict[str, dict[str, t.Any]] = {host: {"res": {}} if host in variables else {} for host in "abcd"}
    found = waiting_hosts(hostvars, play=list("abcd"), active=list(active), batch=list(batch), results=["res"])
    assert found == set(waiting)


@pytest.mark.parametrize(
    ("failed", "most_failed", "ends"),
    [
        ("", 0, False), ("", None, False), ("ab", None, False), ("abc", None, True), ("abc", 100, True),
        ("a", 30, True), ("a", 34.0, False), ("a", 0, True), ("a", "{{ text }}", False), ("x", 0, False),
    ],
)  # fmt: skip
def test_the_play_ends_where_too_many_hosts_of_a_batch_fail(failed: str, most_failed: t.Any, ends: bool) -> None:
    marked: dict[str, t.Any] = {
        "a": {"__ocr_maintain_failure": "x"},
        "b": {"ocr_maintenance_result": {"unreachable": True}},
    }
    marked["c"] = marked["a"]
    hostvars = {host: marked[host] if host in failed else {"ocr_maintenance_result": {}} for host in "abc"}
    assert play_ends(hostvars, batch=list("abc"), most_failed=most_failed) is ends


def test_a_host_that_waits_needs_nobody() -> None:
    found = ocr_fleet_summary({"a": facts()}, {"b": NOT_YET_REACHED}, time=NOW)
    lines = to_table(found, rows=9)
    assert lines[0] == "Nothing to do"
    assert "Hosts: 2, 1 reported, 1 missing, 1 not yet reached" in lines
