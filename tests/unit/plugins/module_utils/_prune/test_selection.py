# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a prune: what goes, what stays, and why. Nothing here is on a disk."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Holder, Holders
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, INCOMPLETE, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.criteria import FAIL, IGNORE, SKIP, Criteria
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Plan, agree, make_plan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age, Limit, parse_limit
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import sample_model

NOW = 2_000_000_000
HOUR = 3600
DAY = 24 * HOUR


def aged(location: str, age: int, **fields: t.Any) -> Model:
    """Return a model that was modified ``age`` seconds before NOW."""
    return sample_model(location, modified_ns=(NOW - age) * 10**9, **fields)


def incomplete(location: str, age: int) -> Model:
    """Return an incomplete download of that age."""
    return aged(location, age, status=INCOMPLETE, stale_prefix=None)


def current(location: str) -> Model:
    """Return a model that no rule is about."""
    return aged(location, 1000 * DAY, status=CURRENT, stale_prefix=None)


def held(*models: Model, by: str = "python3", pid: int = 4711) -> Usage:
    """Return a usage in which one process has these models, and nobody any other."""
    identities = frozenset(model.identity for model in models)
    holder = Holder(pid, by, "ocr", None, identities, ())
    return Usage(dict.fromkeys(identities, True), Holders((holder,), complete=True))


def plan_of(*models: Model, usage: Usage | None = None, **criteria: t.Any) -> Plan:
    """Plan a prune of ``models``, of which nobody has one unless ``usage`` says otherwise."""
    in_use: dict[t.Any, bool | None] = dict.fromkeys((model.identity for model in models), False)
    holders = None
    if usage is not None:
        in_use.update(usage.in_use)
        holders = usage.holders
    plan = make_plan(models, Usage(in_use, holders), Criteria(**criteria), now_ns=NOW * 10**9)
    (agreed,) = agree([plan], len(models), Criteria(**criteria))
    return agreed


def fates(plan: Plan) -> dict[str, str]:
    """Return what the plan says of each model: ``goes`` or ``stays``, and the reason."""
    result = {choice.model.name: f"goes: {choice.reason}" for choice in plan.prune}
    result.update((choice.model.name, f"stays: {choice.reason}") for choice in plan.keep)
    return result


def test_stale_models_go_and_others_are_not_spoken_of() -> None:
    plan = plan_of(aged("old_a.bin", 0), current("b.bin"), incomplete("c.part", 1000 * DAY))
    assert fates(plan) == {"old_a.bin": "goes: stale prefix old_"}
    assert plan.refusal is None


@pytest.mark.parametrize(
    "pattern, stays",
    [
        ("old_a.bin", True),
        ("sub/old_a.bin", True),
        ("*.bin", True),
        ("sub/*", True),
        ("old_?.bin", True),
        ("old_[a-c].bin", True),
        ("old_", False),
        ("sub", False),
        ("OLD_A.BIN", False),
        ("*.gguf", False),
        ("", False),
    ],
)
def test_keep_patterns_match_the_name_or_the_file_name(pattern: str, stays: bool) -> None:
    kept, goes = f"stays: keep pattern {pattern}", "goes: stale prefix old_"
    plan = plan_of(aged("sub/old_a.bin", 0), keep=("no such model", pattern))
    assert fates(plan) == {"sub/old_a.bin": kept if stays else goes}


def test_a_keep_pattern_sees_the_name_as_it_is_shown() -> None:
    assert fates(plan_of(aged("old_\udcff", 0), keep=(r"old_\\xff",))) == {r"old_\xff": "goes: stale prefix old_"}
    assert fates(plan_of(aged("old_\udcff", 0), keep=(r"old_\xff",))) == {r"old_\xff": r"stays: keep pattern old_\xff"}


@pytest.mark.parametrize(
    "age, stays", [(0, True), (DAY - 1, True), (DAY, False), (DAY + 1, False), (-1, True), (-1000 * DAY, True)]
)
def test_a_model_younger_than_min_age_stays_and_a_time_in_the_future_is_age_0(age: int, stays: bool) -> None:
    plan = plan_of(aged("old_a.bin", age), min_age=Age("1d", DAY))
    assert fates(plan) == {"old_a.bin": "stays: younger than 1d" if stays else "goes: stale prefix old_"}


@pytest.mark.parametrize("age", [0, -1000 * DAY])
def test_a_min_age_of_0_keeps_nothing(age: int) -> None:
    assert fates(plan_of(aged("old_a.bin", age), min_age=Age("0", 0))) == {"old_a.bin": "goes: stale prefix old_"}


@pytest.mark.parametrize(
    "age, min_age, fate",
    [
        (DAY - 1, None, "stays: younger than 24h"),
        (DAY, None, "goes: incomplete download, at least 24h old"),
        (DAY, Age("2d", 2 * DAY), "stays: younger than 2d"),
        (2 * DAY, Age("2d", 2 * DAY), "goes: incomplete download, at least 2d old"),
        (HOUR, Age("1h", HOUR), "goes: incomplete download, at least 1h old"),
        (0, Age("0", 0), "goes: incomplete download, at least 0 old"),
        (-DAY, None, "stays: younger than 24h"),
    ],
)
def test_incomplete_downloads_go_when_asked_for_and_older_than_a_day(age: int, min_age: Age | None, fate: str) -> None:
    assert fates(plan_of(incomplete("a.part", age), incomplete=True, min_age=min_age)) == {"a.part": fate}


def test_the_age_of_incomplete_downloads_does_not_keep_stale_models() -> None:
    assert fates(plan_of(aged("old_a.part", 0), incomplete=True)) == {"old_a.part": "goes: stale prefix old_"}


@pytest.mark.parametrize("policy", ["skip", "fail", "ignore"])
def test_what_becomes_of_a_model_in_use(policy: str) -> None:
    used, free = aged("old_a.bin", DAY), aged("old_b.bin", DAY)
    plan = plan_of(used, free, usage=held(used), in_use=policy)
    goes = "goes: stale prefix old_"
    assert (
        fates(plan)
        == {
            "skip": {"old_a.bin": "stays: in use by 4711 (python3)", "old_b.bin": goes},
            "fail": {"old_a.bin": "stays: in use by 4711 (python3)", "old_b.bin": "stays: the whole plan is refused"},
            "ignore": {"old_a.bin": goes, "old_b.bin": goes},
        }[policy]
    )
    refusal = (
        "in_use is fail and models that should go are in use: old_a.bin: in use by 4711 (python3); nothing was removed"
    )
    assert plan.refusal == (refusal if policy == "fail" else None)


@pytest.mark.parametrize(
    "in_use, reason",
    [
        (True, "in use by a process or device that this user cannot see"),
        (
            None,
            (
                "in use cannot be ruled out by this user; run as root "
                "(on ext4, xfs and the like the owner of the file will do)"
            ),
        ),
    ],
)
@pytest.mark.parametrize("holders", [None, Holders((), complete=False)])
def test_use_that_nobody_can_be_named_for(in_use: bool | None, reason: str, holders: Holders | None) -> None:
    model = aged("old_a.bin", DAY)
    plan = plan_of(model, usage=Usage({model.identity: in_use}, holders))
    assert fates(plan) == {"old_a.bin": f"stays: {reason}"}


def test_every_holder_is_named() -> None:
    model = aged("old_a.bin", DAY)
    one, other = (
        Holder(pid, command, "ocr", None, frozenset([model.identity]), ())
        for pid, command in ((12, "python3"), (340, "ocr server"))
    )
    usage = Usage({model.identity: True}, Holders((one, other), complete=True))
    assert fates(plan_of(model, usage=usage)) == {"old_a.bin": "stays: in use by 12 (python3), 340 (ocr server)"}


def test_the_first_rule_that_keeps_a_model_gives_the_reason() -> None:
    young, old = aged("old_a.bin", 0), aged("old_b.bin", DAY)
    criteria: dict[str, t.Any] = {"min_age": Age("1d", DAY), "usage": held(young, old), "in_use": "fail"}
    plan = plan_of(young, old, keep=("*_a*", "*.bin"), **criteria)
    assert fates(plan) == {"old_a.bin": "stays: keep pattern *_a*", "old_b.bin": "stays: keep pattern *.bin"}
    assert plan.refusal is None
    plan = plan_of(young, old, **criteria)
    assert fates(plan) == {"old_a.bin": "stays: younger than 1d", "old_b.bin": "stays: in use by 4711 (python3)"}
    assert plan.refusal is not None


@pytest.mark.parametrize("limit, refused", [("2", False), ("1", True), ("50%", False), ("49%", True)])
def test_a_plan_above_max_prune_is_refused_whole(limit: str, refused: bool) -> None:
    models = [aged("old_a", DAY), aged("old_b", DAY), aged("old_c", 0), current("d")]
    plan = plan_of(*models, max_prune=parse_limit(limit), min_age=Age("1d", DAY))
    if refused:
        assert plan.prune == ()
        assert fates(plan) == {
            "old_a": "stays: the whole plan is refused",
            "old_b": "stays: the whole plan is refused",
            "old_c": "stays: younger than 1d",
        }
        why = f"the plan would remove 2 of 4 models, more than max_prune {limit} allows; nothing was removed"
        assert plan.refusal == why
    else:
        assert [choice.model.name for choice in plan.prune] == ["old_a", "old_b"]
        assert plan.refusal is None


def test_models_in_use_that_stay_anyway_do_not_count_for_max_prune() -> None:
    used, free = aged("old_a", DAY), aged("old_b", DAY)
    assert plan_of(used, free, usage=held(used), max_prune=Limit("1", 1, False)).refusal is None


def test_what_stays_of_a_refused_plan_is_sorted() -> None:
    models = [aged(f"old_{letter}", DAY) for letter in "abcd"]
    plan = plan_of(*models, keep=("old_b", "old_d"), max_prune=Limit("1", 1, False))
    assert [choice.model.name for choice in plan.keep] == ["old_a", "old_b", "old_c", "old_d"]


@pytest.mark.parametrize("in_use", [FAIL, SKIP, IGNORE])
def test_a_model_with_an_obstacle_stays_and_counts_for_nothing(in_use: str) -> None:
    models = [aged("old_a", DAY, user_id=0), aged("old_b", DAY, user_id=1001), aged("old_kept", DAY, user_id=0)]
    plan = make_plan(
        models,
        Usage({model.identity: model is models[0] for model in models}, None),
        Criteria(in_use=in_use, keep=("*kept",), max_prune=parse_limit("1")),
        now_ns=NOW * 10**9,
        obstacle=lambda owner, _group: "belongs to root" if owner == 0 else None,
    )
    assert plan.refusal is None
    assert fates(plan) == {
        "old_a": "stays: belongs to root",
        "old_b": "goes: stale prefix old_",
        "old_kept": "stays: keep pattern *kept",
    }


LIMIT = Limit("3", 3, False)


@pytest.mark.parametrize("counts, refused", [((2, 1), False), ((2, 2), True), ((4, 0), True), ((0, 3), False)])
def test_max_prune_counts_over_all_directories_and_refuses_all(counts: tuple[int, int], refused: bool) -> None:
    directories = [[aged(f"old_{number}", DAY) for number in range(count)] + [current("new")] for count in counts]
    nobody = Usage({}, None, otherwise=False)
    criteria = Criteria(max_prune=LIMIT)
    plans = [make_plan(models, nobody, criteria, now_ns=NOW * 10**9) for models in directories]
    agreed = agree(plans, sum(map(len, directories)), criteria)
    if not refused:
        assert agreed == plans
        return
    assert [(plan.prune, len(plan.keep)) for plan in agreed] == [((), counts[0]), ((), counts[1])]
    why = f"the plan would remove {sum(counts)} of {sum(counts) + 2} models, more than max_prune 3 allows"
    assert {plan.refusal for plan in agreed} == {f"{why}; nothing was removed"}


def test_a_model_in_use_refuses_the_plans_of_all_directories() -> None:
    used, free = aged("old_used", DAY), aged("old_free", DAY)
    criteria = Criteria(in_use="fail")
    usage = held(used)._replace(otherwise=False)
    plans = [make_plan([model], usage, criteria, now_ns=NOW * 10**9) for model in (used, free)]
    agreed = agree(plans, 2, criteria)
    assert [fates(plan) for plan in agreed] == [
        {"old_used": "stays: in use by 4711 (python3)"},
        {"old_free": "stays: the whole plan is refused"},
    ]
    assert all("old_used: in use by 4711 (python3)" in str(plan.refusal) for plan in agreed)
