# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""End a run by SIGKILL: before its n-th change on the disk, in the middle of a write, or at a random moment."""

from __future__ import annotations

import os
import random
import signal
import time
import typing as t

# Every call with which the collection changes something on a disk.
_CHANGES = (
    "chmod",
    "chown",
    "fchmod",
    "fchown",
    "fsync",
    "ftruncate",
    "link",
    "mkdir",
    "rename",
    "replace",
    "rmdir",
    "setxattr",
    "symlink",
    "truncate",
    "unlink",
    "utime",
)


class Killed(t.NamedTuple):
    """How a run that was to be killed ended: whether it was, and how many changes it made or began."""

    was_killed: bool
    changes: int


def run_and_kill_at(work: t.Callable[[], object], number: int, *, torn: bool = False) -> Killed:
    """Run ``work`` in a child that gets SIGKILL right before change ``number`` (from 0).

    With ``torn`` a write of that number is half done first. Where the work ends before, its changes are counted.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            counter = _Counter(number, torn)
            counter.watch()
            work()
            counter.stop_watching()
            os.write(writer, b"%d" % counter.count)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader, "rb") as stream:
        answer = stream.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return Killed(True, number)
    assert os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return Killed(False, int(answer))


def run_and_kill_after(work: t.Callable[[], object], seconds: float) -> bool:
    """Run ``work`` in a child and send it SIGKILL after that time; return whether it was still running."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the run failed by itself"
    return os.WIFSIGNALED(status)


def random_moments(duration: float) -> t.Iterator[float]:
    """Yield delays spread over a run that takes about ``duration`` seconds."""
    generator = random.Random(1)
    while True:
        yield generator.uniform(0, duration)


class _Counter:
    """Counts the calls that change the disk, and kills this process at one of them."""

    def __init__(self, number: int, torn: bool) -> None:
        self.count = 0
        self._number = number
        self._torn = torn
        self._originals: dict[str, t.Callable[..., t.Any]] = {}

    def watch(self) -> None:
        """Put this in the place of the functions of os."""
        for name in (*_CHANGES, "open", "write"):
            self._originals[name] = getattr(os, name)
            setattr(os, name, self._replacement(name))

    def stop_watching(self) -> None:
        """Undo watch."""
        for name, original in self._originals.items():
            setattr(os, name, original)

    def _replacement(self, name: str) -> t.Callable[..., t.Any]:
        original = self._originals[name]

        def replacement(*arguments: t.Any, **options: t.Any) -> t.Any:
            if name == "open" and not arguments[1] & os.O_CREAT:
                return original(*arguments, **options)
            if self.count == self._number:
                if self._torn and name == "write":
                    original(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            self.count += 1
            return original(*arguments, **options)

        return replacement
