# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would keep the kernel from a change, found out without trying."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import obstacles
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.obstacles import (
    copy_obstacle,
    file_obstacle,
    folder_obstacle,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    descriptor_of,
    give_to_ordinary_user,
    make_file,
    sample_model,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import as_ordinary_user


@pytest.fixture
def folder(models: Path) -> t.Iterator[int]:
    """A descriptor of the model directory, which is the ordinary user's."""
    give_to_ordinary_user(models)
    with descriptor_of(models) as descriptor:
        yield descriptor


def number_of(error: OSError | None) -> int | None:
    """Return the number of an obstacle."""
    return error.errno if error is not None else None


def removal_obstacle(folder: int, model: Model, *, read: bool = False) -> OSError | None:
    """Ask for the obstacle to the removal of a model."""
    return file_obstacle(folder, model.file_name, owner=model.user_id, is_link=model.is_link, read=read)


@pytest.mark.parametrize("mode, number", [(0o700, None), (0o300, None), (0o500, errno.EACCES), (0o600, errno.EACCES)])
def test_a_folder_that_this_user_may_not_change(models: Path, folder: int, mode: int, number: int | None) -> None:
    models.chmod(mode)
    assert as_ordinary_user(lambda: number_of(folder_obstacle(folder))) == number


def test_a_read_only_file_system(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.statvfs", lambda _folder: types.SimpleNamespace(f_flag=os.ST_RDONLY | os.ST_NOSUID))
    assert number_of(folder_obstacle(folder)) == errno.EROFS


@pytest.mark.parametrize("flags, number", [(0x10, errno.EPERM), (0x20, errno.EPERM), (0x80000, None)])
def test_immutable_and_append_only(
    models: Path, folder: int, flags: int, number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_file(models / "old_model.bin")
    monkeypatch.setattr("fcntl.ioctl", lambda _descriptor, _request, empty: flags.to_bytes(len(empty), "little"))
    monkeypatch.setattr(obstacles.struct, "unpack", lambda _format, raw: (int.from_bytes(raw, "little"),))
    assert number_of(folder_obstacle(folder)) == number
    assert number_of(removal_obstacle(folder, sample_model())) == number


def test_a_file_system_without_flags(models: Path, folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_flags(*_arguments: t.Any) -> t.NoReturn:
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))

    monkeypatch.setattr("fcntl.ioctl", no_flags)
    make_file(models / "old_model.bin")
    assert folder_obstacle(folder) is None
    assert removal_obstacle(folder, sample_model()) is None


@pytest.mark.parametrize("sticky", [True, False])
@pytest.mark.parametrize("own", ["nothing", "model", "root"])
def test_in_a_sticky_folder_only_owners_may_remove(
    models: Path, folder: int, sticky: bool, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.chmod(0o1777 if sticky else 0o777)
    stranger = os.fstat(folder).st_uid + 1
    user = 0 if own == "root" else stranger
    monkeypatch.setattr("os.geteuid", lambda: user)
    model = sample_model(user_id=stranger if own == "model" else stranger + 1)
    refused = sticky and own == "nothing"
    assert number_of(removal_obstacle(folder, model)) == (errno.EPERM if refused else None)


def test_a_model_has_to_be_readable_only_to_be_copied(models: Path, folder: int) -> None:
    path = make_file(models / "old_model.bin")
    give_to_ordinary_user(path)
    path.chmod(0)
    assert as_ordinary_user(lambda: number_of(removal_obstacle(folder, sample_model()))) is None
    assert as_ordinary_user(lambda: number_of(removal_obstacle(folder, sample_model(), read=True))) == errno.EACCES


def test_a_model_that_vanished_or_is_a_link_has_no_obstacle(folder: int) -> None:
    assert removal_obstacle(folder, sample_model("gone"), read=True) is None
    assert removal_obstacle(folder, sample_model("link", mode=0o120777), read=True) is None


@pytest.mark.parametrize(
    "owner, group, given_back",
    [(1001, 1001, True), (1001, 1002, True), (1001, 1003, False), (0, 1001, False), (1002, 1002, False)],
)
def test_a_copy_is_given_back_by_its_owner_in_one_of_its_groups(
    monkeypatch: pytest.MonkeyPatch, owner: int, group: int, given_back: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    monkeypatch.setattr(os, "getegid", lambda: 1001)
    monkeypatch.setattr(os, "getgroups", lambda: [1002])
    expected = f"a copy could not be given back to uid {owner} and gid {group} by uid 1001; run as root"
    assert copy_obstacle(owner, group) == (None if given_back else expected)


def test_root_gives_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert copy_obstacle(1001, 1001) is None


def test_flags_are_asked_for_by_number_where_the_c_library_is_old(area: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 2.28 glibc has no statx, the kernel has."""
    library = ctypes.CDLL(None)
    monkeypatch.setattr("ctypes.CDLL", lambda _name: types.SimpleNamespace(syscall=library.syscall))
    file = make_file(area / "file")
    answer = bytearray(256)
    obstacles._load_statx.cache_clear()
    try:
        statx = obstacles._load_statx()
    finally:
        obstacles._load_statx.cache_clear()
    known = os.uname().machine in ("x86_64", "aarch64")
    assert (statx is not None) is known
    if statx is not None:
        with descriptor_of(area) as folder:
            assert statx(folder, b"file", answer)
            assert not statx(folder, b"no file", bytearray(256))
        # stx_ino
        assert struct.unpack_from("Q", answer, 32) == (file.stat().st_ino,)
