# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which report it is, what changed since the last one, and the history of all."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils import _report_meta
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NOT_YET_REACHED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_table import to_table
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_text import MODELS_FOLLOW, to_json, to_line
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_files import read_until
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_history import (
    KEPT_RUNS,
    earlier_report,
    history,
    since,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_meta import (
    collection_version,
    describe_report,
    kind_of_run,
    run_id,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.plugin_utils.test_causes import NOW, facts, stale

Report = dict[str, t.Any]
ROOT = Path(__file__).resolve().parents[4]


def report(fleet: Report, run: str, there: str = "", reasons: Report | None = None) -> Report:
    """Return the report of a run over the text of the one that is there."""
    summary = {
        "meta": describe_report(time=NOW, run_id=run, run_kind="cache"),
        **ocr_fleet_summary(fleet, reasons, time=NOW),
    }
    earlier = earlier_report(there, run)
    return {**summary, "since": since(summary, earlier), "earlier": earlier, "history": history("", summary)}


def test_the_first_report_has_nothing_to_compare_with() -> None:
    first = report({"a": facts()}, "1")
    assert (first["since"], first["earlier"]) == (None, None)
    assert json.loads(to_json(first)) == {name: value for name, value in first.items() if name != "history"}


def test_a_report_compares_with_that_of_the_last_run() -> None:
    first = to_json(report({"a": facts(), "b": stale(8), "c": None}, "1"))
    second = report({"a": stale(4), "b": facts(), "d": facts()}, "2", first)
    change = second["since"]
    assert change["run"] == {"kind": "cache", "id": "1"}
    assert change["totals"]["reclaimable_bytes"] == 8
    assert (change["hosts_new"], change["hosts_gone"]) == (["d"], ["c"])
    assert (change["causes_new"], change["causes_gone"]) == ({"stale": ["a"]}, {"stale": ["b"]})
    (line,) = [line for line in to_table(second, rows=1) if line.startswith("Since")]
    assert line == (
        "Since 2026-11-21 12:00 UTC: to gain -4 B; new hosts: d; hosts gone: c; "
        "new: Stale models: a; no longer: Stale models: b"
    )


def test_a_batch_replaces_its_own_run_and_compares_with_the_one_before() -> None:
    first = to_json(report({"a": stale(8), "b": stale(8)}, "1"))
    batch = report({"a": facts()}, "2", first, {"b": NOT_YET_REACHED})
    assert batch["since"]["causes_gone"] == {"stale": ["a"]}
    assert (batch["since"]["hosts_gone"], batch["since"]["causes_new"]) == ([], {})
    last = report({"a": facts(), "b": facts()}, "2", to_json(batch))
    assert last == report({"a": facts(), "b": facts()}, "2", first)
    assert last["since"]["causes_gone"] == {"stale": ["a", "b"]}
    assert to_json(report({"a": facts(), "b": facts()}, "2", to_json(last))) == to_json(last), "the same bytes again"


def test_only_what_stands_before_the_models_is_read(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    whole = to_json(report({"a": stale(8)}, "1"))
    file.write_text(f"{whole}\n", encoding="utf-8")
    head = read_until(file, MODELS_FOLLOW)
    assert head.endswith('"models": [\n') and len(head) < len(whole)
    assert earlier_report(head, "2") == earlier_report(whole, "2") != None  # noqa: E711
    assert read_until(tmp_path / "none") == ""


ODD = ["", "nonsense", "[]", "{}", '{"totals": {}, "hosts": []}', "\x00", '{"meta": {"run": {"id": 7}}}']


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_report_is_not_compared_with(text: str) -> None:
    assert earlier_report(text, "1") is None


@pytest.mark.parametrize(
    ("part", "odd"),
    [("time", "soon"), ("run", {"id": 7, "kind": "x"}), ("totals", {}), ("causes", {"a": 7}), ("causes", {"a": [7]})],
)
def test_an_earlier_report_that_somebody_changed_is_not_compared_with(part: str, odd: t.Any) -> None:
    first = to_json(report({"a": facts()}, "1"))
    second = report({"a": facts()}, "2", first)
    second["earlier"][part] = odd
    assert earlier_report(to_json(second), "2") is None


def test_the_history_has_each_run_once_and_drops_what_is_none() -> None:
    first, again, second = (report({"a": facts()}, run) for run in ("1", "1", "2"))
    text = ""
    for found in (first, again, second):
        text = "\n".join(map(to_line, history(f"nonsense\n{text}\n[]\n", found)))
    assert [json.loads(line)["run"]["id"] for line in text.splitlines()] == ["1", "2"]
    assert json.loads(text.splitlines()[0])["totals"]["models"] == 1
    many = "\n".join(
        to_line({**json.loads(text.splitlines()[0]), "run": {"kind": "x", "id": str(n)}}) for n in range(2000)
    )
    assert len(history(many, second)) == KEPT_RUNS


def test_the_version_is_that_of_the_checkout_or_of_what_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (ROOT / "galaxy.yml").exists():
        assert collection_version() == yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    monkeypatch.setattr(_report_meta, "_ROOT", tmp_path)
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "9.8.7"}}', encoding="utf-8")
    assert collection_version() == "9.8.7"


def test_a_run_is_known_by_its_job_its_time_or_its_process() -> None:
    assert run_id(None, {"awx_job_id": 7}) == run_id(NOW, {"tower_job_id": "7"}) == "job-7"
    assert run_id(NOW, {"awx_job_id": ""}) == NOW
    assert run_id(None, {}) == run_id("", {}) != ""


@pytest.mark.parametrize(
    ("outcomes", "kind"),
    [
        ([], "report"),
        ([None, {}, {"run": None}, {"run": {"kind": "report"}}, {"run": {"kind": "dry run"}}], "dry run"),
        ([{"run": {"kind": ["prune"]}}, {"run": {"kind": "prune"}}], "prune"),
        ([{"run": {"kind": "nonsense"}}], "report"),
    ],
)
def test_the_kind_of_the_run_is_that_of_its_results(outcomes: list[t.Any], kind: str) -> None:
    assert kind_of_run(outcomes) == kind
