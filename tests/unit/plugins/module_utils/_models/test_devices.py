# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which loop devices hold a model: by the path that the kernel tells, compared with what is there."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.loops import LoopDevice
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import processes
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import DEVICE, Holder, PendingFile
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.processes import find_holders

Ask = t.Callable[..., t.List[Holder]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks for the holders among one loop device with this file; wanted are all files that are in the directory."""
    (tmp_path / "sub").mkdir()
    for name in ("old_a.img", "sub/old_b.img"):
        (tmp_path / name).write_text(name, encoding="ascii")

    def asked(file: bytes, deleted: t.Mapping[Identity, tuple[bytes, bytes]] | None = None) -> list[Holder]:
        monkeypatch.setattr(processes, "loop_devices", lambda: [LoopDevice("/dev/loop0", 1792, file, 1024)])
        wanted = {identity_of(path) for path in tmp_path.rglob("*.img")}
        directory = open_directory("path", str(tmp_path))
        assert directory is not None
        with directory:
            return [found for found in find_holders([directory], wanted, deleted).found if found.pid == DEVICE]

    return asked


def identity_of(path: Path) -> Identity:
    """Return device and inode."""
    return path.stat().st_dev, path.stat().st_ino


@pytest.mark.parametrize("name", ["old_a.img", "sub/old_b.img"])
def test_a_model_behind_a_device_is_held_by_it(ask: Ask, tmp_path: Path, name: str) -> None:
    (holder,) = ask(os.fsencode(tmp_path / name))
    assert (holder.label, holder.identities) == ("/dev/loop0", {identity_of(tmp_path / name)})


def test_what_lies_elsewhere_or_is_no_model_is_not(ask: Ask, tmp_path: Path) -> None:
    for file in (b"/elsewhere/old_a.img", os.fsencode(tmp_path) + b"2/old_a.img", os.fsencode(tmp_path / "sub")):
        assert ask(file) == []


def test_no_link_is_followed_to_it(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "led").symlink_to("sub")
    (tmp_path / "link").symlink_to("old_a.img")
    for name in ("led/old_b.img", "link"):
        assert ask(os.fsencode(tmp_path / name)) == []


def test_a_deleted_model_is_pending_and_the_run_that_removed_it_knows_which(ask: Ask, tmp_path: Path) -> None:
    directory = os.fsencode(tmp_path.resolve())
    file = directory + b"/sub/old_gone.img (deleted)"
    for removed, identity in (({}, (1792, 0)), ({(5, 6): (directory, b"sub/old_gone.img")}, (5, 6))):
        (holder,) = ask(file, removed)
        assert holder.pending == (PendingFile(identity, directory, "sub/old_gone.img", 1024),)


def test_a_model_with_the_kernels_mark_in_its_name_is_held_as_it_is(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "old_c (deleted)"
    path.write_text("", encoding="ascii")
    path.rename(tmp_path / "old_c (deleted).img")
    (holder,) = ask(os.fsencode(tmp_path / "old_c (deleted).img"))
    assert holder.pending == ()
