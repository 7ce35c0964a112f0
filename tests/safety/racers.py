# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of the service user that swap names as fast as they can, while a prune runs."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import struct
import typing as t
from pathlib import Path

from namespaces import SERVICE, become

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

_libc = ctypes.CDLL(None, use_errno=True)

Pair = t.Tuple[Path, Path]


def exchange(one: bytes, other: bytes) -> bool:
    """Swap two names in one step, see renameat2(2); False where one of them is not there."""
    return bool(_libc.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE) == 0)


class Racers:
    """Processes of the service user, each of which swaps the names of its pairs over and over."""

    def __init__(self, groups: t.Sequence[t.Sequence[Pair]]) -> None:
        self._counters = mmap.mmap(-1, 8 * len(groups))
        self._pids = [self._start(number, pairs) for number, pairs in enumerate(groups)]

    def __enter__(self) -> Racers:
        return self

    def __exit__(self, *_unused: object) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    @property
    def swaps(self) -> int:
        """How many swaps all of them have made."""
        return sum(struct.unpack(f"{len(self._pids)}Q", self._counters[:]))

    def rest(self) -> None:
        """Have all of them stop for a while; returns when they have."""
        for pid in self._pids:
            os.kill(pid, signal.SIGSTOP)
            os.waitpid(pid, os.WUNTRACED)

    def go_on(self) -> None:
        """Have them go on."""
        for pid in self._pids:
            os.kill(pid, signal.SIGCONT)

    def _start(self, number: int, pairs: t.Sequence[Pair]) -> int:
        names = [(os.fsencode(one), os.fsencode(other)) for one, other in pairs]
        pid = os.fork()
        if pid:
            return pid
        become(SERVICE)
        made = 0
        while True:
            for one, other in names:
                made += exchange(one, other)
            struct.pack_into("Q", self._counters, 8 * number, made)
