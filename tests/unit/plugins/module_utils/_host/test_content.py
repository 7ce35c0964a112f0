# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies that can be trusted before the original goes."""

from __future__ import annotations

import hashlib
import os
import stat
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import content as host_content
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.content import copy_file, copy_link, sha256_of
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    IS_ROOT,
    ORDINARY_USER,
    descriptor_of,
    give_to_ordinary_user,
    make_file,
    make_link,
    names_in,
)


@pytest.fixture
def folder(area: Path) -> t.Iterator[int]:
    """A descriptor of the area."""
    with descriptor_of(area) as descriptor:
        yield descriptor


@pytest.fixture
def source(area: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[int]:
    """A descriptor of a file that is read in three pieces."""
    monkeypatch.setattr(host_content, "_CHUNK", 4)
    path = make_file(area / "source", b"0123456789", age=1000)
    give_to_ordinary_user(path)
    path.chmod(0o4751)
    descriptor = os.open(str(path), os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


DIGEST = hashlib.sha256(b"0123456789").hexdigest()


def test_the_checksum_is_of_the_whole_content(source: int) -> None:
    os.read(source, 3)
    assert sha256_of(source) == DIGEST


def test_a_copy_is_as_the_original(area: Path, folder: int, source: int) -> None:
    descriptor, digest = copy_file(source, folder, b"caf\xe9")
    assert digest == DIGEST
    assert (area / "caf\udce9").read_bytes() == b"0123456789"
    copied, original = os.fstat(descriptor), os.fstat(source)
    os.close(descriptor)
    assert stat.S_IMODE(copied.st_mode) == 0o4751
    assert (copied.st_uid, copied.st_gid) == (ORDINARY_USER, original.st_gid)
    assert copied.st_mtime_ns == original.st_mtime_ns


def test_extended_attributes_are_copied_as_far_as_this_user_may(
    area: Path, folder: int, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[t.Any, ...]] = []

    def set_attribute(_target: int, name: str, value: bytes) -> None:
        if name == "trusted.no":
            raise PermissionError
        noted.append((name, value))

    monkeypatch.setattr("os.listxattr", lambda _source: ["user.one", "trusted.no", "user.two"])
    monkeypatch.setattr("os.getxattr", lambda _source, name: name.encode())
    monkeypatch.setattr("os.setxattr", set_attribute)
    os.close(copy_file(source, folder, b"copy")[0])
    assert noted == [("user.one", b"user.one"), ("user.two", b"user.two")]
    assert (area / "copy").exists()


@pytest.mark.parametrize("fault", ["fsync", "content"])
def test_of_a_copy_that_failed_nothing_is_left(
    area: Path, folder: int, source: int, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_descriptor: int) -> t.NoReturn:
        raise OSError(28, "No space left on device")

    if fault == "fsync":
        monkeypatch.setattr("os.fsync", refused)
    else:
        monkeypatch.setattr(host_content, "sha256_of", lambda _descriptor: "another")
    with pytest.raises(OSError, match="No space" if fault == "fsync" else "the copy differs from the original"):
        copy_file(source, folder, b"copy")
    assert names_in(area) == ["source"]


def test_a_copy_replaces_nothing(area: Path, folder: int, source: int) -> None:
    make_file(area / "there", b"kept")
    make_link(area / "link", "there")
    for name in (b"there", b"link"):
        with pytest.raises(FileExistsError):
            copy_file(source, folder, name)
    assert (area / "there").read_bytes() == b"kept"


def test_a_link_is_copied_as_a_link(area: Path, folder: int) -> None:
    link = make_link(area / "link", "nowhere\udcff")
    give_to_ordinary_user(link)
    os.utime(str(link), ns=(10**18, 10**18 + 1), follow_symlinks=False)
    status = link.lstat()
    copy_link(b"nowhere\xff", status, folder, b"copy")
    copied = (area / "copy").lstat()
    assert os.readlink(os.fsencode(area / "copy")) == b"nowhere\xff"
    assert (copied.st_uid, copied.st_gid, copied.st_mtime_ns) == (ORDINARY_USER, status.st_gid, 10**18 + 1)


def test_the_owner_is_left_where_this_user_may_not_give_files_away(
    area: Path, folder: int, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise PermissionError

    link = make_link(area / "link", "nowhere")
    monkeypatch.setattr("os.fchown", refused)
    monkeypatch.setattr("os.chown", refused)
    os.close(copy_file(source, folder, b"copy")[0])
    copy_link(b"nowhere", link.lstat(), folder, b"copied link")
    assert {(area / name).lstat().st_uid for name in ("copy", "copied link")} == {0 if IS_ROOT else ORDINARY_USER}
    assert (area / "copy").stat().st_mode & 0o7777 == 0o4751
