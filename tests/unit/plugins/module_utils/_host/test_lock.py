# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a model directory: one real run at a time."""

from __future__ import annotations

import builtins
import errno
import fcntl
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import lock as host_lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock, lock_holder
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import opened


def test_a_second_run_is_refused_at_once_and_the_first_named(models: Path) -> None:
    with opened(models) as first, opened(models) as second:
        lock(first)
        with pytest.raises(OcrModelError) as caught:
            lock(second)
        assert str(caught.value) == (
            f"Another run works on {models} (pid {os.getpid()} holds the lock); wait until it has ended, then run again"
        )
    with opened(models) as third:
        lock(third)


def test_dry_runs_share_the_lock_but_not_with_a_real_run(models: Path) -> None:
    with opened(models) as first, opened(models) as second, opened(models) as third:
        lock(first, shared=True)
        lock(second, shared=True)
        with pytest.raises(OcrModelError, match=r"^Another run works on"):
            lock(third)
    with opened(models) as first, opened(models) as second:
        lock(first)
        with pytest.raises(OcrModelError, match=r"^Another run works on"):
            lock(second, shared=True)


def test_locks_of_other_kinds_and_files_are_not_taken_for_it(area: Path, models: Path) -> None:
    with open(str(area / "file"), "wb") as stream, opened(area) as other, opened(models) as directory:
        fcntl.lockf(stream, fcntl.LOCK_EX)
        lock(other)
        assert lock_holder(directory) == ""
        lock(directory)
        assert lock_holder(directory) == f" (pid {os.getpid()} holds the lock)"


def test_the_lock_works_where_its_holder_cannot_be_found_out(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(path: t.Any, *arguments: t.Any) -> t.Any:
        if path == "/proc/locks":
            raise PermissionError(errno.EACCES, "hidden")
        return builtins.open(path, *arguments)

    monkeypatch.setattr(host_lock, "open", no_locks, raising=False)
    with opened(models) as first, opened(models) as second:
        lock(first)
        with pytest.raises(OcrModelError, match=r"^Another run works on [^(]*; wait"):
            lock(second)


def test_a_file_system_without_locks_is_an_error(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_lock)
    with opened(models) as directory, pytest.raises(OcrModelError, match=rf"^{models} cannot be locked: No locks"):
        lock(directory)
