# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The removal of what is below a folder."""

from __future__ import annotations

import errno
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import tree
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.tree import is_present, remove_below
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
    monkeypatch.setattr(tree, "mount_identity", lambda descriptor: descriptor)
    with pytest.raises(OSError, match="is a mount point"):
        remove_below(folder, files=True)
    assert names_in(models) == ["mounted", "mounted/kept"]


def test_a_dangling_link_is_present(models: Path, folder: int) -> None:
    make_link(models / "dangling", "nowhere")
    make_file(models / "file")
    assert [is_present(folder, name) for name in (b"dangling", b"file", b"missing")] == [True, True, False]
