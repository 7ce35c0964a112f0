# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode and real run say the same of generated boundaries between file systems, and of generated lack of room."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

from collection import make_file, make_folder, names, prune, restore, snapshot
from hypothesis import example, given, settings
from hypothesis import strategies as st
from namespaces import isolated, mount, mount_file_system
from test_places import chattr, give_project, hidden_in, same_in_both_modes

SMALL = "small"
FILE_SYSTEMS = ["btrfs", "xfs", SMALL]
ROOM = 2 * 1024 * 1024
SIZES = [10, 400_000, 900_000]


@isolated
def test_check_mode_says_what_the_real_run_says_of_each_place(area: Path) -> None:
    """A subvolume, quotas of projects, too small a disk for the set or for the restore, and an immutable file."""
    for kind in FILE_SYSTEMS[:2]:
        mount_file_system(kind, area / kind)
    numbers = itertools.count()
    seen: set[str] = set()

    @given(
        models_on=st.sampled_from(FILE_SYSTEMS),
        backup_on=st.sampled_from(FILE_SYSTEMS),
        sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=4),
        subvolume=st.booleans(),
        projects=st.tuples(st.sampled_from([0, 5, 6]), st.sampled_from([0, 5, 6])),
        filler=st.sampled_from([0, 900_000, 1_900_000]),
        immutable=st.booleans(),
    )
    @example(
        models_on="xfs",
        backup_on=SMALL,
        sizes=[900_000] * 3,
        subvolume=False,
        projects=(0, 0),
        filler=0,
        immutable=False,
    )
    @example(
        models_on=SMALL,
        backup_on="xfs",
        sizes=[900_000],
        subvolume=False,
        projects=(0, 0),
        filler=1_900_000,
        immutable=False,
    )
    @example(
        models_on="btrfs", backup_on="btrfs", sizes=[10, 10], subvolume=True, projects=(0, 0), filler=0, immutable=False
    )
    @example(
        models_on="btrfs", backup_on="xfs", sizes=[10, 10], subvolume=False, projects=(0, 0), filler=0, immutable=True
    )
    @settings(max_examples=100, deadline=None, database=None)
    def tried(
        models_on: str,
        backup_on: str,
        sizes: list[int],
        subvolume: bool,
        projects: tuple[int, int],
        filler: int,
        immutable: bool,
    ) -> None:
        folders = {kind: area / kind / str(next(numbers)) for kind in FILE_SYSTEMS}
        mount("-t", "tmpfs", "-o", f"size={ROOM}", "none", make_folder(folders[SMALL]))
        for number in range(64):
            # A new tmpfs counts inodes from 1. Processes outside have files with such numbers open, which may be these.
            make_file(folders[SMALL] / f"passed_{number}", b"").unlink()
        models = make_folder(folders[models_on] / "models")
        backups = make_folder(folders[backup_on] / "backup")
        if models_on == "btrfs" and subvolume:
            subprocess.run(["btrfs", "-q", "subvolume", "create", str(models / "sub")], check=True)
        for number, size in enumerate(sizes):
            if models_on != SMALL or sum(sizes[: number + 1]) < ROOM:
                make_file(models / ("sub" if number % 2 else "") / f"old_{number}", b"x" * size)
        for folder, kind, project in zip((models, backups), (models_on, backup_on), projects, strict=True):
            if kind == "xfs" and project:
                give_project(folder, project)
        kept: list[Path] = []
        try:
            before = snapshot(models)
            report = same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, **mode))
            if isinstance(report, str):
                seen.add("a prune without room")
                assert snapshot(models) == before
                return
            seen.update("a boundary" for model in report.result["failed_models"] if "boundary" in model["error"])
            pruned = names(report.result["pruned"])
            if not pruned:
                return
            if filler and models_on == SMALL:
                make_file(folders[SMALL] / "filler", b"x" * min(filler, free(models)))
            if immutable and free(models) > ROOM // 4:
                kept.append(make_file(models / pruned[0], b"newer"))
                chattr("+i", kept[0])
            report = same_in_both_modes(lambda **mode: restore(models, backups, force=True, **mode))
            assert hidden_in(models) == []
            if isinstance(report, str):
                seen.add("a restore without room")
            elif kept:
                seen.add("an immutable file")
                assert kept[0].read_bytes() == b"newer"
            else:
                assert names(report.result["restored"]) == pruned
        finally:
            for path in kept:
                chattr("-i", path)
            subprocess.run(["umount", "--lazy", str(folders[SMALL])], check=True)
            # The next example needs the room.
            for folder in folders.values():
                shutil.rmtree(folder, ignore_errors=True)

    tried()
    assert seen == {"a prune without room", "a restore without room", "a boundary", "an immutable file"}


def free(folder: Path) -> int:
    """The bytes that ordinary files may still take there."""
    status: t.Any = os.statvfs(folder)
    return int(status.f_bavail * status.f_frsize)
