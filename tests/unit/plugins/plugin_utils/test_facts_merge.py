# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call replaces what is known of its own directories, and leaves what is known of the others."""

from __future__ import annotations

import copy
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import (
    COUNTERS,
    NULLABLE_COUNTERS,
    totals,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._facts_merge import merge_facts

Facts = dict[str, t.Any]


def directory(path: str, count: int = 1, **others: t.Any) -> Facts:
    """Return the facts of a directory in which each sum is ``count``."""
    sums = dict.fromkeys((*COUNTERS, *NULLABLE_COUNTERS), count)
    return {"path": path, "store": None, "exists": True, "gathered_at": "then", "disk": {}, **sums, **others}


def facts(*directories: Facts, now: str = "now", required: t.Sequence[Facts] = (), **others: t.Any) -> Facts:
    """Return the facts of a host, with a model and a process for each directory."""
    states = [row["state"] for row in required]
    return {
        "gathered_at": now,
        "directories": list(directories),
        **totals(directories),
        "required": list(required),
        "missing_count": states.count("missing"),
        "different_count": states.count("different"),
        "models": [{"directory": row["path"], "name": f"of {now}"} for row in directories],
        "holders": [{"directory": row["path"], "pid": 1, "models": [], "pending": []} for row in directories],
        "engine": {"state": now},
        **others,
    }


def seen(found: Facts) -> dict[str, tuple[int, list[str], int]]:
    """Return for each directory its count, the names of its models, and how many processes hold something of it."""
    return {
        row["path"]: (
            row["count"],
            [model["name"] for model in found["models"] if model["directory"] == row["path"]],
            sum(holder["directory"] == row["path"] for holder in found["holders"]),
        )
        for row in found["directories"]
    }


def test_two_applications_of_two_users_are_right_in_a_report_and_after_each_was_pruned() -> None:
    report = facts(directory("/a", 5), directory("/b", 7), now="report")
    after_a = merge_facts(report, facts(directory("/a", 3), now="pruned a"))
    assert seen(after_a) == {"/a": (3, ["of pruned a"], 1), "/b": (7, ["of report"], 1)}
    assert (after_a["count"], after_a["bytes"], after_a["pending_bytes"]) == (10, 10, 10)
    assert (after_a["gathered_at"], after_a["engine"]) == ("pruned a", {"state": "pruned a"})
    after_b = merge_facts(after_a, facts(directory("/b", 1), now="pruned b"))
    assert seen(after_b) == {"/b": (1, ["of pruned b"], 1), "/a": (3, ["of pruned a"], 1)}
    assert after_b["count"] == 4
    again = merge_facts(after_b, facts(directory("/a", 5), directory("/b", 7), now="report"))
    assert seen(again) == seen(report)


def test_what_is_unknown_of_one_directory_is_unknown_of_the_host() -> None:
    unknown = directory("/a", 1, in_use_count=None, pending_bytes=None)
    merged = merge_facts(facts(unknown), facts(directory("/b", 0)))
    assert (merged["in_use_count"], merged["pending_bytes"]) == (None, None)


@pytest.mark.parametrize(
    "before",
    [
        None,
        "nonsense",
        {},
        {"directories": "x", "models": 5, "holders": None, "required": {}},
        {"directories": [None, {"path": 7}, {"path": ["/x"]}, {"exists": True}], "models": ["x"], "holders": [[]]},
        {"directories": [{"path": "/x"}]},
        {"directories": [directory("/x", count=1, bytes="many")]},
        {**facts(), "models": [{"directory": "/gone"}, {"directory": ["/a"]}, {"name": "x"}]},
        {**facts(), "required": [{"name": "x", "state": "missing", "directories": [["/x"], None]}, {"name": 1}]},
    ],
)
def test_what_is_not_as_documented_is_left_out(before: object) -> None:
    now = facts(directory("/a"), required=[{"name": "w", "state": "missing", "path": None, "directories": ["/a"]}])
    assert merge_facts(copy.deepcopy(before), now) == now


def required(name: str, state: str, where: str | None, *looked_in: str) -> Facts:
    """Return the facts of a required model."""
    return {"name": name, "state": state, "path": where and f"{where}/{name}", "directories": list(looked_in)}


@pytest.mark.parametrize(
    "before, now, merged",
    [
        # Of another application, whether it is there or not.
        (required("w", "missing", None, "/b"), None, required("w", "missing", None, "/b")),
        (required("w", "different", "/b", "/b"), None, required("w", "different", "/b", "/b")),
        # Of the directory that was looked at now, and is not asked for any more.
        (required("w", "missing", None, "/a"), None, None),
        # Asked for by both: it is as it is where it is best.
        (required("w", "present", "/b", "/b"), required("w", "missing", None, "/a"), ("present", "/b/w")),
        (required("w", "missing", None, "/b"), required("w", "present", "/a", "/a"), ("present", "/a/w")),
        (required("w", "missing", None, "/b"), required("w", "different", "/a", "/a"), ("different", "/a/w")),
        # It was in the directory that was looked at now, and is not there any more.
        (required("w", "present", "/a", "/a", "/b"), required("w", "missing", None, "/a"), ("missing", None)),
        (required("w", "present", "/b", "/a", "/b"), required("w", "missing", None, "/a"), ("present", "/b/w")),
    ],
)
def test_required_models_of_two_applications(
    before: Facts, now: Facts | None, merged: Facts | tuple[str, str | None] | None
) -> None:
    known = facts(directory("/a"), directory("/b"), required=[before])
    found = merge_facts(known, facts(directory("/a"), required=[now] if now is not None else []))
    rows = found["required"]
    if isinstance(merged, tuple):
        (row,) = rows
        assert (row["state"], row["path"], sorted(row["directories"])) == (*merged, ["/a", "/b"])
    else:
        assert rows == ([merged] if merged is not None else [])
    states = [row["state"] for row in rows]
    assert (found["missing_count"], found["different_count"]) == (states.count("missing"), states.count("different"))


PATHS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)


@given(first=PATHS, second=PATHS, third=PATHS)
def test_each_directory_is_as_the_last_call_saw_it_and_the_sums_are_those_of_all(
    first: list[str], second: list[str], third: list[str]
) -> None:
    known: object = None
    last: dict[str, str] = {}
    for number, paths in enumerate((first, second, third)):
        known = merge_facts(known, facts(*(directory(path, number) for path in paths), now=str(number)))
        last.update(dict.fromkeys(paths, str(number)))
    assert isinstance(known, dict)
    assert seen(known) == {path: (int(number), [f"of {number}"], 1) for path, number in last.items()}
    assert {name: known[name] for name in (*COUNTERS, *NULLABLE_COUNTERS)} == totals(known["directories"])
