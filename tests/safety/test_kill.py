# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at every change that a prune with backup, or a restore, makes, and at hundreds of random moments.

Afterwards a restore brings back every byte, and nothing is lost or doubled.
"""

from __future__ import annotations

import os
import shutil
import time
import typing as t
from pathlib import Path

import pytest
from collection import Snapshot, make_file, make_folder, models_in_sets, prune, restore, snapshot
from killing import random_moments, run_and_kill_after, run_and_kill_at
from namespaces import SERVICE, STRANGER, isolated, mount

FILE_SYSTEMS = pytest.mark.parametrize("backup", ["same file system", "another file system"])

# Each on both kinds of backup.
KILLS_OF_A_PRUNE = 120
KILLS_OF_A_RESTORE = 50
# Kills that come too late do not count; but most come in time.
TRIES = 20


class Ground:
    """A model directory of all sorts of models, and a backup directory, both made anew for each kill."""

    def __init__(self, area: Path, backup: str, *, copies: int = 1) -> None:
        self.models = area / "models"
        self.backups = area / "backup"
        self._copies = copies
        make_folder(self.backups)
        if backup == "another file system":
            mount("-t", "tmpfs", "none", self.backups)
        self.before: Snapshot = {}

    def make(self) -> None:
        """Make everything as it was."""
        shutil.rmtree(self.models, ignore_errors=True)
        for leftover in self.backups.iterdir():
            shutil.rmtree(leftover)
        make_folder(self.models, owner=SERVICE)
        for number in range(self._copies):
            top = make_folder(self.models / f"part_{number}", owner=STRANGER, mode=0o2775)
            make_file(top / "current.bin", owner=SERVICE)
            make_file(top / "old_plain.bin", b"p" * 70000, owner=SERVICE, mode=0o640, modified=1.6e9)
            make_file(top / "old_other.bin", b"", owner=STRANGER, mode=0o400, modified=1.5e9)
            folder = make_folder(top / "old_deep" / "er", owner=SERVICE, mode=0o710)
            make_file(folder / "model\n\udcff.bin", b"d" * 3000, owner=STRANGER, mode=0o4755, modified=1.4e9)
            os.link(folder / "model\n\udcff.bin", folder / "linked.bin")
            (folder / "link").symlink_to("../../current.bin")
            os.utime(folder / "link", ns=(10**18, 10**18), follow_symlinks=False)
        self.before = snapshot(self.models)

    def prune(self) -> object:
        """The run to be killed."""
        return prune(self.models, backup_dir=self.backups)

    def restore(self) -> object:
        """The run that mends, or is to be killed itself."""
        report = restore(self.models, self.backups)
        assert report.failure is None, report
        return report

    def assert_nothing_is_missing(self) -> None:
        """Whatever a kill left: every model is in the model directory or in the set."""
        here = {name for name, entry in snapshot(self.models).items() if name in self.before}
        for name in self.before:
            place = [path for path in self.backups.glob("*/models") if os.path.lexists(path / name)]
            assert name in here or place, f"{name!r} is nowhere"

    def assert_all_is_back(self) -> None:
        """Restored: every byte, mode, owner and time is as before, and no set has a second one."""
        assert snapshot(self.models) == self.before
        assert models_in_sets(self.backups) == []


def kill_at_each_change(
    ground: Ground, prepare: t.Callable[[], None], run: t.Callable[[], t.Any], *, torn: bool
) -> int:
    """Kill a run at its first change to the disk, the next at its second, and so on; return how many changes it makes.

    After each kill no model is missing, and a restore brings everything back.
    """
    number = 0
    while True:
        prepare()
        killed = run_and_kill_at(run, number, torn=torn)
        ground.assert_nothing_is_missing()
        ground.restore()
        ground.assert_all_is_back()
        if not killed.was_killed:
            assert number == killed.changes
            return number
        number += 1


@FILE_SYSTEMS
@pytest.mark.parametrize("torn", [False, True])
@isolated
def test_a_prune_killed_at_any_of_its_changes_can_be_undone(area: Path, backup: str, torn: bool) -> None:
    ground = Ground(area, backup)
    assert kill_at_each_change(ground, ground.make, ground.prune, torn=torn) > 20


@FILE_SYSTEMS
@pytest.mark.parametrize("torn", [False, True])
@isolated
def test_a_restore_killed_at_any_of_its_changes_can_be_run_again(area: Path, backup: str, torn: bool) -> None:
    ground = Ground(area, backup)

    def make_and_prune() -> None:
        ground.make()
        ground.prune()

    assert kill_at_each_change(ground, make_and_prune, ground.restore, torn=torn) > 10


@FILE_SYSTEMS
@isolated
def test_a_killed_prune_that_is_run_again_leaves_two_sets_that_undo_it(area: Path, backup: str) -> None:
    ground = Ground(area, backup)
    for number in range(0, 200, 7):
        ground.make()
        if not run_and_kill_at(ground.prune, number).was_killed:
            break
        ground.prune()
        sets = sorted(path.name for path in ground.backups.iterdir() if (path / "manifest.jsonl").exists())
        for name in sets:
            assert restore(ground.models, ground.backups, backup=name).failure is None
        ground.assert_all_is_back()


def kill_at_random_moments(
    ground: Ground, number: int, prepare: t.Callable[[], object], work: t.Callable[[], object]
) -> None:
    """Kill ``work`` so often, somewhere in its own time, and undo it each time."""
    ground.make()
    prepare()
    started = time.monotonic()
    work()
    duration = time.monotonic() - started
    kills = 0
    for _try, delay in zip(range(TRIES * number), random_moments(1.2 * duration), strict=False):
        ground.make()
        prepare()
        kills += run_and_kill_after(work, delay)
        ground.assert_nothing_is_missing()
        ground.restore()
        ground.assert_all_is_back()
        if kills == number:
            return
    raise AssertionError(f"only {kills} of {TRIES * number} kills came in time")


@FILE_SYSTEMS
@isolated
def test_a_prune_killed_at_random_moments_can_be_undone(area: Path, backup: str) -> None:
    ground = Ground(area, backup, copies=3)
    kill_at_random_moments(ground, KILLS_OF_A_PRUNE, lambda: None, ground.prune)


@FILE_SYSTEMS
@isolated
def test_a_restore_killed_at_random_moments_can_be_run_again(area: Path, backup: str) -> None:
    ground = Ground(area, backup, copies=3)
    kill_at_random_moments(ground, KILLS_OF_A_RESTORE, ground.prune, ground.restore)
