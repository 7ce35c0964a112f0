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


@pytest.mark.parametrize(
    ("variables", "lost", "fact", "reason"),
    [
        (OLD, False, "old", None),
        ({}, False, None, None),
        ({"ansible_facts": "nonsense"}, False, None, None),
        ({**OLD, "res": "nonsense"}, False, "old", None),
        ({**OLD, "res": {"unreachable": True, "msg": "no route "}}, False, None, "unreachable: no route"),
        ({**OLD, "res": {"failed": True, "msg": "denied"}}, False, None, "failed: denied"),
        ({**OLD, "res": {"failed": True}}, False, None, "failed"),
        ({**OLD, "res": {"failed": True, **NEW}}, False, "new", None),
        ({**OLD, "res": NEW}, False, "old", None),
        ({**OLD, "res": NEW}, True, "new", None),
        (OLD, True, None, "failed or became unreachable in this run, before it reported"),
    ],
)
def test_facts_count_unless_the_host_did_not_answer(
    variables: dict[str, t.Any], lost: bool, fact: t.Any, reason: str | None
) -> None:
    found = collect({"a": variables}, ["a"], lost=["a"] if lost else [], result="res")
    assert found == {"facts": {"a": fact}, "reasons": {} if reason is None else {"a": reason}}


def test_a_host_that_the_inventory_does_not_know_never_reported() -> None:
    assert collect({}, ["a"]) == {"facts": {"a": None}, "reasons": {}}


def test_the_input_must_be_the_variables_of_hosts() -> None:
    with pytest.raises(AnsibleFilterError, match="must be hostvars"):
        collect(["a"], ["a"])
