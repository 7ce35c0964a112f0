# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis server for as long as a test needs it."""

from __future__ import annotations

import contextlib
import subprocess
import typing as t
from pathlib import Path


def as_it_is(*command: str) -> list[str]:
    """The command line that runs a command on this machine."""
    return list(command)


@contextlib.contextmanager
def running_redis(
    folder: Path, address: str, *options: str, port: int = 6379, inside: t.Callable[..., list[str]] = as_it_is
) -> t.Iterator[str]:
    """Run a server that keeps nothing on the disk; yield what a fact cache takes as its connection.

    inside makes of a command the one that runs it where the address is, as a fleet's controller() does.
    """
    usual = ["--protected-mode", "no", "--save", "", "--dir", str(folder)]
    command = inside("redis-server", "--bind", address, "--port", str(port), *usual, *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert any("Ready to accept connections" in line for line in server.stdout), "Redis did not start"
            yield f"{address}:{port}:0"
        finally:
            server.terminate()
