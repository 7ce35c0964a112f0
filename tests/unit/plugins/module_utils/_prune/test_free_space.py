# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Only as many models go as it takes until enough is free. Nothing here is on a disk."""

from __future__ import annotations

import os
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import PRESENT, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import FAIL, IGNORE, SKIP, Criteria
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.free_space import (
    ENOUGH,
    NO_GAIN,
    Need,
    lacking,
    only_needed,
    still_missing,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Plan, agree, make_plan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import NOTHING_SHARED, Sharing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import (
    Age,
    Space,
    parse_limit,
    parse_space,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import sample_model

NOW = 2_000_000_000
DAY = 86400
STALE = "goes: stale prefix old_"
HIDDEN = "stays: in use by a process or device that this user cannot see"


def aged(name: str, age: int, allocated: int = 100, **fields: t.Any) -> Model:
    """Return a stale model that was modified ``age`` seconds before NOW."""
    return sample_model(name, modified_ns=(NOW - age) * 10**9, allocated=allocated, **fields)


def needing(missing: int, sharing: Sharing = NOTHING_SHARED, file_system: int = 1) -> Need:
    """Return the need of a file system that lacks so many bytes."""
    return Need(file_system, missing, sharing)


def planned(
    *directories: tuple[t.Sequence[Model], Need], held: t.Collection[Model] = (), **criteria: t.Any
) -> list[Plan]:
    """Plan the prune of these directories, each with its need."""
    every = [model for models, _need in directories for model in models]
    usage = Usage({model.identity: model in held for model in every}, None)
    asked = Criteria(**criteria)
    plans = [make_plan(models, usage, asked, now_ns=NOW * 10**9) for models, _need in directories]
    return agree(only_needed(plans, [need for _models, need in directories], usage), len(every), asked)


def fates(plan: Plan) -> dict[str, str]:
    """Return what the plan says of each model: ``goes`` or ``stays``, and the reason."""
    assert list(plan.prune) == sorted(plan.prune)
    assert list(plan.keep) == sorted(plan.keep)
    result = {choice.model.name: f"goes: {choice.reason}" for choice in plan.prune}
    result.update((choice.model.name, f"stays: {choice.reason}") for choice in plan.keep)
    return result


@pytest.mark.parametrize(
    "missing, gone", [(0, ""), (1, "c"), (100, "c"), (101, "ca"), (200, "ca"), (201, "cab"), (999, "cab")]
)
def test_the_oldest_go_until_enough_is_free(missing: int, gone: str) -> None:
    models = [aged("old_a", 20), aged("old_b", 10), aged("old_c", 30)]
    (plan,) = planned((models, needing(missing)))
    assert fates(plan) == {f"old_{name}": STALE if name in gone else f"stays: {ENOUGH}" for name in "abc"}


def test_what_frees_nothing_stays_and_does_not_count() -> None:
    shared = aged("old_e", 96)
    models = [
        aged("old_a", 100, links=2),
        aged("old_b", 99, allocated=0),
        aged("old_c", 98, allocated=0, link_target=b"old_a"),
        shared,
        aged("old_f", 95),
        aged("old_g", 94),
    ]
    sharing = Sharing({shared.identity: ((0, 60), (70, 110))}, ())
    (plan,) = planned((models, needing(100, sharing)))
    assert fates(plan) == {
        **dict.fromkeys(["old_a", "old_b", "old_c", "old_e"], f"stays: {NO_GAIN}"),
        "old_f": STALE,
        "old_g": f"stays: {ENOUGH}",
    }


def test_of_a_model_that_shares_a_part_the_rest_counts() -> None:
    shared, unknown = aged("old_a", 3), aged("old_b", 2)
    sharing = Sharing({shared.identity: ((0, 60),), unknown.identity: None}, ())
    assert [needing(1, sharing).gain(model) for model in (shared, unknown)] == [40, 100]
    (plan,) = planned(([shared, unknown, aged("old_c", 1)], needing(41, sharing)))
    assert [choice.model.name for choice in plan.prune] == ["old_a", "old_b"]


@pytest.mark.parametrize("policy", [SKIP, IGNORE, FAIL])
def test_one_that_somebody_has_frees_nothing_whatever_the_policy(policy: str) -> None:
    used, free, last = aged("old_a", 30), aged("old_b", 20), aged("old_c", 10)
    (plan,) = planned(([used, free, last], needing(100)), held=[used], in_use=policy)
    if policy == FAIL:
        refused = "stays: the whole plan is refused"
        assert fates(plan) == {"old_a": HIDDEN, "old_b": refused, "old_c": f"stays: {ENOUGH}"}
        assert plan.refusal is not None
    else:
        assert fates(plan) == {"old_a": HIDDEN, "old_b": STALE, "old_c": f"stays: {ENOUGH}"}


@pytest.mark.parametrize("used", [aged("old_b", 1), aged("old_b", 99, links=2)])
def test_one_that_is_not_needed_is_not_in_the_way_of_the_run(used: Model) -> None:
    (plan,) = planned(([aged("old_a", 10), used], needing(100)), held=[used], in_use=FAIL)
    assert plan.refusal is None
    assert [choice.model.name for choice in plan.prune] == ["old_a"]
    assert plan.blocked == ()


def test_only_what_goes_counts_for_max_prune() -> None:
    models = [aged("old_a", 3), aged("old_b", 2), aged("old_c", 1)]
    (plan,) = planned((models, needing(100)), max_prune=parse_limit("1"))
    assert plan.refusal is None
    (plan,) = planned((models, needing(101)), max_prune=parse_limit("1"))
    assert (plan.prune, plan.refusal is None) == ((), False)


def test_directories_of_one_file_system_have_one_need_and_others_their_own() -> None:
    one = [aged("old_a", 40), aged("old_b", 10)]
    other = [aged("old_c", 30), aged("old_d", 20)]
    apart = [aged("old_e", 50), aged("old_f", 5)]
    plans = planned((one, needing(150)), (other, needing(150)), (apart, needing(50, file_system=2)))
    assert [[choice.model.name for choice in plan.prune] for plan in plans] == [["old_a"], ["old_c"], ["old_e"]]
    needs = [needing(150), needing(150), needing(500, file_system=2)]
    assert still_missing(needs, [100, 40, 100]) == 10 + 400
    assert still_missing(needs, [100, 400, 900]) == 0


MODELS = st.lists(
    st.tuples(
        st.integers(-1, 5), st.sampled_from([0, 1, 5, 7, 40]), st.sampled_from([1, 1, 1, 2]), st.sampled_from("   uekr")
    ),
    max_size=9,
)


@given(made=MODELS, missing=st.integers(0, 120), policy=st.sampled_from([SKIP, IGNORE]))
@settings(max_examples=300, deadline=None, database=None)
def test_no_more_goes_than_needed_and_nothing_that_is_protected(
    made: list[tuple[int, int, int, str]], missing: int, policy: str
) -> None:
    models, held = [], []
    for number, (age, allocated, links, kind) in enumerate(made):
        name = f"old_{kind.strip()}{number}"
        required = PRESENT if kind == "r" else None
        models.append(aged(name, age * DAY, allocated, links=links, required=required))
        if kind == "u":
            held.append(models[-1])
    criteria: dict[str, t.Any] = {"keep": ("old_k*",), "min_age": Age("1d", DAY), "in_use": policy}
    (plan,) = planned((models, needing(missing)), held=held, **criteria)
    gone = [choice.model for choice in plan.prune]
    stay = [choice.model for choice in plan.keep]
    assert sorted(gone + stay) == sorted(models)

    def may_go(model: Model) -> bool:
        is_old = model.modified_ns <= (NOW - DAY) * 10**9
        return is_old and model not in held and model.required is None and not model.name.startswith("old_k")

    def useful(model: Model) -> bool:
        return may_go(model) and model.links == 1 and model.allocated > 0

    assert all(map(useful, gone))
    freed = sum(model.allocated for model in gone)
    rest = [model for model in stay if useful(model)]
    # Enough, or all that there is; without the last one it would not do; and none is younger than one that stays.
    assert freed >= missing or not rest
    order = sorted(gone, key=lambda model: (model.modified_ns, model.location))
    assert not order or freed - order[-1].allocated < missing
    assert not order or all((m.modified_ns, m.location) > (order[-1].modified_ns, order[-1].location) for m in rest)
    assert still_missing([needing(missing)], [freed]) == max(0, missing - freed)
    # A second run finds what is left, and what was freed.
    (again,) = planned((stay, needing(max(0, missing - freed))), held=held, **criteria)
    assert again.prune == ()


def status(total: int, available: int, block: int = 4096) -> os.statvfs_result:
    """Return the status of a file system of so many blocks, of which so many are available to ordinary users."""
    return os.statvfs_result((block, block, total, available + 7, available, 0, 0, 0, 0, 255))


@pytest.mark.parametrize(
    "wanted, missing",
    [
        ("20%", 10 * 4096),
        ("10%", 0),
        ("0%", 0),
        ("100%", 90 * 4096),
        ("10.01%", 41),
        ("40KiB", 0),
        ("41KiB", 1024),
        ("1MiB", 1024**2 - 40960),
        ("1PiB", 1024**5 - 40960),
    ],
)
def test_what_a_file_system_of_100_blocks_lacks_that_has_10_available(wanted: str, missing: int) -> None:
    space = parse_space("min_free", wanted)
    assert space is not None
    assert lacking(status(100, 10), space) == missing


def test_a_file_system_without_blocks_lacks_nothing() -> None:
    assert lacking(status(0, 0), Space("1GiB", 1024**3, 1, False)) == 0


@pytest.mark.parametrize(
    "text, space",
    [
        ("20%", Space("20%", 20, 100, True)),
        (" 2.5 % ", Space("2.5 %", 25, 1000, True)),
        ("100%", Space("100%", 100, 100, True)),
        ("50GiB", Space("50GiB", 50 * 1024**3, 1, False)),
        ("1.5 tib", Space("1.5 tib", 15 * 1024**4, 10, False)),
        ("1KiB", Space("1KiB", 1024, 1, False)),
        (None, None),
    ],
)
def test_space_that_is_understood(text: str | None, space: Space | None) -> None:
    assert parse_space("min_free", text) == space


@pytest.mark.parametrize(
    "text", ["", "20", "120%", "100.1%", "-1%", "50GB", "50G", "GiB", "1e3KiB", "1.GiB", ".5GiB", "5  GiB", "\u0663%"]
)
def test_space_that_is_refused_with_the_option_named(text: str) -> None:
    with pytest.raises(OcrModelError, match=r"^min_free: .* is neither a share nor a size; write for example 20% "):
        parse_space("min_free", text)
