# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that hold a model: open, or mapped with no descriptor left."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import typing as t
from pathlib import Path

from namespaces import become

_PROT_READ = 1
_MAP_SHARED = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)


def hold_open(path: Path) -> None:
    """Open the model and keep it open."""
    os.open(path, os.O_RDONLY)


def hold_mapped(path: Path) -> None:
    """Map the model and close it; mmap of the standard library would keep a descriptor."""
    descriptor = os.open(path, os.O_RDONLY)
    address = _libc.mmap(None, 4096, _PROT_READ, _MAP_SHARED, descriptor, 0)
    assert address not in (None, ctypes.c_void_p(-1).value), os.strerror(ctypes.get_errno())
    os.close(descriptor)


def start_holder(hold: t.Callable[[Path], None], path: Path, *, user: int = 0) -> int:
    """Start a process of ``user`` that holds ``path``, and return its pid as soon as it does."""
    reader, writer = os.pipe()
    holder = os.fork()
    if holder == 0:
        become(user)
        hold(path)
        os.write(writer, b"holds")
        while True:
            signal.pause()
    os.close(writer)
    with open(reader, "rb") as stream:
        assert stream.read(5) == b"holds"
    return holder


def stop_holder(pid: int) -> None:
    """End a process that start_holder started."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


@contextlib.contextmanager
def holding(hold: t.Callable[[Path], None], path: Path, *, user: int = 0) -> t.Iterator[int]:
    """Have a process hold ``path`` for the time of a ``with`` block, which gets its pid."""
    pid = start_holder(hold, path, user=user)
    try:
        yield pid
    finally:
        stop_holder(pid)
