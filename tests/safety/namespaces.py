# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a test in mount and pid namespaces of its own, so that nothing it mounts or starts remains.

There root also sees into every process, as on a real host; in a container or sandbox some may be closed even to root.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import pickle
import signal
import subprocess
import traceback
import typing as t
from pathlib import Path

import pytest

AREA = Path("/mnt/area")

# The service user that owns the models, and another one.
SERVICE = 61001
STRANGER = 61002

# No test takes nearly as long on the slowest machine.
_TIME_LIMIT = 300

_CLONE_NEWNS = 0x00020000
_CLONE_NEWPID = 0x20000000
_PR_SET_DUMPABLE = 4

_libc = ctypes.CDLL(None, use_errno=True)

P = t.ParamSpec("P")
R = t.TypeVar("R")


def isolated(test: t.Callable[P, None]) -> t.Callable[P, None]:
    """Run the test in a process of its own namespaces, as root, with an empty tmpfs at AREA."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        outcome, text = _in_child(lambda: _enter_namespaces(lambda: test(*args, **kwargs)))
        # A kernel without namespaces, btrfs or FUSE is no reason to fail by hand; in continuous integration it is.
        if outcome == "skipped" and os.environ.get("CI") != "true":
            pytest.skip(text)
        if outcome != "passed":
            pytest.fail(text, pytrace=False)

    return run


def in_child(work: t.Callable[[], R], *, user: int = 0) -> R:
    """Run ``work`` in a child process as ``user`` (and the group of that number) and return its result."""

    def as_user() -> tuple[str, t.Any]:
        become(user)
        return "result", work()

    outcome, value = _in_child(as_user)
    if outcome != "result":
        raise AssertionError(value)
    return t.cast("R", value)


def become(user: int) -> None:
    """Give up root for good, for ``user`` and the group of that number."""
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        # Otherwise the kernel closes /proc/PID of this process to its own user.
        _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def mount(*arguments: str | Path) -> None:
    """Call mount(8)."""
    subprocess.run(["mount", *map(str, arguments)], check=True)


# How each is made, and how large it is: xfs cannot be smaller.
_MAKE = {"ext4": ["mkfs.ext4", "-q", "-F"], "btrfs": ["mkfs.btrfs", "-q"], "xfs": ["mkfs.xfs", "-q"]}
_MEBIBYTES = {"ext4": 32, "btrfs": 128, "xfs": 320}


def mount_file_system(kind: str, where: Path) -> None:
    """Mount a fresh tmpfs or overlay, or, on a file, ext4, btrfs or xfs, on the folder ``where``, which is made."""
    where.mkdir(parents=True)
    beside = where.parent / f"{where.name}.{kind}"
    if kind == "tmpfs":
        mount("-t", "tmpfs", "-o", "mode=755", "none", where)
    elif kind == "overlay":
        mount_overlay(where, beside / "lower")
    else:
        with open(beside, "wb") as stream:
            stream.truncate(_MEBIBYTES[kind] * 2**20)
        try:
            subprocess.run(
                [*_MAKE[kind], str(beside)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            mount("-o", "loop", beside, where)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no {kind} here: {error}")


def mount_fuse(where: Path) -> None:
    """Mount a live FUSE file system on ``where``: one that shows what is in a folder beside it."""
    beside = where.parent / f"{where.name}.fuse"
    for folder in (where, beside):
        folder.mkdir(parents=True)
    try:
        subprocess.run(["bindfs", str(beside), str(where)], check=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no FUSE here: {error}")


def mount_overlay(where: Path, lower: Path) -> None:
    """Mount an overlay on ``where`` that shows what is in ``lower``; both are made where missing."""
    where.mkdir(parents=True, exist_ok=True)
    lower.mkdir(parents=True, exist_ok=True)
    upper, work = lower.parent / "upper", lower.parent / "work"
    upper.mkdir()
    work.mkdir()
    mount("-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", "none", where)


def _in_child(work: t.Callable[[], tuple[str, t.Any]]) -> tuple[str, t.Any]:
    """Fork; return what ``work`` returned in the child, or ("failed", traceback)."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        outcome: tuple[str, t.Any]
        try:
            outcome = work()
        except pytest.skip.Exception as skip:
            outcome = "skipped", str(skip)
        except BaseException:
            outcome = "failed", traceback.format_exc()
        with open(writer, "wb") as stream:
            pickle.dump(outcome, stream)
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        data = stream.read()
    _pid, status = os.waitpid(child, 0)
    if not data:
        return "failed", f"the process ended with status {os.waitstatus_to_exitcode(status)} before it could answer"
    return t.cast("tuple[str, t.Any]", pickle.loads(data))


def _enter_namespaces(work: t.Callable[[], None]) -> tuple[str, t.Any]:
    if _libc.unshare(_CLONE_NEWNS | _CLONE_NEWPID) != 0:
        return "skipped", f"no namespaces here: {os.strerror(ctypes.get_errno())}"
    # The next child is process 1 of the new namespace: with it all others end.
    return _in_child(lambda: _as_first_process(work))


def _leave_deleted_files() -> None:
    """Let go of the deleted files in which pytest catches output.

    They lie on mounts outside of these namespaces, and so could be deleted models for all that can be known here.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for entry in os.listdir("/proc/self/fd"):
        descriptor = int(entry)
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(f"/proc/self/fd/{descriptor}").endswith(" (deleted)"):
                os.dup2(nothing, descriptor)
    os.close(nothing)


def _as_first_process(work: t.Callable[[], None]) -> tuple[str, t.Any]:
    mount("--make-rprivate", "/")
    mount("-t", "proc", "proc", "/proc")
    mount("-t", "tmpfs", "-o", "mode=755", "none", AREA.parent)
    AREA.mkdir()
    os.umask(0o022)
    _leave_deleted_files()

    def as_ordinary_process() -> tuple[str, t.Any]:
        # Process 1 itself would not do: the kernel spares it signals, SIGKILL too.
        signal.alarm(_TIME_LIMIT)
        work()
        return "passed", ""

    return _in_child(as_ordinary_process)
