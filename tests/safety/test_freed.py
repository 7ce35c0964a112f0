# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``freed_bytes`` promises: what the file system has more of afterwards, also where files share blocks."""

from __future__ import annotations

import errno
import os
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, prune
from namespaces import isolated, mount_file_system

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import extents

SHARING = pytest.mark.parametrize("kind", ["xfs", "btrfs"])
MIB = 2**20


def in_both_modes(models: Path, **options: t.Any) -> dict[str, t.Any]:
    """Prune in check mode, then really; return the result after making sure that both say the same of what is freed."""
    keys = ("freed_bytes", "freed_bytes_exact", "pending_bytes")
    dry_run = prune(models, check_mode=True, **options).result
    done = prune(models, **options).result
    assert {key: dry_run[key] for key in keys} == {key: done[key] for key in keys}
    assert dry_run["msg"].replace("would prune", "pruned") == done["msg"]
    return done


def free_bytes(folder: Path) -> int:
    """Return what the file system has free once all is written and all that was deleted is given back."""
    subprocess.run(["sync", "-f", str(folder)], check=True)
    if (folder.parent / f"{folder.name}.btrfs").exists():
        subprocess.run(["btrfs", "filesystem", "sync", str(folder)], check=True, stdout=subprocess.DEVNULL)
    status = os.statvfs(folder)
    return status.f_bfree * status.f_frsize


def assert_given_back(folder: Path, before: int, freed: int, metadata: int = 64 * 1024) -> None:
    """Make sure that the file system has ``freed`` bytes more than ``before``, but for a little of its own."""
    deadline = time.monotonic() + 20
    while abs(free_bytes(folder) - before - freed) > metadata and time.monotonic() < deadline:
        time.sleep(0.2)
    assert abs(free_bytes(folder) - before - freed) <= metadata


def make_model(path: Path, size: int) -> Path:
    """Write a model of random bytes, down to the disk."""
    make_file(path, os.urandom(size))
    subprocess.run(["sync", "-f", str(path)], check=True)
    return path


def reflink(source: Path, target: Path) -> None:
    """Make a copy that shares all blocks."""
    target.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "--reflink=always", str(source), str(target)], check=True)
    subprocess.run(["sync", "-f", str(target)], check=True)


@SHARING
@isolated
def test_what_reflinks_share_is_not_freed(area: Path, kind: str) -> None:
    fs = area / "fs"
    mount_file_system(kind, fs)
    models = make_folder(fs / "models")
    shared = make_model(models / "old_shared.bin", 8 * MIB)
    make_model(models / "old_own.bin", 4 * MIB)
    half = make_model(models / "old_half.bin", 6 * MIB)
    reflink(shared, fs / "kept" / "shared.bin")
    reflink(half, fs / "kept" / "half.bin")
    with open(fs / "kept" / "half.bin", "r+b") as stream:
        stream.truncate(2 * MIB)
    before = free_bytes(fs)
    result = in_both_modes(models)
    # On btrfs a piece of an extent keeps the whole of it on the disk.
    freed = (8 if kind == "xfs" else 4) * MIB
    assert (result["freed_bytes"], result["freed_bytes_exact"]) == (freed, True)
    assert result["msg"].startswith(f"pruned 3 of 3 models ({freed / MIB} MiB freed)")
    assert_given_back(fs, before, freed)


@isolated
def test_what_a_snapshot_has_is_not_freed(area: Path) -> None:
    fs = area / "fs"
    mount_file_system("btrfs", fs)
    subprocess.run(["btrfs", "-q", "subvolume", "create", str(fs / "models")], check=True)
    make_model(fs / "models" / "old_before.bin", 8 * MIB)
    subprocess.run(["btrfs", "-q", "subvolume", "snapshot", "-r", str(fs / "models"), str(fs / "snapshot")], check=True)
    make_model(fs / "models" / "old_after.bin", 4 * MIB)
    before = free_bytes(fs)
    result = in_both_modes(fs / "models")
    assert (result["freed_bytes"], result["freed_bytes_exact"]) == (4 * MIB, True)
    assert_given_back(fs, before, 4 * MIB)


@SHARING
@isolated
def test_what_models_of_the_plan_share_with_each_other_is_freed_at_most(area: Path, kind: str) -> None:
    fs = area / "fs"
    mount_file_system(kind, fs)
    one = make_model(fs / "models" / "old_a.bin", 8 * MIB)
    reflink(one, fs / "models" / "old_b.bin")
    before = free_bytes(fs)
    result = in_both_modes(fs / "models")
    assert (result["freed_bytes"], result["freed_bytes_exact"]) == (8 * MIB, False)
    assert "(at most 8.0 MiB freed)" in result["msg"]
    assert_given_back(fs, before, 8 * MIB)


@SHARING
@isolated
def test_a_copy_elsewhere_frees_the_same_and_a_rename_nothing(area: Path, kind: str) -> None:
    fs = area / "fs"
    mount_file_system(kind, fs)
    for name in ("old_first.bin", "old_second.bin"):
        reflink(make_model(fs / "models" / name, 2 * MIB), fs / "kept" / name)
        make_model(fs / "models" / f"{name}.own", MIB)
    result = in_both_modes(fs / "models", keep=["old_second*"], backup_dir=make_folder(area / "elsewhere"))
    assert (result["freed_bytes"], result["freed_bytes_exact"]) == (MIB, True)
    result = in_both_modes(fs / "models", backup_dir=make_folder(fs / "backup"))
    assert (result["freed_bytes"], result["freed_bytes_exact"], len(result["pruned"])) == (0, True, 2)


@isolated
def test_where_a_lower_layer_may_keep_a_model_it_is_freed_at_most(area: Path) -> None:
    make_file(area / "fs.overlay" / "lower" / "models" / "old_below.bin", b"x" * 8192)
    mount_file_system("overlay", area / "fs")
    result = in_both_modes(area / "fs" / "models")
    assert (result["freed_bytes"], result["freed_bytes_exact"]) == (8192, False)


@SHARING
@isolated
def test_a_file_system_that_refuses_the_question_is_asked_once(area: Path, kind: str) -> None:
    mount_file_system(kind, area / "fs")
    for number in range(5):
        make_model(area / "fs" / "models" / f"old_{number}.bin", 8192)
    asked = []

    def refuse(*_arguments: object) -> None:
        asked.append(1)
        raise OSError(errno.EOPNOTSUPP, "")

    class Kernel:
        ioctl = staticmethod(refuse)

    extents.fcntl = Kernel  # type: ignore[assignment]
    result = in_both_modes(area / "fs" / "models")
    assert (result["freed_bytes"], result["freed_bytes_exact"], len(asked)) == (5 * 8192, False, 2)
