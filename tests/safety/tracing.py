# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See from outside, with strace(1), as whom a program and its children touch which paths."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

# All that takes a path, or changes a file by its descriptor; all that changes ids; all that makes a process.
_TRACED = "%file,%process,fchmod,fchown,ftruncate,fsetxattr,fchdir,flock,setresuid,setresgid,setgroups,/^set.*[ug]id"

_CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|\?)")
# A string, by itself or after the descriptor of the folder that it is relative to; or a descriptor.
_PATH = re.compile(r'(?:(?:\d+|AT_FDCWD)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"|\d+<(/[^>]*)>')
_FORKS = ("clone", "clone3", "fork", "vfork")


class Ids(t.NamedTuple):
    """The ids of a process: real, effective and saved ones of user and group, and the supplementary groups."""

    users: tuple[int, int, int] = (0, 0, 0)
    groups: tuple[int, int, int] = (0, 0, 0)
    supplementary: tuple[int, ...] = ()

    @property
    def effective(self) -> tuple[int, int, tuple[int, ...]]:
        """What decides about a path."""
        return self.users[1], self.groups[1], self.supplementary


class Call(t.NamedTuple):
    """A system call: of which process, as whom, and which absolute paths it names."""

    pid: int
    ids: Ids
    name: str
    paths: tuple[str, ...]
    text: str

    @property
    def forks(self) -> bool:
        """Whether it makes a process."""
        return self.name in _FORKS


def tracer(folder: Path) -> list[str]:
    """Return how to run a command so that calls_of(folder) can read what it did."""
    folder.mkdir()
    return ["strace", "-ff", "-y", "-s", "4096", "-o", str(folder / "trace"), "-e", f"trace={_TRACED}"]


def calls_of(folder: Path) -> list[list[Call]]:
    """Return the calls of each process, the first one's first. Threads count as processes."""
    texts = {int(path.suffix[1:]): path.read_text("utf-8", "surrogateescape") for path in folder.iterdir()}
    children = {
        int(pid) for text in texts.values() for pid in re.findall(r"^v?(?:clone3?|fork)\(.*= (\d+)$", text, re.M)
    }
    (first,) = texts.keys() - children
    starts = {first: Ids(supplementary=tuple(os.getgroups()))}
    found = []
    waiting = [first]
    while waiting:
        pid = waiting.pop(0)
        calls = list(_calls(pid, texts[pid], starts[pid]))
        found.append(calls)
        for call in calls:
            if call.forks:
                child = int(call.text.rpartition("= ")[2].split()[0])
                if child in texts:
                    starts[child] = call.ids
                    waiting.append(child)
    assert len(found) == len(texts)
    return found


def _calls(pid: int, text: str, ids: Ids) -> t.Iterator[Call]:
    for line in text.splitlines():
        match = _CALL.match(line)
        if match is None:
            assert line.startswith(("+++ ", "--- ", "exit_group(")), line
            continue
        name, arguments, answer = match.groups()
        named = tuple(_paths(arguments)) if name != "getcwd" else ()
        # What readlink answers it does not touch.
        yield Call(pid, ids, name, named[:1] if name.startswith("readlink") else named, line)
        if answer == "0" and name.startswith("set"):
            ids = _changed(ids, name, arguments)


def _paths(arguments: str) -> t.Iterator[str]:
    for folder, name, opened in _PATH.findall(arguments):
        yield opened or os.path.normpath(os.path.join(folder or "/", name))


def _changed(ids: Ids, name: str, arguments: str) -> Ids:
    numbers = [int(number) for number in re.findall(r"-?\d+", arguments)]
    if name == "setgroups":
        return ids._replace(supplementary=tuple(numbers[1:]))
    assert name in ("setresuid", "setresgid"), f"{name} is not reckoned with"
    before = ids.users if name == "setresuid" else ids.groups
    kept = tuple(new if new != -1 else old for new, old in zip(numbers, before, strict=True))
    after = t.cast("tuple[int, int, int]", kept)
    return ids._replace(users=after) if name == "setresuid" else ids._replace(groups=after)
