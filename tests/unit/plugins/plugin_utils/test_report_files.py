# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: whole or not at all, and untouched where they are right."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_files import put_file


def mode_of(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_text_and_the_permissions(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    assert put_file(file, "text", mode=0o640, dry_run=False)
    assert (file.read_text(), mode_of(file)) == ("text\n", 0o640)
    assert [found.name for found in tmp_path.iterdir()] == ["report.md"]


def test_a_file_that_is_right_stays_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    put_file(file, "text", mode=0o644, dry_run=False)
    before = file.stat()
    assert not put_file(file, "text", mode=0o644, dry_run=False)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_other_permissions_are_a_change_of_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    put_file(file, "text", mode=0o644, dry_run=False)
    inode = file.stat().st_ino
    assert put_file(file, "text", mode=0o600, dry_run=False)
    assert (file.stat().st_ino, mode_of(file)) == (inode, 0o600)


@pytest.mark.parametrize("before", [None, "other"])
def test_a_dry_run_only_says_what_would_change(tmp_path: Path, before: str | None) -> None:
    file = tmp_path / "report.md"
    if before is not None:
        put_file(file, before, mode=0o644, dry_run=False)
    assert put_file(file, "text", mode=0o600, dry_run=True)
    if before is None:
        assert not list(tmp_path.iterdir())
    else:
        assert (file.read_text(), mode_of(file)) == ("other\n", 0o644)
        assert put_file(file, before, mode=0o600, dry_run=True)
        assert mode_of(file) == 0o644


def test_a_reader_keeps_what_it_has_open(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    put_file(file, "old", mode=0o644, dry_run=False)
    with file.open() as reader:
        put_file(file, "new", mode=0o644, dry_run=False)
        assert reader.read() == "old\n"


def test_a_failure_leaves_the_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.md"
    put_file(file, "old", mode=0o644, dry_run=False)

    def full(_descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        put_file(file, "new", mode=0o644, dry_run=False)
    assert [found.name for found in tmp_path.iterdir()] == ["report.md"]
    assert file.read_text() == "old\n"


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("text\n")
    file = tmp_path / "report.md"
    file.symlink_to(other)
    assert put_file(file, "new", mode=0o644, dry_run=False)
    assert (other.read_text(), file.is_symlink(), file.read_text()) == ("text\n", False, "new\n")
