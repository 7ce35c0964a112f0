# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sysfs tells of loop devices."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.loops import LoopDevice, loop_devices


def add_device(folder: Path, name: str, number: str, file: bytes | None) -> None:
    """Write what sysfs has of a block device of two sectors."""
    (folder / name).mkdir()
    (folder / name / "dev").write_text(f"{number}\n", encoding="ascii")
    (folder / name / "size").write_text("2\n", encoding="ascii")
    if file is not None:
        (folder / name / "loop").mkdir()
        (folder / name / "loop" / "backing_file").write_bytes(file + b"\n")


def test_those_with_a_file_are_found_by_their_paths_as_they_are(tmp_path: Path) -> None:
    add_device(tmp_path, "loop1", "7:1", b"/srv/a \n\xff.img (deleted)")
    add_device(tmp_path, "loop0", "7:0", b"/srv/b.img")
    add_device(tmp_path, "loop2", "7:2", None)
    add_device(tmp_path, "vda", "254:0", None)
    assert loop_devices(str(tmp_path)) == [
        LoopDevice("/dev/loop0", os.makedev(7, 0), b"/srv/b.img", 1024),
        LoopDevice("/dev/loop1", os.makedev(7, 1), b"/srv/a \n\xff.img (deleted)", 1024),
    ]


def test_one_that_vanishes_meanwhile_hides_no_other(tmp_path: Path) -> None:
    add_device(tmp_path, "loop0", "7:0", b"/srv/a.img")
    (tmp_path / "loop0" / "size").unlink()
    add_device(tmp_path, "loop1", "7:1", b"/srv/b.img")
    assert [device.path for device in loop_devices(str(tmp_path))] == ["/dev/loop1"]


def test_without_sysfs_there_are_none(tmp_path: Path) -> None:
    assert loop_devices(str(tmp_path / "none")) == []
