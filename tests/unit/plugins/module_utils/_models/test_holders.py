# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a model: real processes that have one open, or only mapped."""

from __future__ import annotations

import builtins
import io
import os
import pwd
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.mounts import MountTables
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import processes as models_processes
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Holder, Holders, PendingFile
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.processes import find_holders
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import IS_ROOT, make_file
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import (
    MAPPED,
    OPEN,
    as_ordinary_user,
    holding,
)

pytestmark = pytest.mark.usefixtures("own_processes")

BOTH = pytest.mark.parametrize("how", [OPEN, MAPPED])
ON = pytest.mark.parametrize("file_system", ["this one", "overlay", "overlay, ordinary user"])


def identity_of(path: Path) -> tuple[int, int]:
    """Return device and inode of a file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def search_for(directory: ModelDirectory, wanted: set[tuple[int, int]]) -> t.Any:
    """Return the search for these files, ready for processes that see the same mounts."""
    search = models_processes._Search([directory], wanted, {}, MountTables())
    search.find_mounts()
    return search


def pretend(file_system: str, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let mappings count as those of an overlay file system, and map_files be closed as it is to ordinary users."""
    if file_system != "this one":
        directory.mount = directory.mount._replace(type="overlay")
    stat = os.stat

    def closed(path: t.Any, **options: t.Any) -> os.stat_result:
        if "/map_files/" in os.fsdecode(path):
            raise PermissionError
        return stat(path, **options)

    if file_system == "overlay, ordinary user":
        monkeypatch.setattr("os.stat", closed)


@BOTH
@ON
def test_a_holder_is_found_and_described(
    models: Path, directory: ModelDirectory, how: str, file_system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, free = (make_file(models / name, b"x" * 5000) for name in ("a b\n", "caf\udce9", "free"))
    pretend(file_system, directory, monkeypatch)
    with holding(how, one, other) as process:
        found = find_holders([directory], {identity_of(path) for path in (one, other, free)})
        (holder,) = found.found
        assert (holder.pid, holder.command, holder.label) == (process.pid, process.command, process.label)
        assert holder.user == pwd.getpwuid(os.geteuid()).pw_name
        assert holder.identities == {identity_of(one), identity_of(other)}
        assert holder.pending == ()
    assert find_holders([directory], {identity_of(one)}).found == ()


def test_a_holder_is_found_among_all_processes(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file(models / "old_model.bin")
    monkeypatch.undo()
    with holding(MAPPED, path) as process:
        assert [holder.pid for holder in find_holders([directory], {identity_of(path)}).found] == [process.pid]


def test_models_that_nobody_asks_for_are_not_looked_for(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    with holding(OPEN, path):
        assert find_holders([directory], set()).found == ()


def test_this_process_is_no_holder(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    with open(str(path), "rb"):
        assert find_holders([directory], {identity_of(path)}).found == ()


def test_a_file_of_the_same_name_elsewhere_is_another_one(area: Path, models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    with holding(OPEN, make_file(area / "other" / "old_model.bin")):
        assert find_holders([directory], {identity_of(path)}).found == ()


@BOTH
@ON
def test_a_deleted_model_is_pending_under_the_name_it_had(
    models: Path, directory: ModelDirectory, how: str, file_system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file(models / "sub" / "old_model.bin", b"x" * 5000)
    allocated = path.stat().st_blocks * 512
    pending = PendingFile(identity_of(path), directory.real_path, "sub/old_model.bin", allocated)
    pretend(file_system, directory, monkeypatch)
    with holding(how, path):
        path.unlink()
        found = find_holders([directory], set())
        assert [holder.pending for holder in found.found] == [(pending,)]
        assert found.pending_bytes(directory.real_path) == allocated


@BOTH
def test_a_deleted_file_that_lay_elsewhere_is_pending_only_when_the_run_deleted_it(
    area: Path, directory: ModelDirectory, how: str
) -> None:
    path = make_file(area / "elsewhere.bin")
    identity = identity_of(path)
    with holding(how, path):
        path.unlink()
        assert find_holders([directory], set()).found == ()
        (holder,) = find_holders([directory], set(), {identity: (directory.real_path, b"old_model.bin")}).found
        assert [file.name for file in holder.pending] == ["old_model.bin"]


@BOTH
def test_a_model_that_has_another_name_left_is_not_pending(
    area: Path, models: Path, directory: ModelDirectory, how: str
) -> None:
    path = make_file(models / "old_model.bin")
    os.link(str(path), str(area / "kept.bin"))
    with holding(OPEN, path):
        path.unlink()
        assert find_holders([directory], set()).found == ()


def test_only_root_is_sure_to_see_every_process(directory: ModelDirectory) -> None:
    assert find_holders([directory], set()).complete is IS_ROOT
    assert as_ordinary_user(lambda: find_holders([directory], set()).complete) is False


def test_a_process_that_cannot_be_looked_into_leaves_the_answer_open(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = os.listdir

    def closed(path: t.Any) -> list[str]:
        if str(path).endswith("/fd"):
            raise PermissionError
        return listdir(path)

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.listdir", closed)
    path = make_file(models / "old_model.bin")
    with holding(MAPPED, path) as process:
        found = find_holders([directory], {identity_of(path)})
    assert [holder.pid for holder in found.found] == [process.pid]
    assert found.complete is False


def test_a_process_that_has_ended_holds_nothing(directory: ModelDirectory) -> None:
    with subprocess.Popen([sys.executable, "-I", "-c", ""]) as process:
        pass
    ended = models_processes._Process(process.pid, search_for(directory, set()))
    ended.read_mounts()
    ended.look()
    assert ended.complete
    assert ended.holder() is None


def test_a_process_that_ends_while_it_is_looked_at_holds_nothing(models: Path, directory: ModelDirectory) -> None:
    path = make_file(models / "old_model.bin")
    with holding(OPEN, path) as process:
        seen = models_processes._Process(process.pid, search_for(directory, {identity_of(path)}))
        seen.look()
        assert seen.complete
        assert seen.holder() is not None
    assert seen.holder() is None


@pytest.mark.parametrize(
    "cgroup, unit",
    [
        (b"0::/system.slice/ocr.service\n", "ocr.service"),
        (b"0::/system.slice/ocr.service/worker\n", "ocr.service"),
        (b"0::/user.slice/user-1000.slice/user@1000.service/app.slice/ocr.service\n", "user@1000.service"),
        (b"0::/system.slice/ocr.service/libpod-payload-01ab/system.slice/inner.service\n", "ocr.service"),
        (b"0::/machine.slice/machine-box.scope/payload/system.slice/ocr.service\n", "machine-box.scope"),
        (b"0::/user.slice/user-1000.slice/session-2.scope\n", "session-2.scope"),
        (b"5:cpu:/\n1:name=systemd:/system.slice/ocr@1.service\n0::/\n", "ocr@1.service"),
        (b"5:cpu:/\n1:name=systemd:/system.slice/ocr@1.service\n", "ocr@1.service"),
        (b"0::/\n", None),
        (b"0::/docker/0123abcd\n", None),
        (b"0::/system.slice/caf\xe9.service\n", r"caf\xe9.service"),
    ],
)
def test_the_systemd_unit_of_a_holder(
    models: Path, directory: ModelDirectory, cgroup: bytes, unit: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(path: str, *arguments: t.Any) -> t.Any:
        return io.BytesIO(cgroup) if path.endswith("/cgroup") else builtins.open(path, *arguments)

    monkeypatch.setattr(models_processes, "open", shown, raising=False)
    path = make_file(models / "old_model.bin")
    with holding(OPEN, path):
        (holder,) = find_holders([directory], {identity_of(path)}).found
    assert holder.unit == unit


def test_a_user_without_a_name_is_shown_by_number(
    models: Path, directory: ModelDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_user: int) -> t.NoReturn:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    path = make_file(models / "old_model.bin")
    with holding(OPEN, path):
        (holder,) = find_holders([directory], {identity_of(path)}).found
    assert holder.user == str(os.geteuid())


def test_holders_are_grouped_by_file_and_pending_files_counted_once() -> None:
    shared, own = PendingFile((1, 10), b"/m", "old_a", 4096), PendingFile((1, 11), b"/m", "old_b", 8192)
    first = Holder(5, "a", "ocr", None, frozenset([(1, 2), (1, 3)]), (shared,))
    second = Holder(6, "b", "ocr", None, frozenset([(1, 3)]), (shared, own))
    holders = Holders((first, second), complete=True)
    assert holders.by_identity() == {(1, 2): [first], (1, 3): [first, second]}
    assert holders.of((1, 3)) == [first, second]
    assert holders.of((1, 4)) == []
    assert holders.pending_bytes(b"/m") == 4096 + 8192
    assert holders.pending_bytes(b"/n") == 0
