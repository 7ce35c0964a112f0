# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model in use stays: open or mapped, by whomever, before the plan or after it, for root and for the plain owner."""

from __future__ import annotations

import contextlib
import os
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, names, prune, reasons, substitute
from holders import hold_mapped, hold_open, holding, start_holder, stop_holder
from namespaces import SERVICE, STRANGER, in_child, isolated, mount, mount_file_system

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import mounts
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import execution
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report

FILE_SYSTEMS = pytest.mark.parametrize("kind", ["tmpfs", "ext4", "btrfs", "overlay"])
HOLDS = {"open": hold_open, "mapped": hold_mapped}
HOLDERS = {"root": 0, "owner": SERVICE, "stranger": STRANGER}
EACH_HOLD = pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS.keys())
# Where a lease alone decides, the plain owner knows as much as root; elsewhere what it cannot know counts as in use.
RUNS = pytest.mark.parametrize(
    ("user", "backup"), [(0, False), (0, True), (SERVICE, False)], ids=["root", "root with backup", "owner"]
)


def make_models(area: Path, kind: str) -> Path:
    """Make a model directory of the service user with a free model and one to be held, on such a file system."""
    mount_file_system(kind, area / "fs")
    models = make_folder(area / "fs" / "models", owner=SERVICE)
    for name in ("old_free.bin", "old_held.bin"):
        make_file(models / name, b"x" * 8192, owner=SERVICE)
    return models


def prune_as(user: int, models: Path, backup: bool, **options: t.Any) -> Report:
    """Prune as that user, into a backup directory if wanted."""
    if backup:
        options["backup_dir"] = models.parent / "backup"
    return in_child(lambda: prune(models, **options), user=user)


@FILE_SYSTEMS
@RUNS
@isolated
def test_a_held_model_stays(area: Path, kind: str, user: int, backup: bool) -> None:
    models = make_models(area, kind)
    (models / "old_held.bin").unlink()
    with contextlib.ExitStack() as stack:
        pids = {}
        for way, hold in HOLDS.items():
            for holder, holder_user in HOLDERS.items():
                name = f"old_{way}_by_{holder}.bin"
                model = make_file(models / name, b"x" * 8192, owner=SERVICE)
                pids[name] = stack.enter_context(holding(hold, model, user=holder_user))
        report = prune_as(user, models, backup)
        kept = reasons(report.result["kept"])
        for name, pid in pids.items():
            assert (models / name).exists()
            assert kept[name].startswith("in use")
            if user == 0:
                assert f"in use by {pid} (" in kept[name]
        if user == 0 or kind != "overlay":
            assert names(report.result["pruned"]) == ["old_free.bin"]
    assert set(names(prune(models).result["pruned"])) >= set(pids)


@FILE_SYSTEMS
@RUNS
@isolated
def test_a_model_taken_between_plan_and_removal_stays(area: Path, kind: str, user: int, backup: bool) -> None:
    models = make_models(area, kind)
    (models / "old_held.bin").unlink()
    held = {make_file(models / f"old_{way}.bin", b"x" * 8192, owner=SERVICE): hold for way, hold in HOLDS.items()}
    remove = execution.remove
    holder_pids: list[int] = []

    def taken_first(*arguments: t.Any, **options: t.Any) -> None:
        holder_pids.extend(start_holder(hold, model) for model, hold in held.items())
        remove(*arguments, **options)

    def work() -> dict[str, str]:
        substitute(prune_run, "remove", taken_first)
        result = prune(models, backup_dir=models.parent / "backup" if backup else None).result
        for pid in holder_pids:
            stop_holder(pid)
        return reasons(result["kept"])

    kept = in_child(work, user=user)
    for model in held:
        assert kept[model.name].startswith("in use")
        assert model.exists()
    if user == 0 or kind != "overlay":
        assert sorted(models.iterdir()) == sorted(held)


@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "btrfs", "overlay"])
@pytest.mark.parametrize("backup", [False, True])
@isolated
def test_nobody_gets_hold_of_a_model_in_the_instant_of_its_removal(area: Path, kind: str, backup: bool) -> None:
    models = make_models(area, kind)
    answers = []

    def at_removal(call: t.Callable[..., None]) -> t.Callable[..., None]:
        def replacement(name: t.Any, *arguments: t.Any, **options: t.Any) -> None:
            if name == b"old_held.bin":
                answers.append(in_child(opens, user=STRANGER))
            call(name, *arguments, **options)

        return replacement

    def opens() -> bool:
        try:
            os.open(models / "old_held.bin", os.O_RDONLY | os.O_NONBLOCK)
        except BlockingIOError:
            return False
        return True

    substitute(os, "unlink", at_removal(os.unlink))
    substitute(os, "rename", at_removal(os.rename))
    report = prune(models, backup_dir=area / "fs" / "backup" if backup else None)
    # That the run is still there shows, too, that it ignores the SIGIO that the attempt sent it.
    assert names(report.result["pruned"]) == ["old_free.bin", "old_held.bin"]
    assert answers == [False]


@pytest.mark.parametrize("kind", ["tmpfs", "overlay"])
@isolated
def test_fail_removes_nothing_at_all(area: Path, kind: str) -> None:
    models = make_models(area, kind)
    with holding(hold_mapped, models / "old_held.bin") as pid:
        report = prune(models, in_use="fail")
    assert report.failure is not None and f"old_held.bin: in use by {pid}" in report.failure
    assert report.result["pruned"] == []
    assert len(os.listdir(models)) == 2


@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "overlay"])
@EACH_HOLD
@isolated
def test_ignore_removes_and_names_the_bytes_that_the_holder_keeps(
    area: Path, kind: str, hold: t.Callable[[Path], None]
) -> None:
    models = make_models(area, kind)
    with holding(hold, models / "old_held.bin"):
        result = prune(models, in_use="ignore").result
    assert os.listdir(models) == []
    assert result["freed_bytes"] == 8192
    assert result["pending_bytes"] == 8192


@isolated
def test_what_the_plain_owner_cannot_know_counts_as_in_use(area: Path) -> None:
    models = make_models(area, "overlay")
    report = prune_as(SERVICE, models, False)
    assert report.result["pruned"] == []
    assert set(reasons(report.result["kept"]).values()) == {
        (
            "in use cannot be ruled out by this user; run as root "
            "(on ext4, xfs and the like the owner of the file will do)"
        )
    }


@isolated
def test_processes_that_are_hidden_from_the_plain_owner_count_as_holders(area: Path) -> None:
    models = make_models(area, "overlay")
    mount("-o", "remount,hidepid=2", "/proc")
    with holding(hold_mapped, models / "old_held.bin", user=STRANGER):
        report = prune_as(SERVICE, models, False)
    assert report.result["pruned"] == []
    assert (models / "old_held.bin").exists()


@isolated
def test_a_model_of_another_owner_counts_as_in_use_for_who_may_not_ask(area: Path) -> None:
    models = make_models(area, "tmpfs")
    make_file(models / "old_of_root.bin", owner=0)
    report = prune_as(SERVICE, models, False)
    assert names(report.result["pruned"]) == ["old_free.bin", "old_held.bin"]
    assert names(report.result["kept"]) == ["old_of_root.bin"]


@isolated
def test_a_held_model_needs_no_room_in_the_backup(area: Path) -> None:
    models = make_models(area, "tmpfs")
    make_file(models / "old_held.bin", b"x" * 3_000_000)
    mount("-t", "tmpfs", "-o", "size=1m", "none", make_folder(area / "backup"))
    with holding(hold_open, models / "old_held.bin"):
        for check_mode in (True, False):
            report = prune(models, backup_dir=area / "backup", check_mode=check_mode)
            assert names(report.result["pruned"]) == ["old_free.bin"]


@EACH_HOLD
@isolated
def test_a_model_that_is_held_through_another_mount_of_its_file_system_stays(
    area: Path, hold: t.Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that may hang is looked at all the same when it is the model directory's own."""
    monkeypatch.setattr(mounts, "_REMOTE_TYPES", ("overlay",))
    models = make_models(area, "overlay")
    mount("--bind", models, make_folder(area / "bound"))
    with holding(hold, models / "old_held.bin"):
        report = prune(area / "bound")
        assert names(report.result["pruned"]) == ["old_free.bin"]
