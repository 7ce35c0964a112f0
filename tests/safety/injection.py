# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let the n-th call that the collection makes into the system fail, for every n in turn."""

from __future__ import annotations

import builtins
import contextlib
import errno
import fcntl
import os
import sys
import types
import typing as t

_PACKAGE = "ansible_collections.ocrfleet.aspose.plugins.module_utils."

# What these answer comes from the process itself, and cannot fail.
_CANNOT_FAIL = {
    "fspath",
    "fsencode",
    "fsdecode",
    "strerror",
    "makedev",
    "major",
    "minor",
    "getpid",
    "geteuid",
    "getegid",
}
_CANNOT_FAIL |= {"WIFEXITED", "_exit", "fork", "urandom", "cpu_count", "times"}

Error = t.Callable[[], BaseException]


def _system_error(number: int) -> Error:
    return lambda: OSError(number, os.strerror(number))


ERRORS = {
    "EIO": _system_error(errno.EIO),
    "EMFILE": _system_error(errno.EMFILE),
    "ENOMEM": _system_error(errno.ENOMEM),
    "EACCES": _system_error(errno.EACCES),
    "MemoryError": MemoryError,
}


class Calls:
    """Counts the calls; ``failed`` names the one that was made to fail, as file, line and function."""

    def __init__(self) -> None:
        self.count = 0
        self.failed: str | None = None


def functions() -> list[tuple[t.Any, str]]:
    """Return where every function stands that calls the system: those of os and fcntl, and open."""
    found: list[tuple[t.Any, str]] = [(builtins, "open")]
    for module in (os, fcntl):
        for name, value in vars(module).items():
            if isinstance(value, types.BuiltinFunctionType) and name not in _CANNOT_FAIL:
                found.append((module, name))
    return found


@contextlib.contextmanager
def failing(
    number: int, error: Error, *, lasting: bool = False, others: t.Sequence[tuple[type, str]] = ()
) -> t.Iterator[Calls]:
    """Let call ``number`` (from 1; 0: none) of the collection fail in a ``with`` block; ``lasting``: all from it on.

    A failing close closes all the same, as close(2) does. ``others`` are methods that can fail like the system's.
    """
    calls = Calls()

    def substitute(name: str, original: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def call(*arguments: t.Any, **keywords: t.Any) -> t.Any:
            caller = sys._getframe(1)
            if not caller.f_globals.get("__name__", "").startswith(_PACKAGE):
                return original(*arguments, **keywords)
            calls.count += 1
            if number and (calls.count == number or (lasting and calls.count > number)):
                if calls.failed is None:
                    calls.failed = f"{caller.f_code.co_filename}:{caller.f_lineno} {name}"
                if name == "close":
                    original(*arguments, **keywords)
                raise error()
            return original(*arguments, **keywords)

        return call

    with contextlib.ExitStack() as stack:
        for module, name in [*functions(), *others]:
            original = getattr(module, name)
            stack.callback(setattr, module, name, original)
            setattr(module, name, substitute(name, original))
        yield calls
