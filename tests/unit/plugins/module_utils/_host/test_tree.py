# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renames that replace nothing, and the removal of what is below a folder."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import tree
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import is_present, move, remove_below
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    descriptor_of,
    make_file,
    make_files,
    make_link,
    names_in,
)


@pytest.fixture
def folder(models: Path) -> t.Iterator[int]:
    """A descriptor of the folder."""
    with descriptor_of(models) as descriptor:
        yield descriptor


def test_everything_below_goes_and_no_link_is_followed(area: Path, models: Path, folder: int) -> None:
    make_files(area / "outside", "kept")
    make_files(models, "a", ".hidden", "b/c\udcff", "b/d/e")
    (models / "empty").mkdir()
    os.mkfifo(str(models / "fifo"))
    make_link(models / "link", "../outside")
    make_link(models / "b" / "dangling", "nowhere")
    remove_below(folder, files=True)
    assert names_in(area) == ["models", "outside", "outside/kept"]


def test_without_files_only_empty_folders_go(models: Path, folder: int) -> None:
    (models / "a" / "b" / "c").mkdir(parents=True)
    (models / "d").mkdir()
    remove_below(folder, files=False)
    assert names_in(models) == []
    make_file(models / "a" / "b" / "file")
    with pytest.raises(OSError, match="not empty"):
        remove_below(folder, files=False)
    assert names_in(models) == ["a", "a/b", "a/b/file"]


def test_without_files_files_and_links_stay(models: Path, folder: int) -> None:
    make_file(models / "file")
    remove_below(folder, files=False)
    make_link(models / "link", "file")
    remove_below(folder, files=False)
    assert names_in(models) == ["file", "link"]


def test_what_cannot_be_looked_into_is_an_error(models: Path, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    make_file(models / "file")
    monkeypatch.setattr("os.open", refused)
    for files in (False, True):
        with pytest.raises(OSError, match=os.strerror(errno.EACCES)):
            remove_below(folder, files=files)
    monkeypatch.undo()
    assert names_in(models) == ["file"]


def test_a_mount_point_is_not_crossed(models: Path, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(models, "mounted/kept")
    monkeypatch.setattr(tree, "mount_id", lambda descriptor: descriptor)
    with pytest.raises(OSError, match="is a mount point"):
        remove_below(folder, files=True)
    assert names_in(models) == ["mounted", "mounted/kept"]


def test_a_dangling_link_is_present(models: Path, folder: int) -> None:
    make_link(models / "dangling", "nowhere")
    make_file(models / "file")
    assert [is_present(folder, name) for name in (b"dangling", b"file", b"missing")] == [True, True, False]


WAYS = ("a hard link", "a rename that does not replace", "a kernel without it", "a Python without it")


@pytest.fixture(params=WAYS)
def way_to_move(request: t.Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the file system, the kernel and the Python of a host allow."""
    way = str(request.param)
    if way != WAYS[0]:
        monkeypatch.setattr("os.link", refusing(errno.EPERM))
    if way == "a kernel without it":
        monkeypatch.setattr(tree, "load_renameat2", lambda: lambda *_arguments: errno.EINVAL)
    elif way == "a Python without it":
        monkeypatch.setattr(tree, "load_renameat2", lambda: None)
    return way


def refusing(number: int) -> t.Callable[..., None]:
    """Return a call that the kernel refuses."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_a_file_is_moved_and_replaces_nothing(models: Path, folder: int, way_to_move: str) -> None:
    make_files(models, "a", "below/b")
    inode = (models / "a").stat().st_ino
    with descriptor_of(models / "below") as below:
        with pytest.raises(FileExistsError):
            move(b"a", folder, b"b", below)
        assert (models / "below" / "b").read_bytes() == b"below/b"
        move(b"a", folder, b"c", below)
    assert names_in(models) == ["below", "below/b", "below/c"]
    assert (models / "below" / "c").stat().st_ino == inode


def test_a_folder_is_moved_whole(models: Path, folder: int, way_to_move: str) -> None:
    make_files(models, "a/b", "c")
    with pytest.raises(FileExistsError):
        move(b"a", folder, b"c", folder)
    move(b"a", folder, b"d", folder)
    assert names_in(models) == ["c", "d", "d/b"]


def test_what_the_kernel_refuses_is_no_reason_to_replace(
    models: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "a")
    monkeypatch.setattr("os.link", refusing(errno.EPERM))
    monkeypatch.setattr("os.rename", refusing(errno.ENOTRECOVERABLE))
    monkeypatch.setattr(tree, "load_renameat2", lambda: lambda *_arguments: errno.EACCES)
    with pytest.raises(PermissionError):
        move(b"a", folder, b"b", folder)
