# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which facts count, and what is said of the hosts that have none."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_facts import FilterModule

collect = FilterModule().filters()["ocr_fleet_facts"]

OLD = {"ansible_facts": {"ocr_models": "old"}}
NEW = {"ansible_facts": {"ocr_models": "new"}}
LOST = "failed or became unreachable in this run, before it reported"
LOST_LATER = "failed or became unreachable in this run, after it reported"


@pytest.mark.parametrize(
    ("variables", "lost", "fact", "reason", "failure"),
    [
        (OLD, False, "old", None, None),
        ({}, False, None, None, None),
        ({"ansible_facts": "nonsense"}, False, None, None, None),
        ({**OLD, "res": "nonsense"}, False, "old", None, None),
        ({**OLD, "res": {"unreachable": True, "msg": "no route "}}, False, None, "unreachable: no route", None),
        ({"res": {"unreachable": True, "msg": "a:\r\nb"}}, False, None, "unreachable: a: b", None),
        ({**OLD, "res": {"unreachable": True}, "rescued": NEW}, False, None, "unreachable", None),
        ({**OLD, "res": {"failed": True, "msg": "denied"}}, False, None, "failed: denied", None),
        ({**OLD, "res": {"failed": True}}, False, None, "failed", None),
        ({**OLD, "res": {"failed": True, "msg": "full", **NEW}}, False, "new", None, "failed: full"),
        ({**OLD, "res": {"failed": True, "msg": "full", "ocr_models": "new"}}, False, "new", None, "failed: full"),
        ({**OLD, "res": {"failed": True, "msg": "full"}, "rescued": NEW}, False, "new", None, "failed: full"),
        ({**OLD, "res": NEW}, True, "new", None, LOST_LATER),
        ({**OLD, "res": {"ocr_models": "new"}}, True, "new", None, LOST_LATER),
        (OLD, True, None, LOST, None),
    ],
)
def test_facts_count_unless_the_host_did_not_answer(
    variables: dict[str, t.Any], lost: bool, fact: t.Any, reason: str | None, failure: str | None
) -> None:
    found = collect({"a": variables}, ["a"], lost=["a"] if lost else [], result=["res", "rescued"])
    assert found == {
        "facts": {"a": fact},
        "reasons": {} if reason is None else {"a": reason},
        "failures": {} if failure is None else {"a": failure},
        "runs": {},
    }


def gathered(time: str) -> dict[str, str]:
    """Return facts that a host gathered at this time."""
    return {"gathered_at": time}


@pytest.mark.parametrize("form", ["fact", "value"])
@pytest.mark.parametrize(("published", "returned"), [("12:00", "12:30"), ("12:30", "12:00")])
def test_the_newest_facts_count(form: str, published: str, returned: str) -> None:
    facts = {"ocr_models": gathered(returned)}
    variables = {
        "ansible_facts": {"ocr_models": gathered(published)},
        "res": {"ansible_facts": facts} if form == "fact" else facts,
    }
    assert collect({"a": variables}, ["a"], result="res")["facts"]["a"] == gathered("12:30")


@pytest.mark.parametrize(
    ("run", "failure"),
    [
        ({"kind": "prune", "time": "2026-11-20T12:00:00Z", "outcome": "succeeded", "failure": None}, None),
        (
            {"kind": "prune", "time": "2026-11-20T12:00:00Z", "outcome": "failed", "failure": "Read-only file system"},
            "prune of 2026-11-20T12:00:00Z failed: Read-only file system",
        ),
        ({"outcome": "failed"}, "run of unknown time failed: no reason given"),
        ({"failure": 7}, "run of unknown time failed: 7"),
        ("nonsense", None),
    ],
)
def test_what_failed_in_the_last_run_of_the_role_stands_beside_the_facts(run: t.Any, failure: str | None) -> None:
    found = collect({"a": {"ansible_facts": {"ocr_models": "facts", "ocr_models_run": run}}}, ["a"])
    assert found["facts"] == {"a": "facts"}
    assert found["failures"].get("a") == failure
    assert found["runs"] == {"a": run}


def test_a_host_that_the_inventory_does_not_know_never_reported() -> None:
    assert collect({}, ["a"]) == {"facts": {"a": None}, "reasons": {}, "failures": {}, "runs": {}}


def test_the_input_must_be_the_variables_of_hosts() -> None:
    with pytest.raises(AnsibleFilterError, match="must be hostvars"):
        collect(["a"], ["a"])
