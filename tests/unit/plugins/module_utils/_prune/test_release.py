# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services are in the way: those whose stop releases a model of the plan, or a deleted one."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import (
    Condition,
    Manager,
    Noted,
    Operation,
    Service,
    StepResult,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import (
    DEVICE,
    Holder,
    Holders,
    PendingFile,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import release as prune_release
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.release import Release, parse_services
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import Choice, Plan
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import sample_model

GONE = (1, 99)


class Known(Manager):
    """The services a (also called alias), b, with which web ends, the target t of b, and idle, which does not run."""

    services: tuple[Service, ...] = (
        Service("a.service", "active", frozenset({"a.service", "alias.service"})),
        Service("b.service", "active", frozenset({"b.service"})),
        Service("t.target", "active", frozenset({"t.target"})),
        Service("idle.service", "inactive", frozenset({"idle.service"})),
    )
    ended = {
        "a.service": {"a.service", "alias.service"},
        "b.service": {"b.service", "web.service"},
        "t.target": {"t.target", "b.service", "web.service"},
        "idle.service": {"idle.service"},
    }

    def runs(self, name: str) -> bool:
        return name != "idle.service"

    def ends(self, name: str) -> frozenset[str] | None:
        return frozenset(self.ended[name])

    def operation(self, chosen: t.Sequence[str]) -> Operation:
        return Operation(tuple(chosen), tuple(Noted(name, "active", True) for name in chosen), (), ())

    def stop_failures(self, operation: Operation, results: t.Sequence[StepResult]) -> dict[str, str]:
        return {}

    def conditions(
        self, operation: Operation, stop: t.Sequence[StepResult], start: t.Sequence[StepResult]
    ) -> dict[str, Condition]:
        return {}


class Scripts(Known):
    """Init scripts, of which nothing is known but whether they run."""

    services = (Service("ocr", "active", None), Service("idle", "inactive", None))

    def runs(self, name: str) -> bool:
        return name == "ocr"

    def ends(self, name: str) -> None:
        return None


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[type[Manager]], None]:
    """The services of the host; the process counts as root's."""

    def use(manager: type[Manager]) -> None:
        monkeypatch.setattr(prune_release, "find_services", lambda _names: manager())

    use(Known)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return use


def holder(pid: int, unit: str | None, *models: Model, pending: t.Sequence[Identity] = ()) -> Holder:
    """A process of a unit that has these models, and these deleted ones."""
    files = tuple(PendingFile(identity, b"/m", "gone", 4096) for identity in pending)
    return Holder(pid, "python3", "ocr", unit, frozenset(model.identity for model in models), files)


def chosen(
    models: t.Sequence[Model],
    holders: t.Sequence[Holder],
    *,
    in_use: bool | None = True,
    release: str = "when_needed",
    plan: Plan | None = None,
) -> tuple[tuple[str, ...], list[bool | None], int | None]:
    """The services that are stopped for these models, what use of them and what pending bytes are foreseen."""
    held = {identity for item in holders for identity in item.identities}
    answers = {model.identity: in_use if not holders or model.identity in held else False for model in models}
    usage = Usage(answers, Holders(tuple(holders), complete=True))
    decision = Release(parse_services(["x"], release, 120))
    decision.usage_after_stop(models, usage)
    after = decision.settle(plan or Plan(tuple(Choice(model, "stale") for model in models), ()))
    names = decision.operation.chosen if decision.operation is not None else ()
    assert after.holders is not None
    return names, [after.of(model) for model in models], after.holders.pending_bytes(b"/m")


OLD = sample_model("old_a.bin", identity=(1, 1))
MORE = sample_model("old_b.bin", identity=(1, 2))


@pytest.mark.parametrize(
    "unit, names",
    [
        ("a.service", ["a.service"]),
        ("alias.service", ["a.service"]),
        ("b.service", ["b.service"]),
        ("web.service", ["b.service", "t.target"]),
        (None, ["a.service", "b.service", "t.target"]),
        ("other.service", []),
        ("idle.service", []),
        ("session-2.scope", []),
        ("user@1000.service", []),
    ],
)
def test_the_unit_of_a_holder_tells_what_is_in_the_way(unit: str | None, names: list[str]) -> None:
    stopped, in_use, _pending = chosen([OLD, MORE], [holder(4711, unit, OLD)])
    assert list(stopped) == names
    assert in_use == [not names, False]


def test_no_service_is_stopped_for_a_loop_device() -> None:
    assert chosen([OLD], [holder(DEVICE, None, OLD)])[:2] == ((), [True])


def test_a_user_of_the_same_name_has_no_service_even_where_its_manager_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(Known.ended, "a.service", {"a.service", "user@1000.service"})
    assert chosen([OLD], [holder(4711, "user@1000.service", OLD)])[0] == ()


def test_a_model_that_somebody_else_has_as_well_is_no_reason_to_stop() -> None:
    both = [holder(1, "a.service", OLD, MORE), holder(2, "session-2.scope", OLD), holder(3, "b.service", MORE)]
    assert chosen([OLD], both)[:2] == ((), [True])
    assert chosen([OLD, MORE], both)[:2] == (("a.service", "b.service"), [True, False])


@pytest.mark.parametrize("in_use", [True, None])
def test_a_model_whose_holder_nobody_knows_puts_all_services_in_the_way(in_use: bool | None) -> None:
    assert chosen([OLD], [], in_use=in_use)[:2] == (("a.service", "b.service", "t.target"), [False])


def test_nothing_in_use_is_no_reason_to_stop() -> None:
    assert chosen([OLD], [], in_use=False)[0] == ()


def test_deleted_models_are_a_reason_to_stop() -> None:
    keeps = holder(1, "a.service", pending=[GONE])
    assert chosen([], [keeps]) == (("a.service",), [], 0)
    assert chosen([], [keeps, holder(2, "session-2.scope", pending=[GONE])]) == ((), [], 4096)


def test_always_is_whenever_something_goes() -> None:
    assert chosen([OLD], [], in_use=False, release="always")[0] == ("a.service", "b.service", "t.target")
    assert chosen([], [], release="always")[0] == ()
    keeps = [holder(1, "a.service", pending=[GONE])]
    assert chosen([], keeps, release="always")[0] == ("a.service",)


def test_a_refused_plan_stops_nothing() -> None:
    refused = Plan((), (Choice(OLD, "the whole plan is refused"),), "too many")
    held = [holder(1, "a.service", OLD, pending=[GONE])]
    for release in ("when_needed", "always"):
        assert chosen([OLD], held, release=release, plan=refused) == ((), [True], 4096)


def test_of_a_script_nobody_knows_the_processes(known: t.Callable[[type[Manager]], None]) -> None:
    known(Scripts)
    assert chosen([OLD], [holder(1, "outer.service", OLD)])[:2] == (("ocr",), [False])
    assert chosen([OLD], [holder(1, None, OLD)])[:2] == (("ocr",), [False])


def test_only_root_may_stop_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(OcrModelError, match=r"a\.service would have to be stopped, which only root may do"):
        chosen([OLD], [holder(1, "a.service", OLD)])
    assert chosen([OLD], [], in_use=False)[0] == ()


def test_the_init_system_is_asked_as_root_alone(known: t.Callable[[type[Manager]], None], as_user: int) -> None:
    seen = []

    class Asked(Known):
        def __getattribute__(self, name: str) -> t.Any:
            if name in ("runs", "ends", "operation", "conditions"):
                seen.append((name, os.geteuid()))
            return super().__getattribute__(name)

    known(Asked)
    usage = Usage({OLD.identity: True}, Holders((holder(1, "web.service", OLD),), complete=True))
    decision = Release(parse_services(["x"], "when_needed", 120))
    decision.usage_after_stop([OLD], usage)
    decision.settle(Plan((Choice(OLD, "stale"),), ()))
    decision.rows(decision.pause())
    assert os.geteuid() == as_user
    assert {name for name, _user in seen} == {"runs", "ends", "operation", "conditions"}
    assert {user for _name, user in seen} == {0}


def test_what_is_predicted_of_each_service() -> None:
    decision = Release(parse_services(["x"], "when_needed", 120))
    usage = Usage({OLD.identity: True}, Holders((holder(1, "a.service", OLD),), complete=True))
    assert decision.usage_after_stop([OLD], usage).of(OLD) is False
    decision.settle(Plan((Choice(OLD, "stale"),), ()))
    rows = [(row["name"], row["was"], row["stopped"], row["state"]) for row in decision.rows(None)]
    assert rows == [
        ("a.service", "active", True, "active"),
        ("b.service", "active", False, "active"),
        ("t.target", "active", False, "active"),
        ("idle.service", "inactive", False, "inactive"),
    ]


def test_the_options_are_checked() -> None:
    assert parse_services([" ocr ", "", "  "], "when_needed", 1).names == ("ocr",)
    assert not parse_services(["  "], "always", 1).wanted
    assert not parse_services(["ocr"], "never", 1).wanted
    with pytest.raises(OcrModelError, match="services: -H begins with a dash"):
        parse_services(["-H"], "never", 120)
    with pytest.raises(OcrModelError, match="service_timeout: 0 is too short; give at least 1 second"):
        parse_services(["ocr"], "when_needed", 0)
