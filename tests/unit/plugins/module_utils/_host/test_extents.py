# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file shares with others, as the file system tells it."""

from __future__ import annotations

import errno
import os
import struct
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import extents
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.extents import CannotTell, shared_ranges

LAST, UNWRITTEN, SHARED = 0x1, 0x800, 0x2000

# Logical start, physical start, length, flags.
Extent = t.Tuple[int, int, int, int]


def kernel_with(*pieces: Extent) -> t.Callable[[int, int, bytearray], int]:
    """Return an ioctl that tells of these extents, as many a call as are asked for."""

    def ioctl(_descriptor: int, request: int, buffer: bytearray) -> int:
        assert request == 0xC020660B
        start, length, flags, mapped, wanted = struct.unpack_from("QQIII", buffer)
        assert (start + length, flags, mapped) == (2**64 - 1, 0, 0)
        asked = [piece for piece in pieces if piece[0] >= start][:wanted]
        assert len(buffer) == 32 + 56 * wanted
        struct.pack_into("I", buffer, 20, len(asked))
        for number, (logical, physical, size, flags) in enumerate(asked):
            struct.pack_into("QQQ16xI", buffer, 32 + 56 * number, logical, physical, size, flags)
        return 0

    return ioctl


def test_shared_pieces_are_found_over_several_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents, "_EXTENTS_A_CALL", 2)
    pieces = [(0, 900, 10, SHARED), (10, 500, 10, UNWRITTEN), (20, 700, 5, SHARED | UNWRITTEN), (30, 0, 5, LAST)]
    monkeypatch.setattr(extents.fcntl, "ioctl", kernel_with(*pieces))
    assert shared_ranges(0) == ((900, 910), (700, 705))


def test_a_file_without_extents_shares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents.fcntl, "ioctl", kernel_with())
    assert shared_ranges(0) == ()


@pytest.mark.parametrize("flag", [0x2, 0x4, 0x8, 0x200, 0x400], ids=hex)
def test_of_extents_that_do_not_say_what_they_take_up_nothing_is_known(
    flag: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extents.fcntl, "ioctl", kernel_with((0, 900, 10, SHARED), (10, 0, 10, flag | LAST)))
    assert shared_ranges(0) is None


def test_a_file_in_very_many_pieces_is_not_followed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents, "_EXTENTS_A_CALL", 1)
    calls = []

    def endless(_descriptor: int, _request: int, buffer: bytearray) -> None:
        calls.append(1)
        start = struct.unpack_from("Q", buffer)[0]
        struct.pack_into("I", buffer, 20, 1)
        struct.pack_into("QQQ16xI", buffer, 32, start, start, 4096, SHARED)

    monkeypatch.setattr(extents.fcntl, "ioctl", endless)
    assert shared_ranges(0) is None
    assert len(calls) < 1000


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.ENOTTY, errno.EIO])
def test_a_refusal_is_told_from_an_error_of_one_file(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(extents.fcntl, "ioctl", refuse)
    if number == errno.EIO:
        assert shared_ranges(0) is None
    else:
        with pytest.raises(CannotTell):
            shared_ranges(0)


def test_the_kernel_understands_the_question(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with open(str(path), "wb") as stream:
        stream.write(b"x" * 100_000)
        stream.flush()
        os.fsync(stream.fileno())
    with open(str(path), "rb") as stream:
        try:
            assert shared_ranges(stream.fileno()) in ((), None)
        except CannotTell:
            pass
