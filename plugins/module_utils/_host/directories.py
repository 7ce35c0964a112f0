# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Open the model directories of one run: each once, and none within another."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory


@contextlib.contextmanager
def open_directories(named: t.Iterable[tuple[str, str]]) -> t.Iterator[list[ModelDirectory | None]]:
    """Open model directories, each given by the option that names it and its path, for the time of a ``with`` block.

    Gives them in that order, None for one that does not exist. Raises what open_directory raises, and OcrModelError
    for a directory that is named twice or lies within another one: its models would count, and go, twice.
    """
    with contextlib.ExitStack() as stack:
        opened: list[ModelDirectory | None] = []
        for option, path in named:
            directory = open_directory(option, path)
            if directory is not None:
                stack.enter_context(directory)
                for other in opened:
                    if other is not None:
                        _refuse_overlap(option, other, directory)
            opened.append(directory)
        yield opened


def lock_order(directory: ModelDirectory) -> tuple[int, int]:
    """Sort directories by device and inode: runs that take their locks in this order never wait for each other."""
    return directory.device, directory.inode


def _refuse_overlap(option: str, one: ModelDirectory, other: ModelDirectory) -> None:
    if os.path.sameopenfile(one.descriptor, other.descriptor):
        same = one.path == other.path
        raise OcrModelError(
            f"{option}: {one.path} is named twice; name it once"
            if same
            else f"{option}: {one.path} and {other.path} are the same directory; name it once"
        )
    for outer, inner in ((one, other), (other, one)):
        if outer.holds(inner.real_path, inner.mount):
            raise OcrModelError(f"{option}: {inner.path} lies inside {outer.path}; name the outer one alone")
