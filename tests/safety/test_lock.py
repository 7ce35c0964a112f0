# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a model directory."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest
from collection import make_file, make_folder, prune, restore, snapshot
from holders import holding
from namespaces import isolated, mount, mount_file_system

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError


def lock(path: Path) -> None:
    """What a run does to its model directory."""
    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)


@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "btrfs", "overlay"])
@isolated
def test_a_second_run_fails_at_once_and_names_the_first(area: Path, kind: str) -> None:
    mount_file_system(kind, area / "fs")
    models = make_file(area / "fs" / "models" / "old_model.bin").parent
    make_folder(area / "backup")
    before = snapshot(models)
    with holding(lock, models) as pid:
        started = time.monotonic()
        for check_mode in (False, True):
            with pytest.raises(OcrModelError, match=rf"Another run works on .* \(pid {pid} holds the lock\)"):
                prune(models, check_mode=check_mode)
            with pytest.raises(OcrModelError, match="Another run works on"):
                restore(models, area / "backup", check_mode=check_mode)
        # At once: it does not wait for the lock, which is never given back meanwhile.
        assert time.monotonic() - started < 60
    assert snapshot(models) == before
    assert prune(models).result["changed"] is True


@isolated
def test_the_lock_is_of_the_directory_and_not_of_its_name(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    mount("--bind", models, make_folder(area / "bound"))
    (area / "linked").symlink_to(models)
    with holding(lock, models):
        for name in ("bound", "linked"):
            with pytest.raises(OcrModelError, match="Another run works on"):
                prune(area / name)


@isolated
def test_the_lock_leaves_nothing_behind_and_ends_with_the_run(area: Path) -> None:
    models = make_file(area / "models" / "current.bin").parent
    before = snapshot(models)
    for _run in range(2):
        assert prune(models).result["changed"] is False
    assert snapshot(models) == before


@isolated
def test_dry_runs_do_not_hinder_each_other(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent

    def lock_shared(path: Path) -> None:
        fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_SH)

    with holding(lock_shared, models):
        assert prune(models, check_mode=True).failure is None
        with pytest.raises(OcrModelError, match="Another run works on"):
            prune(models)
