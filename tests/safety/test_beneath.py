# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models that others use without opening them: behind a loop device, or as a lower layer of an overlay; full quotas."""

from __future__ import annotations

import contextlib
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
from collection import facts, make_file, make_folder, names, prune, reasons, restore, snapshot
from holders import hold_mapped, hold_open, holding
from namespaces import isolated, mount, mount_file_system, mount_fuse, mount_overlay
from test_file_systems import btrfs

MIB = 2**20


@contextlib.contextmanager
def loop_device(file: Path) -> t.Iterator[str]:
    """Have a loop device with this file as its disk; it ends with this process, whatever happens."""
    attached = subprocess.run(["losetup", "--find", "--show", str(file)], check=True, capture_output=True, text=True)
    device = attached.stdout.strip()
    descriptor = os.open(device, os.O_RDONLY)
    # While it is open, that is a request for its last close.
    subprocess.run(["losetup", "--detach", device], check=True)
    try:
        yield device
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("kind", ["ext4", "overlay", "FUSE"])
@isolated
def test_a_model_behind_a_loop_device_is_in_use_and_pending_once_deleted(area: Path, kind: str) -> None:
    if kind == "FUSE":
        mount_fuse(area / "fs")
    else:
        mount_file_system(kind, area / "fs")
    models = make_file(area / "fs" / "models" / "old_disk.img", os.urandom(MIB)).parent
    with loop_device(models / "old_disk.img") as device:
        found = facts(models)
        assert (found["models"][0]["in_use"], found["models"][0]["holders"]) == (True, [0])
        (holder,) = found["holders"]
        assert (holder["pid"], holder["command"], holder["models"]) == (0, device, ["old_disk.img"])
        for check_mode in (True, False):
            kept = prune(models, check_mode=check_mode).result["kept"]
            assert reasons(kept) == {"old_disk.img": f"in use by {device}"}
        result = prune(models, in_use="ignore").result
        assert (result["freed_bytes"], result["pending_bytes"]) == (0, MIB)
        (holder,) = facts(models)["holders"]
        assert holder["pending"] == [{"name": "old_disk.img", "bytes": MIB}]
    assert not facts(models)["pending_bytes"]


@pytest.mark.parametrize("kind", ["ext4", "overlay"])
@isolated
def test_a_loop_device_that_has_a_model_through_another_mount_is_noticed_by_the_lease(area: Path, kind: str) -> None:
    mount_file_system(kind, area / "fs")
    models = make_file(area / "fs" / "models" / "old_disk.img", os.urandom(MIB)).parent
    mount("--bind", models, make_folder(area / "bound"))
    with loop_device(area / "bound" / "old_disk.img"):
        (reason,) = reasons(prune(models).result["kept"]).values()
    assert reason.startswith("in use by a process")
    assert os.listdir(models) == ["old_disk.img"]


@isolated
def test_a_model_below_an_overlay_is_in_use_while_a_process_has_it_through_the_overlay(area: Path) -> None:
    """That it is merely shown there does not count: docs/safety.md says so."""
    mount_file_system("ext4", area / "fs")
    models = make_folder(area / "fs" / "models")
    for name in ("old_open.bin", "old_mapped.bin", "old_shown.bin"):
        make_file(models / name, b"x" * 8192)
    mount_overlay(area / "shown", models)
    open_there = holding(hold_open, area / "shown" / "old_open.bin")
    with open_there, holding(hold_mapped, area / "shown" / "old_mapped.bin"):
        assert names(prune(models).result["pruned"]) == ["old_shown.bin"]
        assert sorted(os.listdir(models)) == ["old_mapped.bin", "old_open.bin"]


@isolated
def test_what_does_not_fit_into_a_quota_stays(area: Path) -> None:
    """No call tells the room that a quota leaves, so check mode does not know."""
    mount_file_system("btrfs", area / "fs")
    btrfs("quota", "enable", area / "fs")
    for name in ("backup", "models"):
        btrfs("subvolume", "create", area / "fs" / name)
    mount_file_system("tmpfs", area / "memory")
    models = area / "memory" / "models"
    for number in range(4):
        make_file(models / f"old_{number}.bin", os.urandom(MIB))
    before = snapshot(models)
    btrfs("qgroup", "limit", "2500k", area / "fs" / "backup")
    assert len(prune(models, backup_dir=area / "fs" / "backup", check_mode=True).result["pruned"]) == 4
    report = prune(models, backup_dir=area / "fs" / "backup")
    failed = reasons(report.result["failed_models"])
    assert set(failed.values()) == {"Disk quota exceeded"}
    assert 0 < len(failed) < 4
    assert set(os.listdir(models)) == set(failed)
    btrfs("qgroup", "limit", "none", area / "fs" / "backup")
    assert restore(models, area / "fs" / "backup").failure is None
    assert snapshot(models) == before


@isolated
def test_a_prune_makes_room_in_a_full_quota_and_a_restore_into_one_leaves_no_half(area: Path) -> None:
    mount_file_system("btrfs", area / "fs")
    btrfs("quota", "enable", area / "fs")
    btrfs("subvolume", "create", area / "fs" / "models")
    models = area / "fs" / "models"
    for number in range(2):
        make_file(models / f"old_{number}.bin", os.urandom(MIB))
    subprocess.run(["sync", "-f", str(models)], check=True)
    btrfs("qgroup", "limit", "2200k", models)
    with pytest.raises(OSError, match="quota"):
        fill(models / "filler")
    report = prune(models, backup_dir=area / "backup")
    assert (report.failure, len(report.result["pruned"])) == (None, 2)
    with contextlib.suppress(OSError):
        fill(models / "filler")
    report = restore(models, area / "backup")
    assert set(reasons(report.result["failed_models"]).values()) == {"Disk quota exceeded"}
    assert {path.name for path in models.iterdir()} == {"filler", *names(report.result["restored"])}
    (models / "filler").unlink()
    assert restore(models, area / "backup").failure is None
    assert sorted(os.listdir(models)) == ["old_0.bin", "old_1.bin"]


def fill(path: Path) -> None:
    """Write 4 MiB, piece by piece, until the quota is full."""
    with open(path, "wb") as stream:
        for _piece in range(64):
            stream.write(os.urandom(MIB // 16))
            stream.flush()
            os.fsync(stream.fileno())
