# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a fleet: its numbers, its order, its drift, and that no host can break it."""

from __future__ import annotations

import copy
import json
import random
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import FilterModule
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import COUNTERS, NULLABLE_COUNTERS

Facts = dict[str, t.Any]

summarize = FilterModule().filters()["ocr_fleet_summary"]


def model(name: str, size: int = 100, status: str = "current", **others: t.Any) -> Facts:
    """Return the facts of a model as ocr_model_facts documents them."""
    facts = {
        "name": name,
        "directory": "/srv/ocr/models",
        "path": f"/srv/ocr/models/{name}",
        "bytes": size,
        "allocated_bytes": size,
        "modified": "2026-10-01T08:00:00Z",
        "status": status,
        "stale_prefix": "old_" if status == "stale" else None,
        "link_target": None,
        "checksum": None,
        "in_use": False,
        "holders": [],
        "engine_listed": None,
    }
    facts.update(others)
    return facts


def host(*models: Facts, **others: t.Any) -> Facts:
    """Return the facts of a host as ocr_model_facts documents them."""

    def of(status: str) -> list[Facts]:
        return [found for found in models if found["status"] == status]

    sums: Facts = {
        "count": len(models),
        "bytes": sum(found["bytes"] for found in models),
        "allocated_bytes": sum(found["allocated_bytes"] for found in models),
        "stale_count": len(of("stale")),
        "stale_bytes": sum(found["bytes"] for found in of("stale")),
        "incomplete_count": len(of("incomplete")),
        "incomplete_bytes": sum(found["bytes"] for found in of("incomplete")),
        "in_use_count": sum(1 for found in models if found["in_use"]),
        "pending_bytes": 0,
    }
    facts: Facts = {
        "gathered_at": "2026-11-20T12:00:00Z",
        "directories": [directory(**sums)],
        **sums,
        "models": list(models),
        "holders": [],
        "engine": {"state": "released", "package": "p", "version": "26.10.0", "python": "/p", "message": None},
    }
    facts.update(others)
    return facts


def directory(path: str | None = "/srv/ocr/models", **others: t.Any) -> Facts:
    """Return the facts of a directory as ocr_model_facts documents them."""
    facts = {
        "path": path,
        "store": None,
        "exists": True,
        "disk": {"total_bytes": 10**12, "available_bytes": 10**11},
        **dict.fromkeys((*COUNTERS, *NULLABLE_COUNTERS), 0),
    }
    return {**facts, **others}


def without(facts: Facts, key: str) -> Facts:
    """Return a copy of the facts that lacks a key."""
    return {name: value for name, value in facts.items() if name != key}


def test_totals_add_up_what_the_hosts_report() -> None:
    summary = summarize(
        {
            "a": host(model("x", 10, in_use=True), model("old_y", 20, "stale"), pending_bytes=7),
            "b": host(model("x", 10), model("z.part", 5, "incomplete")),
            "c": None,
        },
        {"c": "unreachable"},
    )
    assert summary["totals"] == {
        "hosts": 3,
        "reported": 2,
        "missing": 1,
        "not_yet_reached": 0,
        "failed": 0,
        "faulty": 0,
        "needs_action": 3,
        "models": 4,
        "bytes": 45,
        "allocated_bytes": 45,
        "stale_count": 1,
        "stale_bytes": 20,
        "incomplete_count": 1,
        "incomplete_bytes": 5,
        "stale_allocated_bytes": 20,
        "incomplete_allocated_bytes": 5,
        "reclaimable_bytes": 32,
        "stale_hosts": 1,
        "in_use_count": 1,
        "in_use_count_unknown_hosts": 0,
        "pending_bytes": 7,
        "pending_bytes_unknown_hosts": 0,
        "runs": {},
        "engine_states": {"released": 2},
        "sdk_versions": {"26.10.0": 2},
    }


def test_the_last_runs_are_added_up_by_their_kind() -> None:
    prune = {"kind": "prune", "outcome": "succeeded", "pruned": 3, "freed": 9, "kept": 2, "down": 0.5}
    services = {"services": [{"name": "s", "down_seconds": 0.5}]}
    runs = {
        "a": {**prune, **services},
        "b": {**prune, "outcome": "failed", "pruned": 1, "down": 0},
        "c": {**prune, "kind": "dry run", "freed": 100},
        "d": {"kind": "report", "outcome": "failed", "pruned": 7},
    }
    assert summarize(dict.fromkeys("abcde"), runs=runs)["totals"]["runs"] == {
        "prune": {
            "hosts": 2, "failed": 1, "pruned": 4, "freed_bytes": 18, "kept": 4, "services": 1, "down_seconds": 0.5
        },
        "dry run": {
            "hosts": 1, "failed": 0, "pruned": 3, "freed_bytes": 100, "kept": 2, "services": 0, "down_seconds": 0.5
        },
    }  # fmt: skip


def test_an_empty_fleet_has_zero_of_everything() -> None:
    summary = summarize({})
    assert summary["hosts"] == summary["models"] == summary["drift"] == []
    assert {value for value in summary["totals"].values() if not isinstance(value, dict)} == {0}


def test_unknown_is_neither_zero_nor_hidden() -> None:
    known = host(model("x", in_use=True), pending_bytes=3)
    unknown = host(model("x", in_use=None), in_use_count=None, pending_bytes=None)

    totals = summarize({"a": known, "b": unknown})["totals"]
    assert (totals["in_use_count"], totals["in_use_count_unknown_hosts"]) == (1, 1)
    assert (totals["pending_bytes"], totals["pending_bytes_unknown_hosts"]) == (3, 1)

    totals = summarize({"b": unknown})["totals"]
    assert totals["in_use_count"] is None and totals["pending_bytes"] is None


def test_rows_are_sorted_by_host_then_name_whatever_the_order_of_the_facts() -> None:
    facts = {name: host(model("b"), model("A"), model("a/c")) for name in ("h10", "h9", "H1")}
    expected = summarize(facts)
    assert [row["host"] for row in expected["hosts"]] == ["H1", "h10", "h9"]
    assert [(row["host"], row["name"]) for row in expected["models"][:4]] == [
        ("H1", "A"),
        ("H1", "a/c"),
        ("H1", "b"),
        ("h10", "A"),
    ]
    shuffled = copy.deepcopy(facts)
    for found in shuffled.values():
        random.Random(1).shuffle(found["models"])
    assert json.dumps(summarize(dict(reversed(list(shuffled.items()))))) == json.dumps(expected)


def test_the_row_of_a_host_has_the_facts_of_the_host() -> None:
    holder = {
        **GOOD_HOLDER,
        "pid": 7,
        "command": "ocr",
        "user": "svc",
        "unit": None,
        "models": ["b", "a"],
        "pending": [],
    }
    facts = host(model("x", 10), holders=[holder], engine={"state": "failed", "version": None, "message": "upgrade"})
    (row,) = summarize({"a": facts})["hosts"]
    for name in ("gathered_at", "count", "bytes", "stale_count", "in_use_count", "pending_bytes"):
        assert row[name] == facts[name]
    assert row["reason"] is None
    assert (row["path"], row["exists"]) == ("/srv/ocr/models", True)
    assert (row["disk_total_bytes"], row["disk_available_bytes"]) == (10**12, 10**11)
    (one,) = row["directories"]
    assert (one["path"], one["store"], one["count"], one["disk_total_bytes"]) == ("/srv/ocr/models", None, 1, 10**12)
    assert (row["engine_state"], row["engine_version"], row["engine_message"]) == ("failed", None, "upgrade")
    assert row["holders"] == [{**holder, "models": ["a", "b"]}]
    assert (row["required"], row["missing_count"], row["run_kind"]) == ([], None, None)


def test_the_row_of_a_host_with_several_directories() -> None:
    full = {"total_bytes": 10**13, "available_bytes": 10**11}
    directories = [directory("/a"), directory("/b", store="ocr", disk=full), directory("/c", exists=False, disk=None)]
    models = [model("x", 10, directory="/b"), model("x", 11, directory="/a"), model("w", 9, directory="/b")]
    summary = summarize({"a": host(*models, directories=directories), "b": host(model("x", 10), model("w", 9))})
    row = summary["hosts"][0]
    assert (row["path"], row["exists"], row["faults"]) == ("/a, /b, /c", False, [])
    assert (row["disk_total_bytes"], row["disk_available_bytes"]) == (10**13, 10**11)
    assert [(one["path"], one["store"], one["disk_total_bytes"]) for one in row["directories"]] == [
        ("/a", None, 10**12),
        ("/b", "ocr", 10**13),
        ("/c", None, None),
    ]
    shown = [(row["name"], row["path"]) for row in summary["models"] if row["host"] == "a"]
    assert shown == [("w", "/b"), ("x", "/a"), ("x", "/b")]
    (drift,) = summary["drift"]
    assert (drift["kind"], drift["variants"], drift["outliers"]) == ("size", {"10": 2, "11": 1}, {"11": ["a"]})


def test_the_row_of_a_model_has_the_columns_of_the_csv_in_their_order() -> None:
    (row,) = summarize({"a": host(model("old_x", 10, "stale", checksum="ab", in_use=None))})["models"]
    assert list(row.items()) == [
        ("host", "a"),
        ("path", "/srv/ocr/models"),
        ("name", "old_x"),
        ("status", "stale"),
        ("stale_prefix", "old_"),
        ("bytes", 10),
        ("allocated_bytes", 10),
        ("modified", "2026-10-01T08:00:00Z"),
        ("in_use", None),
        ("checksum", "ab"),
    ]


def test_versions_are_counted_in_the_order_of_their_numbers() -> None:
    versions = ["26.10.0", "26.9.1", "26.9.1", "9" * 5000, "beta", None]
    facts = {
        str(index): host(engine={"state": "released", "version": version}) for index, version in enumerate(versions)
    }
    assert list(summarize(facts)["totals"]["sdk_versions"].items()) == [
        ("26.9.1", 2),
        ("26.10.0", 1),
        ("9" * 5000, 1),
        ("beta", 1),
    ]


def test_models_are_added_up_by_name_the_largest_first() -> None:
    small, large = model("old_x", 10, "stale"), model("y", 30)
    facts = {"a": host(small, large), "b": host({**small, "directory": "/other"}, small), "c": host(model("old_x", 5))}
    assert summarize(facts)["by_model"] == [
        {
            "name": "old_x", "hosts": 3, "models": 4, "bytes": 35, "allocated_bytes": 35,
            "statuses": {"current": 1, "stale": 3, "incomplete": 0},
        },
        {
            "name": "y", "hosts": 1, "models": 1, "bytes": 30, "allocated_bytes": 30,
            "statuses": {"current": 1, "stale": 0, "incomplete": 0},
        },
    ]  # fmt: skip


def test_groups_have_totals_of_their_own_and_hosts_name_their_groups() -> None:
    facts = {"a": host(model("x", 10)), "b": host(model("x", 20)), "c": None}
    groups = {"web": ["b", "a"], "all of them": ["a", "b", "c"], "none": ["gone"]}
    found = summarize(facts, groups=groups)
    assert [(row["group"], row["hosts"], row["bytes"], row["missing"]) for row in found["by_group"]] == [
        ("all of them", 3, 30, 1),
        ("web", 2, 30, 0),
    ]
    assert {**found["by_group"][0], "group": 0} == {**found["totals"], "group": 0}
    assert [row["groups"] for row in found["hosts"]] == [
        ["all of them", "web"],
        ["all of them", "web"],
        ["all of them"],
    ]
    alone = summarize(facts)
    assert alone["by_group"] == [] and [row["groups"] for row in alone["hosts"]] == [[], [], []]


class TestHostsWithoutFacts:
    """They are listed, with the reason, and add nothing to the sums."""

    def test_the_reason_given_is_kept(self) -> None:
        summary = summarize({"a": host(model("x"))}, {"b": "unreachable: timed out"})
        assert [(row["host"], row["reason"]) for row in summary["hosts"]] == [
            ("a", None),
            ("b", "unreachable: timed out"),
        ]
        assert summary["hosts"][0].keys() == summary["hosts"][1].keys()
        assert summary["drift"] == []

    def test_no_facts_and_no_reason_means_never_reported(self) -> None:
        (row,) = summarize({"a": None})["hosts"]
        assert row["reason"] == "never reported"
        assert row["count"] is None and row["holders"] == []

    def test_facts_do_not_count_when_there_is_a_reason_not_to_trust_them(self) -> None:
        summary = summarize({"a": host(model("x"))}, {"a": "unreachable"})
        assert summary["totals"]["missing"] == 1
        assert summary["models"] == []


MALFORMED = [
    ("nonsense", "ocr_models is a string, not a dictionary"),
    (7, "ocr_models is an integer, not a dictionary"),
    ([], "ocr_models is a list, not a dictionary"),
    ({}, "directories is null, not a list"),
    (host(models="x"), "models is a string, not a list"),
    (host(models={"x": 1}), "models is a dictionary, not a list"),
    (host(models=None), "models is null, not a list"),
    (host(gathered_at="2026-11-20T12:00:00+02:00"), "gathered_at is not a time in UTC by ISO 8601"),
    (host(gathered_at="2026-11-20T12:00:00Z\n"), "gathered_at is not a time in UTC by ISO 8601"),
    (host(count=None), "count is null, not an integer"),
    (without(host(), "stale_bytes"), "stale_bytes is null, not an integer"),
    (host(in_use_count="many"), "in_use_count is a string, not an integer"),
]


@pytest.mark.parametrize(("facts", "fault"), MALFORMED, ids=[fault for _facts, fault in MALFORMED])
def test_malformed_facts_make_a_host_missing_and_leave_the_others_alone(facts: t.Any, fault: str) -> None:
    summary = summarize({"bad": facts, "good": host(model("x", 10))})
    assert summary["hosts"][0]["reason"] == f"malformed facts: {fault}"
    assert summary["totals"]["reported"] == 1
    assert summary["totals"]["bytes"] == 10


GOOD = model("good", 10)
GOOD_HOLDER = {
    "directory": "/srv/ocr/models",
    "pid": 7,
    "command": "ocr",
    "user": "svc",
    "unit": None,
    "models": [],
    "pending": [],
}
ODD_PARTS: list[tuple[Facts, str]] = [
    ({"models": [GOOD, "x"]}, "models[1] is a string, not a dictionary"),
    ({"models": [GOOD, model("x", bytes="4")]}, "models[1].bytes is a string, not an integer"),
    ({"models": [GOOD, model("x", bytes=True)]}, "models[1].bytes is a boolean, not an integer"),
    ({"models": [model("x", bytes=1.5), GOOD]}, "models[0].bytes is a float, not an integer"),
    ({"models": [model("x", bytes=-1), GOOD]}, "models[0].bytes is out of range"),
    ({"models": [model("x", bytes=10**5000), GOOD]}, "models[0].bytes is out of range"),
    ({"models": [GOOD, {**GOOD, "name": None}]}, "models[1].name is null, not a string"),
    ({"models": [GOOD, {**GOOD, "name": ["x"]}]}, "models[1].name is a list, not a string"),
    ({"models": [GOOD, model("x", status="fine")]}, "models[1].status is none of current, stale, incomplete"),
    ({"models": [GOOD, model("x", modified="yesterday")]}, "models[1].modified is not a time in UTC by ISO 8601"),
    ({"models": [GOOD, model("x", in_use="no")]}, "models[1].in_use is a string, not a boolean"),
    ({"models": [GOOD, without(model("x"), "directory")]}, "models[1].directory is null, not a string"),
    ({"directories": [directory(exists="yes")]}, "directories[0].exists is a string, not a boolean"),
    ({"directories": [directory(), directory(path=None)]}, "directories[1].path is null, not a string"),
    ({"directories": [directory(count=-1)]}, "directories[0].count is out of range"),
    ({"directories": [directory(disk="full")]}, "directories[0].disk is a string, not a dictionary"),
    (
        {"directories": [directory(disk={"total_bytes": "x"})]},
        "directories[0].disk.total_bytes is a string, not an integer",
    ),
    ({"engine": None}, "engine is null, not a dictionary"),
    ({"engine": "fine"}, "engine is a string, not a dictionary"),
    ({"engine": {"state": None}}, "engine.state is null, not a string"),
    ({"engine": {"state": "released", "version": 26.10}}, "engine.version is a float, not a string"),
    ({"holders": {"x": 1}}, "holders is a dictionary, not a list"),
    ({"holders": [GOOD_HOLDER, None]}, "holders[1] is null, not a dictionary"),
    ({"holders": [GOOD_HOLDER, {**without(GOOD_HOLDER, "pending")}]}, "holders[1].pending is null, not a list"),
    ({"holders": [{**GOOD_HOLDER, "pid": "1"}, GOOD_HOLDER]}, "holders[0].pid is a string, not an integer"),
    (
        {"holders": [GOOD_HOLDER, {**GOOD_HOLDER, "pending": [{"name": "x", "bytes": None}]}]},
        "holders[1].pending[0].bytes is null, not an integer",
    ),
    ({"holders": [GOOD_HOLDER, {**GOOD_HOLDER, "models": [{}]}]}, "holders[1].models[0] is a dictionary, not a string"),
    ({"required": "x"}, "required is a string, not a list"),
    ({"required": [{"name": "x", "state": "gone"}]}, "required[0].state is none of present, missing, different"),
    ({"missing_count": -1}, "missing_count is out of range"),
]


@pytest.mark.parametrize(("odd", "fault"), ODD_PARTS, ids=[fault for _odd, fault in ODD_PARTS])
def test_an_odd_part_is_named_and_hides_nothing_else(odd: Facts, fault: str) -> None:
    summary = summarize({"a": {**host(GOOD, holders=[GOOD_HOLDER]), **odd}})
    (row,) = summary["hosts"]
    assert (row["reason"], row["faults"]) == (None, [f"left out: {fault}"])
    assert (summary["totals"]["reported"], summary["totals"]["faulty"]) == (1, 1)
    assert [found["name"] for found in summary["models"]] == ["good"]
    if fault != "holders is a dictionary, not a list":
        assert row["holders"] == [GOOD_HOLDER]


def test_a_host_that_makes_up_a_thousand_faults_is_not_quoted_at_length() -> None:
    (row,) = summarize({"a": host(models=["x"] * 1000)})["hosts"]
    assert row["faults"][-1] == "and 995 more"
    assert len(row["faults"]) == 6


@pytest.mark.parametrize("year", ["0001", "1", "10000", "+10000", "-0044", "123456789", "1970"])
def test_a_file_may_be_of_any_year(year: str) -> None:
    summary = summarize({"a": host(model("x", modified=f"{year}-01-31T00:00:00Z"))})
    assert (summary["hosts"][0]["reason"], summary["hosts"][0]["faults"]) == (None, [])
    assert summary["models"][0]["modified"].startswith(year)


def test_a_file_may_be_of_no_known_time() -> None:
    summary = summarize({"a": host(model("x", modified=None))})
    assert (summary["hosts"][0]["faults"], summary["models"][0]["modified"]) == ([], None)


def test_files_may_be_as_large_as_files_can_be() -> None:
    large = 7 * 2**60
    summary = summarize({"a": host(model("x", large), model("y", large)), "b": host(model("x", 2**63 - 1))})
    assert [row["reason"] for row in summary["hosts"]] == [None, None]
    assert summary["totals"]["bytes"] == 2 * large + 2**63 - 1


def test_two_models_that_are_named_alike_are_both_there_and_said_to_be() -> None:
    summary = summarize({"a": host(model("x", 3), model("x", 4), model("y")), "b": host(model("x", 4), model("y"))})
    assert [(row["host"], row["name"], row["bytes"]) for row in summary["models"][:2]] == [("a", "x", 3), ("a", "x", 4)]
    assert [row["faults"] for row in summary["hosts"]] == [["several models are named x"], []]
    assert [row["outliers"] for row in summary["drift"]] == [{"3": ["a"]}]


def test_a_failure_stands_beside_the_facts() -> None:
    facts = {"a": host(model("x", 10)), "b": host(model("x", 10)), "c": None, "d": "nonsense"}
    failures = {"a": "failed: Read-only\nfile system", "c": "failed: denied", "d": "failed: too"}
    summary = summarize(facts, None, None, failures)
    assert [(row["reason"], row["failure"]) for row in summary["hosts"]] == [
        (None, "failed: Read-only\\u000afile system"),
        (None, None),
        ("failed: denied", None),
        ("malformed facts: ocr_models is a string, not a dictionary", None),
    ]
    totals = summary["totals"]
    assert (totals["reported"], totals["failed"], totals["missing"], totals["bytes"]) == (2, 1, 2, 20)


def test_names_that_are_not_utf8_can_be_written() -> None:
    summary = summarize({"h\udcff": host(model("caf\udce9 \ud800 日本"))}, {"b": "\udc80"})
    json.dumps(summary, ensure_ascii=False).encode("utf-8")
    assert summary["models"][0]["name"] == "caf\\xe9 \\ud800 日本"
    assert [row["host"] for row in summary["hosts"]] == ["b", "h\\xff"]


class TestDrift:
    """What differs between hosts that ought to be alike."""

    def test_hosts_that_are_alike_do_not_drift(self) -> None:
        assert summarize({"a": host(model("x", checksum="1")), "b": host(model("x", checksum="1"))})["drift"] == []

    def test_size(self) -> None:
        drift = summarize({"a": host(model("x", 9)), "b": host(model("x", 10)), "c": host(model("x", 10))})["drift"]
        assert drift == [
            {
                "group": "all",
                "name": "x",
                "status": "current",
                "kind": "size",
                "variants": {"9": 1, "10": 2},
                "outliers": {"9": ["a"]},
            }
        ]
        assert list(drift[0]["variants"]) == ["9", "10"]

    def test_checksum_counts_only_where_it_is_known(self) -> None:
        unknown, one, other = model("x"), model("x", checksum="1"), model("x", checksum="2")
        assert summarize({"a": host(unknown), "b": host(one)})["drift"] == []
        (row,) = summarize({"a": host(unknown), "b": host(one), "c": host(other)})["drift"]
        assert (row["kind"], row["variants"], row["outliers"]) == ("checksum", {"1": 1, "2": 1}, {"2": ["c"]})

    def test_missing_names_the_hosts_that_lack_a_model_most_have(self) -> None:
        (row,) = summarize({"a": host(model("x")), "b": host(model("x")), "c": host()})["drift"]
        assert (row["kind"], row["variants"]) == ("missing", {"missing": 1, "present": 2})
        assert row["outliers"] == {"missing": ["c"]}

    def test_missing_names_the_hosts_that_have_a_model_most_lack(self) -> None:
        (row,) = summarize({"a": host(model("x")), "b": host(), "c": host()})["drift"]
        assert (row["kind"], row["variants"]) == ("missing", {"missing": 2, "present": 1})
        assert row["outliers"] == {"present": ["a"]}

    def test_a_host_that_did_not_report_lacks_nothing(self) -> None:
        assert summarize({"a": host(model("x")), "b": None, "c": "nonsense"})["drift"] == []

    def test_one_model_may_differ_in_every_way(self) -> None:
        facts = {"a": host(model("x", 1, checksum="1")), "b": host(model("x", 2, checksum="2")), "c": host()}
        assert [row["kind"] for row in summarize(facts)["drift"]] == ["checksum", "missing", "size"]

    @pytest.mark.parametrize(
        ("statuses", "expected"),
        [
            (("stale", "stale"), "stale"),
            (("incomplete", "stale"), "stale"),
            (("incomplete", "current"), "current"),
            (("incomplete", "incomplete"), "incomplete"),
        ],
    )
    def test_the_status_is_the_most_wanted_of_all_hosts(self, statuses: list[str], expected: str) -> None:
        facts = {str(size): host(model("x", size, status)) for size, status in enumerate(statuses)}
        assert [row["status"] for row in summarize(facts)["drift"]] == [expected]

    def test_groups_are_compared_apart(self) -> None:
        facts = {name: host(model("x", size)) for name, size in (("a", 1), ("b", 1), ("c", 2), ("d", 3))}
        groups = {"pair": ["c", "b"], "alike": ["a", "b"], "gone": ["unknown"], "empty": []}
        (row,) = summarize(facts, None, groups)["drift"]
        assert (row["group"], row["variants"], row["outliers"]) == ("pair", {"1": 1, "2": 1}, {"2": ["c"]})

    def test_no_groups_at_all_means_no_comparison(self) -> None:
        assert summarize({"a": host(model("x")), "b": host()}, groups={})["drift"] == []

    def test_every_host_with_models_of_its_own_stays_within_the_size_of_the_fleet(self) -> None:
        facts = {f"h{index:04}": host(*(model(f"{index}-{number}") for number in range(5))) for index in range(400)}
        drift = summarize(facts)["drift"]
        assert len(drift) == 2000
        assert sum(len(hosts) for row in drift for hosts in row["outliers"].values()) == 2000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["a"],), "the input must be a dictionary"),
        (("a",), "the input must be a dictionary"),
        (({}, ["a"]), "reasons must be a dictionary"),
        (({}, None, ["a"]), "groups must be a dictionary"),
        (({}, None, None, ["a"]), "failures must be a dictionary"),
        (({}, None, {"web": "a"}), "the hosts of 'web' must be a list"),
        (({}, None, {"web": 1}), "the hosts of 'web' must be a list"),
    ],
)
def test_a_wrong_use_is_an_error_that_says_so(arguments: tuple[t.Any, ...], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        summarize(*arguments)
