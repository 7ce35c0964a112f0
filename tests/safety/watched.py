# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module that is watched from inside: ``python watched.py WHAT NAME``, where WHAT is one of

``wrongs``: what it imports, starts or reads of /proc under another effective user than root goes to standard error;
``refusals``: a kernel before Linux 5.14, which lets a process that changed its user read no /proc/self/fdinfo;
``CALL:N``: the Nth call of os.CALL fails.
"""

from __future__ import annotations

import errno
import itertools
import os
import runpy
import sys
import typing as t

_CHILDREN = ("subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system")


def _wrong(event: str, arguments: tuple[t.Any, ...]) -> None:
    if os.geteuid() == 0:
        return
    of_proc = event in ("open", "os.listdir") and str(arguments[0]).startswith("/proc")
    if event == "import" or event in _CHILDREN or of_proc:
        os.write(2, f"as uid {os.geteuid()}: {event} {arguments[0]}\n".encode())


def _refuse(event: str, arguments: tuple[t.Any, ...]) -> None:
    if event == "open" and str(arguments[0]).startswith("/proc/self/fdinfo") and os.geteuid() != 0:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), arguments[0])


def _fail(call: str, number: int) -> None:
    original = getattr(os, call)
    count = itertools.count(1)

    def replacement(*arguments: t.Any) -> None:
        if next(count) == number:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        original(*arguments)

    setattr(os, call, replacement)


def main(what: str, name: str) -> None:
    """Run the module ``name``, watched."""
    if what == "wrongs":
        sys.addaudithook(_wrong)
    elif what == "refusals":
        sys.addaudithook(_refuse)
    else:
        call, _colon, number = what.partition(":")
        _fail(call, int(number))
    # Ansible's module would take them for its own.
    del sys.argv[1:]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
