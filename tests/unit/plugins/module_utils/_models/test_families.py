# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which models newer ones supersede. Nothing here is on a disk."""

from __future__ import annotations

import random
import re
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.families import Versions, parse_versions
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, STALE, Model
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import sample_model

AFTER_V = r"[_/]v(?P<version>[^_/]+?)(?:\.bin)?(?:$|/)"


def current(location: str, **fields: t.Any) -> Model:
    """Return a model that is neither incomplete nor stale by its prefix."""
    return sample_model(location, **{"status": CURRENT, "stale_prefix": None, **fields})


def superseded(models: t.Sequence[Model], pattern: str = AFTER_V, keep_newest: int | None = None) -> dict[str, str]:
    """Return by which model each one is superseded that is."""
    marked = parse_versions(pattern, keep_newest).mark(models)
    assert [model.location for model in marked] == [model.location for model in models]
    for before, after in zip(models, marked):
        is_stale = after.superseded_by is not None
        assert after == (before._replace(status=STALE, superseded_by=after.superseded_by) if is_stale else before)
    return {
        model.name: model.superseded_by.decode("utf-8", "surrogateescape")
        for model in marked
        if model.superseded_by is not None
    }


@pytest.mark.parametrize(
    "versions",
    [
        ["9", "10"],
        ["1", "1.0", "1.0-rc1", "1.0.1", "1.1", "1.10", "2"],
        ["2026-01-31", "2026-10-01"],
        ["alpha", "beta"],
        ["1", "1a", "1b"],
        ["01", "1"],
        ["x", "0"],
    ],
)
def test_versions_compare_by_their_runs_of_digits_then_as_text(versions: list[str]) -> None:
    for older, newer in zip(versions, versions[1:]):
        models = [current(f"en_v{version}.bin") for version in (newer, older)]
        assert superseded(models) == {f"en_v{older}.bin": f"en_v{newer}.bin"}
        assert superseded(models[::-1]) == {f"en_v{older}.bin": f"en_v{newer}.bin"}


def test_a_family_has_the_same_names_but_for_the_version() -> None:
    models = [current(name) for name in ("de_v1.bin", "en_v1.bin", "en_v2.bin", "sub/en_v3.bin", "en_v3.txt", "en.bin")]
    assert superseded(models) == {"en_v1.bin": "en_v2.bin"}


def test_the_version_may_be_that_of_a_folder() -> None:
    models = [current(name) for name in ("q/v1/a", "q/v1/b", "q/v10/a", "q/v9/a", "q/v9/b")]
    assert superseded(models) == {"q/v1/a": "q/v10/a", "q/v1/b": "q/v9/b", "q/v9/a": "q/v10/a"}


def test_names_that_are_the_same_only_once_they_are_joined_are_no_family() -> None:
    assert superseded([current("1aa"), current("a1a")], r"(?P<version>\d)") == {}


def test_a_name_in_which_no_version_is_found_belongs_to_no_family() -> None:
    pattern = r"^en(?:_v(?P<version>\d+))?\.bin$"
    assert superseded([current("en.bin"), current("en_v1.bin"), current("en_v2.bin")], pattern) == {
        "en_v1.bin": "en_v2.bin"
    }
    assert superseded([current("en.bin"), current("en_v1.bin")], r"^en(?P<version>(_v\d+)?)\.bin$") == {
        "en.bin": "en_v1.bin"
    }


@pytest.mark.parametrize(
    "keep_newest, stale", [(None, [1, 2, 3]), (1, [1, 2, 3]), (2, [1, 2]), (3, [1]), (4, []), (9, [])]
)
def test_so_many_of_the_newest_are_kept(keep_newest: int | None, stale: list[int]) -> None:
    models = [current(f"en_v{number}.bin") for number in (1, 2, 3, 4)]
    assert superseded(models, keep_newest=keep_newest) == {f"en_v{number}.bin": "en_v4.bin" for number in stale}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": INCOMPLETE},
        {"link_target": b"nowhere"},
        {"status": STALE, "stale_prefix": "en_"},
    ],
)
def test_what_is_no_whole_current_file_is_nobodys_newest_and_superseded_by_nobody(fields: dict[str, t.Any]) -> None:
    assert superseded([current("en_v1.bin"), current("en_v2.bin", **fields)]) == {}
    assert superseded([current("en_v1.bin", **fields), current("en_v2.bin")]) == {}


def test_names_that_are_no_text_have_families_too() -> None:
    models = [current("\udcff_v1.bin"), current("\udcfe_v1.bin"), current("\udcff_v2.bin")]
    assert superseded(models) == {r"\xff_v1.bin": "\udcff_v2.bin"}


@pytest.mark.parametrize("pattern", ["", "v[0-9]+", "(?P<Version>.)", "(.)"])
def test_a_pattern_without_the_group_is_refused(pattern: str) -> None:
    with pytest.raises(
        OcrModelError, match=r"^version_pattern: '.*' has no group named version; put what differs"
    ) as info:
        parse_versions(pattern, None)
    assert r"for example _v(?P<version>[0-9.]+)\." in str(info.value)


@pytest.mark.parametrize("pattern", ["(?P<version>", "[", "(?P<version>a{99999999999999999999})", "*", "(?P<v v>x)"])
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    with pytest.raises(
        OcrModelError, match=rf"^version_pattern: '{re.escape(pattern)}' is no regular expression of Python: "
    ):
        parse_versions(pattern, None)


@pytest.mark.parametrize("keep_newest", [0, -1])
def test_to_keep_none_of_a_family_is_refused(keep_newest: int) -> None:
    with pytest.raises(
        OcrModelError, match=rf"^keep_newest: {keep_newest} would keep no model of a family; .* at least 1"
    ):
        parse_versions("(?P<version>.)", keep_newest)


VERSION = st.lists(st.sampled_from(["0", "1", "9", "10", ".", "-", "rc", "a"]), max_size=4).map("".join)
NAME = st.tuples(st.sampled_from(["en", "de"]), VERSION, st.sampled_from(["", ".bin"])).map("v".join)
KINDS: list[dict[str, t.Any]] = [{}, {}, {}, {"status": INCOMPLETE}, {"link_target": b""}]
KIND = st.sampled_from([*KINDS, {"status": STALE, "stale_prefix": "e"}])
MODELS = st.dictionaries(NAME, KIND, max_size=10).map(
    lambda made: [current(name, **fields) for name, fields in sorted(made.items())]
)


@given(models=MODELS, keep_newest=st.integers(1, 3), seed=st.integers(0, 9))
@settings(max_examples=200, deadline=None, database=None)
def test_the_newest_of_each_family_stay_and_all_others_go(models: list[Model], keep_newest: int, seed: int) -> None:
    pattern = re.compile(r"^(en|de)v(?P<version>.*)v(|\.bin)$")
    marked = Versions(pattern, keep_newest).mark(models)

    def family(model: Model) -> tuple[t.Any, ...]:
        match = pattern.match(model.name)
        assert match is not None
        return match.group(1, 3)

    families: dict[t.Any, list[Model]] = {}
    for before, after in zip(models, marked):
        if before.status == CURRENT and not before.is_link:
            families.setdefault(family(before), []).append(after)
        else:
            assert after is before
    for members in families.values():
        stay = [model for model in members if model.superseded_by is None]
        assert len(stay) == min(keep_newest, len(members))
        for gone in members:
            if gone.superseded_by is not None:
                assert gone.superseded_by in [model.location for model in stay]
    # What is left then has no more to give, and the order in which the models come plays no part.
    left = [model for model in marked if model.superseded_by is None]
    assert Versions(pattern, keep_newest).mark(left) == left
    shuffled = list(models)
    random.Random(seed).shuffle(shuffled)
    assert sorted(Versions(pattern, keep_newest).mark(shuffled)) == sorted(marked)
