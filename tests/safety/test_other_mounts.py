# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holders that see the models through other mounts: binds, other mount namespaces, file systems below remote ones."""

from __future__ import annotations

import ctypes
import os
import signal
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, names, prune
from holders import hold_mapped, hold_open, holding
from namespaces import isolated, mount, mount_file_system, mount_fuse

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import mounts

EACH_HOLD = pytest.mark.parametrize("hold", [hold_open, hold_mapped], ids=["open", "mapped"])
_CLONE_NEWNS = 0x00020000
_MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)

Hold = t.Callable[[Path], None]


def in_own_namespace(hold: Hold, *, leave: str = "nothing") -> Hold:
    """Hold the file through a bind mount of its folder that only the holder has; then ``leave`` chroots or detaches."""

    def hold_there(path: Path) -> None:
        assert _libc.unshare(_CLONE_NEWNS) == 0
        # The path of before leads to nothing here, as in a container.
        elsewhere = make_folder(path.parents[2] / "elsewhere")
        mount("--bind", path.parent, elsewhere)
        mount("-t", "tmpfs", "none", path.parent)
        if leave == "chroot":
            os.chroot(path.parents[2])
            elsewhere = Path("/elsewhere")
        hold(elsewhere / path.name)
        if leave == "detach":
            assert _libc.umount2(os.fsencode(elsewhere), _MNT_DETACH) == 0

    return hold_there


def make_held_model(area: Path, kind: str) -> Path:
    """Make a model directory on such a file system, with a model to be held."""
    mount_file_system("btrfs" if kind == "btrfs subvolume" else kind, area / "fs")
    if kind == "btrfs subvolume":
        os.system(f"btrfs -q subvolume create {area}/fs/models")
    return make_file(make_folder(area / "fs" / "models") / "old_held.bin", b"x" * 8192)


@pytest.mark.parametrize("kind", ["tmpfs", "ext4", "btrfs", "btrfs subvolume", "overlay"])
@pytest.mark.parametrize("leave", ["nothing", "chroot"])
@EACH_HOLD
@isolated
def test_a_deleted_model_held_in_another_mount_namespace_is_pending(
    area: Path, kind: str, leave: str, hold: Hold
) -> None:
    model = make_held_model(area, kind)
    with holding(in_own_namespace(hold, leave=leave), model):
        assert prune(model.parent).result["pruned"] == []
        assert prune(model.parent, in_use="ignore").result["pending_bytes"] == 8192
        # A later run knows it by its place in the file system only.
        assert prune(model.parent).result["pending_bytes"] == 8192
    assert prune(model.parent).result["pending_bytes"] == 0


@EACH_HOLD
@isolated
def test_a_deleted_model_held_on_a_detached_mount_leaves_the_answer_open(area: Path, hold: Hold) -> None:
    model = make_held_model(area, "ext4")
    with holding(in_own_namespace(hold, leave="detach"), model):
        assert prune(model.parent, in_use="ignore").failure is None
        assert prune(model.parent).result["pending_bytes"] is None


@EACH_HOLD
@isolated
def test_a_deleted_file_of_another_folder_is_not_pending(area: Path, hold: Hold) -> None:
    model = make_held_model(area, "ext4")
    other = make_file(area / "fs" / "other" / "old_held.bin", b"x" * 8192)
    with holding(in_own_namespace(hold), other):
        other.unlink()
        assert prune(model.parent).result["pending_bytes"] == 0


@EACH_HOLD
@isolated
def test_a_held_model_below_a_fuse_mount_stays(area: Path, hold: Hold) -> None:
    """The nearest mount decides: that an outer one is remote says nothing of what is mounted below it."""
    mount_fuse(area / "outer")
    assert mounts.mount_of(os.open(area / "outer", os.O_RDONLY)).remote
    # No layer of an overlay can lie on FUSE.
    made = make_held_model(area, "overlay")
    mount("--move", area / "fs", make_folder(area / "outer" / "fs"))
    model = area / "outer" / made.relative_to(area)
    with holding(hold, model):
        assert prune(model.parent).result["pruned"] == []
    assert model.exists()


@isolated
def test_a_file_system_that_hangs_in_another_namespace_is_not_touched(area: Path) -> None:
    model = make_held_model(area, "overlay")
    server = os.open("/dev/fuse", os.O_RDWR)

    def hold_hanging(path: Path) -> None:
        assert _libc.unshare(_CLONE_NEWNS) == 0
        options = f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        assert _libc.mount(b"hangs", os.fsencode(path), b"fuse", 0, options) == 0
        os.open(path, os.O_PATH)
        # It has the pipe of the test's answer, too: that must end with a test that hangs.
        signal.alarm(90)

    with holding(hold_hanging, make_folder(area / "hangs")):
        signal.alarm(60)
        # What cannot be a model's file is no reason to doubt.
        assert names(prune(model.parent).result["pruned"]) == ["old_held.bin"]
