# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which required models a host has. Nothing here is on a disk."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import parse_versions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import (
    Required,
    mark_required,
    parse_required,
    required_facts,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import NOTHING_REQUIRED
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import sample_model

SUM, OTHER_SUM = "ab" * 32, "cd" * 32


def current(location: str, **fields: t.Any) -> Model:
    """Return a model of 1000 bytes that is neither incomplete nor stale by its prefix."""
    return sample_model(location, **{"status": CURRENT, "stale_prefix": None, **fields})


@pytest.mark.parametrize(
    "fields, wanted, compare_sums, state",
    [
        ({}, {}, False, "present"),
        ({}, {"bytes": 1000}, False, "present"),
        ({}, {"bytes": 999}, False, "different"),
        ({"size": 0}, {"bytes": 0}, False, "present"),
        ({}, {"bytes": 0}, False, "different"),
        ({"link_target": b"elsewhere"}, {}, False, "different"),
        ({"status": INCOMPLETE}, {}, False, "different"),
        ({"checksum": SUM}, {"sha256": SUM.upper()}, True, "present"),
        ({"checksum": OTHER_SUM}, {"sha256": SUM}, True, "different"),
        ({"checksum": SUM}, {"sha256": SUM, "bytes": 999}, True, "different"),
        ({}, {"sha256": SUM}, True, "different"),
        ({}, {"sha256": SUM}, False, "present"),
        ({}, {}, True, "present"),
    ],
)
def test_what_is_said_of_a_model_that_is_there(
    fields: dict[str, t.Any], wanted: dict[str, t.Any], compare_sums: bool, state: str
) -> None:
    required = parse_required([{"name": "a", **wanted}])
    other, model = mark_required([current("b"), current("a", **fields)], required, compare_sums=compare_sums)
    assert (other.required, model.required) == (None, state)
    assert required_facts(required, [("/m", [other, model])]) == {
        "required": [{"name": "a", "state": state, "path": "/m/a", "directories": ["/m"]}],
        "missing_count": 0,
        "different_count": int(state == "different"),
    }


def test_required_models_are_told_in_their_order_and_missing_ones_have_no_path() -> None:
    required = parse_required([{"name": name} for name in ("z", "sub/a", "y")])
    models = mark_required([current("sub/a"), current("sub/y")], required, compare_sums=False)
    assert required_facts(required, [("/", models)]) == {
        "required": [
            {"name": "z", "state": "missing", "path": None, "directories": ["/"]},
            {"name": "sub/a", "state": "present", "path": "/sub/a", "directories": ["/"]},
            {"name": "y", "state": "missing", "path": None, "directories": ["/"]},
        ],
        "missing_count": 2,
        "different_count": 0,
    }
    assert required_facts((), []) == {"required": [], "missing_count": 0, "different_count": 0} == NOTHING_REQUIRED


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_right_in_one_directory_is_present(turned: bool) -> None:
    required = parse_required([{"name": "a", "bytes": 1000}])
    found = [
        (path, mark_required([current("a", size=size)], required, compare_sums=False))
        for path, size in (("/wrong", 1), ("/right", 1000), ("/wrong too", 2))
    ]
    facts = required_facts(required, found[::-1] if turned else found)
    (row,) = facts["required"]
    assert (row["state"], row["path"], len(row["directories"])) == ("present", "/right/a", 3)
    facts = required_facts(required, [found[2], found[0]])
    looked_in = ["/wrong too", "/wrong"]
    assert facts["required"] == [{"name": "a", "state": "different", "path": "/wrong too/a", "directories": looked_in}]


def test_a_name_is_written_as_it_is_shown() -> None:
    names = ["caf\udce9 \n.bin", "back\\slash"]
    required = parse_required([{"name": current(name).name} for name in names])
    models = mark_required([current(name) for name in names], required, compare_sums=False)
    assert [model.required for model in models] == ["present", "present"]
    assert [row["name"] for row in required_facts(required, [("/m", models)])["required"]] == [
        r"caf\xe9 \u000a.bin",
        r"back\\slash",
    ]


@pytest.mark.parametrize("name", ["", " ", "/etc/passwd", "a/", "a//b", "a\0b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(
        OcrModelError, match=r"^required: .* is no model's name; write the path below the model directory"
    ):
        parse_required([{"name": name}])


@pytest.mark.parametrize("name", ["..", "a/../b", "../b", "./a", "a/.", ".hidden", "a/.b/c"])
def test_a_name_that_leads_elsewhere_or_is_hidden_is_refused(name: str) -> None:
    with pytest.raises(OcrModelError, match=rf"^required: '{re.escape(name)}' has the part '\.[^']*'; a model's name"):
        parse_required([{"name": name}])


@pytest.mark.parametrize("name", ["back\\slash", r"a\x", r"a\x61", "new\nline", "caf\udce9"])
def test_a_name_that_is_not_spelled_as_it_is_shown_is_refused(name: str) -> None:
    with pytest.raises(OcrModelError, match=r"^required: .* is not spelled as the facts show names"):
        parse_required([{"name": name}])


@pytest.mark.parametrize(
    "items, message",
    [
        ([{"name": "a", "sha256": "abc"}], "required: the sha256 of a is 'abc', not 64 hexadecimal digits"),
        ([{"name": "a", "sha256": "g" * 64}], "not 64 hexadecimal digits"),
        ([{"name": "a", "bytes": -1}], "required: a cannot have -1 bytes"),
        ([{"name": "a"}, {"name": "b"}, {"name": " a "}], "is named twice"),
    ],
)
def test_what_else_is_wrong_is_refused(items: list[dict[str, t.Any]], message: str) -> None:
    with pytest.raises(OcrModelError, match=re.escape(message)):
        parse_required(items)


def test_an_empty_sum_is_none() -> None:
    assert parse_required([{"name": " a ", "sha256": " ", "bytes": None}]) == (Required(b"a"),)


def test_a_required_model_that_is_different_supersedes_nobody_and_others_do() -> None:
    required = parse_required([{"name": "en_v3", "bytes": 1}, {"name": "en_v1"}])
    versions = parse_versions(r"_v(?P<version>\d+)", None)
    models = mark_required([current(f"en_v{number}") for number in (1, 2, 3)], required, compare_sums=False)
    assert [model.superseded_by for model in versions.mark(models)] == [b"en_v2", None, None]
    required = parse_required([{"name": "en_v3", "bytes": 1000}])
    models = mark_required([current(f"en_v{number}") for number in (1, 2, 3)], required, compare_sums=False)
    assert [model.superseded_by for model in versions.mark(models)] == [b"en_v3", b"en_v3", None]
