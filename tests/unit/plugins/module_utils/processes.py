# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes: some that hold a model, and one that has no privileges."""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins import module_utils
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import IS_ROOT, ORDINARY_USER

OPEN = "open"
MAPPED = "mapped"

# The mmap module would keep a descriptor of its own, and a loaded engine keeps none.
_HOLDER = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
for path in sys.argv[2:]:
    descriptor = os.open(path, os.O_RDONLY)
    if sys.argv[1] == "mapped":
        assert libc.mmap(None, os.fstat(descriptor).st_size, 1, 1, descriptor, 0) != ctypes.c_void_p(-1).value
        os.close(descriptor)
os.write(1, b"holds")
sys.stdin.read()
"""

# The pids of the processes that hold models now.
HOLDER_PIDS: set[int] = set()

_Answer = t.TypeVar("_Answer")


class HolderProcess(t.NamedTuple):
    """A process that holds models."""

    pid: int
    command: str

    @property
    def label(self) -> str:
        """How a reason has to name it."""
        return f"{self.pid} ({self.command})"


@contextlib.contextmanager
def holding(how: str, *paths: Path) -> t.Iterator[HolderProcess]:
    """Have a process hold all ``paths``, OPEN or only MAPPED, for the time of a ``with`` block."""
    arguments = [sys.executable, "-I", "-c", _HOLDER, how, *map(str, paths)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.read(5) == b"holds"
        HOLDER_PIDS.add(process.pid)
        try:
            yield HolderProcess(process.pid, Path(f"/proc/{process.pid}/comm").read_text().rstrip("\n"))
        finally:
            HOLDER_PIDS.remove(process.pid)
            process.stdin.close()


def as_ordinary_user(function: t.Callable[[], _Answer]) -> _Answer:
    """Call ``function`` as a user without privileges, in a child process where this one has some.

    What it returns or raises comes back. Each file of module_utils is imported before, as that user may not be able to
    enter the folder that they lie in.
    """
    if not IS_ROOT:
        return function()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        import_module_utils()
        _answer_as_ordinary_user(function, writer)
    os.close(writer)
    with open(reader, "rb") as stream:
        returned, answer = pickle.loads(stream.read())
    os.waitpid(child, 0)
    if not returned:
        raise answer
    return t.cast("_Answer", answer)


def import_module_utils() -> None:
    """Import each file of module_utils."""
    folder = Path(str(module_utils.__path__[0]))
    for file in folder.rglob("*.py"):
        name = file.relative_to(folder).with_suffix("")
        importlib.import_module(".".join([module_utils.__name__, *(part for part in name.parts if part != "__init__")]))


def _answer_as_ordinary_user(function: t.Callable[[], t.Any], writer: int) -> None:
    try:
        os.setgroups([])
        os.setgid(ORDINARY_USER)
        os.setuid(ORDINARY_USER)
        answer = pickle.dumps((True, function()))
    except BaseException as error:
        answer = pickle.dumps((False, error))
    try:
        with open(writer, "wb") as stream:
            stream.write(answer)
    finally:
        # Where coverage is noted, os._exit writes it first. This user may not: it would raise, and the child go on.
        os.kill(os.getpid(), signal.SIGKILL)
