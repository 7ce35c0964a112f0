# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What needs action: every cause, its hosts, reasons and bytes, in an order, and nothing where nothing is to do."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import CAUSES, NOT_YET_REACHED

Facts = dict[str, t.Any]

NOW = "2026-11-21T12:00:00Z"
ROOT = Path(__file__).resolve().parents[4]


def facts(disk: object = None, **others: t.Any) -> Facts:
    """Return the facts of a host that needs nobody, with this disk."""
    sums = {
        "count": 1,
        "bytes": 10,
        "allocated_bytes": 4096,
        "in_use_count": 0,
        "pending_bytes": 0,
        **dict.fromkeys(("stale_count", "stale_bytes", "incomplete_count", "incomplete_bytes"), 0),
    }
    usual = {"total_bytes": 1000, "available_bytes": 500}
    return {
        "gathered_at": "2026-11-20T12:00:00Z",
        "directories": [{"path": "/m", "store": None, "exists": True, "disk": disk or usual, **sums}],
        **sums,
        "models": [model("x")],
        "holders": [],
        "engine": {"state": "released", "version": "26.10.0", "message": None},
        **others,
    }


def model(name: str, status: str = "current", allocated: int = 4096) -> Facts:
    """Return the facts of a model that has ten bytes and takes up more."""
    own = {"name": name, "status": status, "allocated_bytes": allocated}
    return {"directory": "/m", "bytes": 10, "modified": None, **own}


def stale(allocated: int) -> Facts:
    """Return the facts of a host with one stale model."""
    return facts(stale_count=1, stale_bytes=10, models=[model("old_x", "stale", allocated)])


def actions(fleet: dict[str, Facts | None], **options: t.Any) -> list[Facts]:
    """Return what needs action in a fleet."""
    found: list[Facts] = ocr_fleet_summary(fleet, **{"time": NOW, **options})["actions"]
    return found


def test_nothing_to_do_is_nothing() -> None:
    assert actions({"a": facts(), "b": facts()}) == []
    assert actions({}) == []


FAILED = {"time": "2026-11-20T12:00:00Z", "kind": "prune", "outcome": "failed", "failure": "full"}
KEPT = {**FAILED, "outcome": "succeeded", "pruned": 0, "kept": 1, "kept_reasons": {"keep pattern *_x": 1}}
HOLDER = {"directory": "/m", "pid": 7, "command": "ocr", "user": "u", "unit": "ocr.service", "models": []}
IDLE = {**HOLDER, "pid": 8, "unit": "idle.service", "pending": []}
WANTED = [{"name": "w", "state": "missing"}, {"name": "v", "state": "different"}, {"name": "u", "state": "present"}]
EACH: list[tuple[str, Facts | None, Facts, str | None, int | None]] = [
    ("no_report", None, {}, "never reported", None),
    ("no_report", facts(), {"reasons": {"a": "unreachable: gone"}}, "unreachable: gone", None),
    ("prune_failed", facts(), {"failures": {"a": "full"}, "runs": {"a": FAILED}}, "full", 0),
    ("prune_failed", facts(), {"failures": {"a": "full"}, "runs": {"a": {**FAILED, "kind": "dry run"}}}, "full", 0),
    ("failed", facts(), {"failures": {"a": "full"}}, "full", None),
    ("failed", facts(), {"failures": {"a": "full"}, "runs": {"a": {**FAILED, "outcome": "succeeded"}}}, "full", None),
    ("failed", facts(), {"failures": {"a": "full"}, "runs": {"a": {**FAILED, "kind": "report"}}}, "full", None),
    ("engine_failed", facts(engine={"state": "failed", "message": "no ICU"}), {}, "failed: no ICU", None),
    ("engine_failed", facts(engine={"state": "absent"}), {}, "absent", None),
    ("required_models", facts(required=WANTED, missing_count=1), {}, "missing: w; different: v", None),
    ("required_models", facts(missing_count=2), {}, "2 missing", None),
    ("required_models", facts(different_count=2), {}, "2 different", None),
    ("pending", facts(pending_bytes=7), {}, None, 7),
    (
        "pending",
        facts(pending_bytes=7, holders=[{**HOLDER, "pending": [{"name": "x", "bytes": 7}]}, IDLE]),
        {},
        "held by ocr.service",
        7,
    ),
    ("disk_full", facts(disk={"total_bytes": 1000, "available_bytes": 100}), {}, "90 % used", 0),
    ("disk_full", facts(), {"disk_percent": 50}, "50 % used", 0),
    ("facts_old", facts(), {"max_age": "23h"}, "gathered 2026-11-20", None),
    ("stale", stale(8192), {}, None, 8192),
    ("stale", stale(8192), {"runs": {"a": {**KEPT, "kept_reasons": {"in use by 7": 1}}}}, "kept, in use by 7", 8192),
    ("stale", stale(8192), {"runs": {"a": {**KEPT, "kept": 0}}}, None, 8192),
    ("stale", stale(8192), {"runs": {"a": {**KEPT, "outcome": "failed"}}}, None, 8192),
    ("stale", stale(8192), {"runs": {"a": {**KEPT, "kind": "report"}}}, None, 8192),
    ("stale", stale(8192), {"runs": {"a": {**KEPT, "kind": "dry run", "pruned": 1}}}, None, 8192),
    ("incomplete", facts(incomplete_count=1, models=[model("x.part", "incomplete")]), {}, None, 4096),
    ("faulty", facts(disk="full"), {}, "left out: directories[0].disk is a string, not a dictionary", None),
]  # fmt: skip


@pytest.mark.parametrize(("key", "found", "options", "reason", "gained"), EACH)
def test_each_cause(key: str, found: Facts | None, options: Facts, reason: str | None, gained: int | None) -> None:
    fleet = {"a": found} if options.keys() & {"disk_percent", "max_age"} else {"a": found, "b": facts()}
    (action,) = actions(fleet, **options)
    cause = next(cause for cause in CAUSES if cause.key == key)
    assert action == {
        "key": key,
        "label": cause.label,
        "cure": cause.cure,
        "hosts": ["a"],
        "bytes": gained,
        "reasons": [{"reason": reason, "hosts": ["a"], "bytes": gained}],
    }


@pytest.mark.parametrize(
    ("found", "options"),
    [
        (facts(disk={"total_bytes": 1000, "available_bytes": 101}), {}),
        (facts(disk={"total_bytes": 0, "available_bytes": 0}), {}),
        (facts(disk={"total_bytes": 1000, "available_bytes": None}), {}),
        (facts(), {"max_age": "1d"}),
        (facts(), {"max_age": "1s", "time": None}),
        (facts(gathered_at="2027-01-01T00:00:00Z"), {}),
        (facts(gathered_at="+10000-01-01T00:00:00Z"), {}),
        (facts(engine={"state": "skipped"}), {}),
        (facts(pending_bytes=None), {}),
        (None, {"reasons": {"a": NOT_YET_REACHED}}),
        (stale(8192), {"runs": {"a": KEPT}}),
        (stale(8192), {"runs": {"a": {**KEPT, "kind": "dry run"}}}),
    ],
)
def test_what_is_no_cause(found: Facts | None, options: Facts) -> None:
    assert actions({"a": found}, **options) == []


def test_facts_are_as_old_as_those_of_the_directory_that_nobody_looked_at() -> None:
    found = facts(gathered_at=NOW)
    found["directories"][0]["gathered_at"] = NOW
    assert actions({"a": found}) == []
    found["directories"].append({**found["directories"][0], "path": "/old", "gathered_at": "2026-10-01T00:00:00Z"})
    (action,) = actions({"a": found})
    assert (action["key"], action["reasons"][0]["reason"]) == ("facts_old", "gathered 2026-10-01")


def test_every_cause_is_tried_here_and_documented_in_its_order() -> None:
    keys = [cause.key for cause in CAUSES]
    assert list(dict.fromkeys(case[0] for case in EACH)) == keys
    documentation = yaml.safe_load((ROOT / "plugins" / "filter" / "ocr_fleet_summary.yml").read_text(encoding="utf-8"))
    contains = documentation["RETURN"]["_value"]["contains"]["actions"]["contains"]
    assert contains["key"]["choices"] == keys
    assert set(contains) == set(actions({"a": None})[0])


def test_causes_hosts_and_reasons_have_an_order() -> None:
    fleet: dict[str, Facts | None] = {"a": stale(1), "b": stale(3), "c": stale(3), "d": None, "e": None, "f": None}
    reasons = {"d": "one", "e": "other", "f": "other"}
    lost, found = actions(fleet, reasons=reasons)
    assert (lost["key"], lost["hosts"]) == ("no_report", ["d", "e", "f"])
    assert [(reason["reason"], reason["hosts"]) for reason in lost["reasons"]] == [
        ("other", ["e", "f"]),
        ("one", ["d"]),
    ]
    assert (found["key"], found["hosts"], found["bytes"]) == ("stale", ["b", "c", "a"], 7)
    (counted,) = actions({"h10": stale(1), "h9": stale(1)})
    assert counted["hosts"] == ["h9", "h10"]
    assert actions(dict(reversed(fleet.items())), reasons=dict(reversed(reasons.items()))) == [lost, found]


def test_a_host_may_have_several_causes() -> None:
    full = {"directories": facts({"total_bytes": 10, "available_bytes": 0})["directories"]}
    found = actions({"a": {**stale(5), **full, "pending_bytes": 2}})
    assert [(action["key"], action["bytes"]) for action in found] == [("pending", 2), ("disk_full", 7), ("stale", 5)]


def test_of_a_host_without_a_report_nothing_else_is_said() -> None:
    found = actions({"a": {**stale(5), "models": 7}}, failures={"a": "x"}, runs={"a": FAILED})
    assert [action["key"] for action in found] == ["no_report"]


def test_names_of_required_models_and_holders_are_cut_short() -> None:
    wanted = [{"name": str(number), "state": "missing"} for number in range(9)]
    (action,) = actions({"a": facts(required=wanted, missing_count=9)})
    assert action["reasons"][0]["reason"] == "missing: 0, 1, 2 and 6 more"


ODD_RUNS: list[t.Any] = [
    "x",
    [],
    {"time": 1, "kind": ["prune"], "down": "x", "pruned": -1, "kept_reasons": {"r": "x"}, "services": 7},
]


@pytest.mark.parametrize("run", ODD_RUNS)
def test_an_odd_run_is_none(run: t.Any) -> None:
    (row,) = ocr_fleet_summary({"a": facts()}, runs={"a": run})["hosts"]
    assert {name: value for name, value in row.items() if name.startswith("run_") and value} == {}


def test_a_run_is_in_the_row_of_its_host() -> None:
    run = {"time": NOW, "kind": "prune", "outcome": "succeeded", "pruned": 3, "freed": 9, "kept": 2, "down": 0.5}
    run |= {"kept_reasons": {"in\nuse": 2}, "services": [{"name": "ocr.service", "down_seconds": None}]}
    for fleet in ({"a": facts()}, {"a": None}):
        (row,) = ocr_fleet_summary(fleet, runs={"a": run})["hosts"]
        assert {name: value for name, value in row.items() if name.startswith("run_")} == {
            "run_time": NOW,
            "run_kind": "prune",
            "run_outcome": "succeeded",
            "run_pruned": 3,
            "run_freed_bytes": 9,
            "run_kept": 2,
            "run_down_seconds": 0.5,
            "run_kept_reasons": {"in\\u000ause": 2},
            "run_services": [{"name": "ocr.service", "down_seconds": None}],
        }
