# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service user who swaps folders for links, and files for other things, while root prunes, with ``user`` or not."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import typing as t
from pathlib import Path

import pytest
from collection import (
    make_file,
    make_folder,
    models_in_sets,
    mount_for_run,
    names,
    prune,
    reasons,
    restore,
    snapshot,
    substitute,
)
from namespaces import SERVICE, isolated, mount
from racers import Pair, Racers, exchange

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import execution
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report

pytestmark = pytest.mark.usefixtures("run_as")

FILES = 24
SWAPS = 6000
ROUNDS = 25
# The race that the naive way loses in its first rounds, at the latest by here.
NAIVE_ROUNDS = 250

BACKUPS = pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])


class Arena:
    """A model directory of the service user with racers around, and canaries of root that it would like to see gone."""

    def __init__(self, area: Path) -> None:
        self.canary = make_folder(area / "canary", owner=0)
        self.home = make_folder(area / "home", owner=SERVICE)
        self.models = make_folder(self.home / "models", owner=SERVICE)
        # Beside the model directory, not in it: what lies here is none of the prune's business.
        self.side = make_folder(self.home / "side", owner=SERVICE)
        self.backups = make_folder(area / "backup", mode=0o700)
        for number in range(FILES):
            make_file(self.canary / f"old_{number}.bin", b"canary", owner=0)
        self.before = snapshot(self.canary)

    def folder_pairs(self) -> list[Pair]:
        """Folders full of stale models, each with a link to the canaries to be swapped for."""
        return [(self.models / "old_0_folder", self.side / "to_canary"), (self.models / "sub", self.side / "sub_link")]

    def file_pairs(self) -> list[Pair]:
        """Stale files, each with something else to be swapped for."""
        return [(self.models / f"old_{number}.bin", self.side / f"other_{number}") for number in range(FILES)]

    def fill(self) -> None:
        """Put everything in its place again, except what is there."""
        for folder, link in self.folder_pairs():
            self._clear(folder)
            self._clear(link)
            make_folder(folder, owner=SERVICE)
            for number in range(FILES):
                make_file(folder / f"old_{number}.bin", b"stale", owner=SERVICE)
            link.symlink_to(self.canary)
            os.chown(link, SERVICE, SERVICE, follow_symlinks=False)
        for number, (file, other) in enumerate(self.file_pairs()):
            self._clear(file)
            self._clear(other)
            make_file(file, b"stale", owner=SERVICE)
            self._make_other(number, other)

    def _make_other(self, number: int, other: Path) -> None:
        kind = number % 5
        if kind == 0:
            other.symlink_to(self.canary / f"old_{number}.bin")
        elif kind == 1:
            os.link(self.canary / f"old_{number}.bin", other)
        elif kind == 2:
            make_file(other, b"other", owner=SERVICE)
        elif kind == 3:
            make_file(other / "current.bin", b"other", owner=SERVICE)
            os.chown(other, SERVICE, SERVICE)
        else:
            os.mkfifo(other)

    @staticmethod
    def _clear(path: Path) -> None:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if stat.S_ISDIR(path.lstat().st_mode):
                for below in path.iterdir():
                    below.unlink()
                path.rmdir()
            else:
                path.unlink()

    def canaries_are_whole(self) -> bool:
        """Whether every canary still has its name, content, owner and time."""
        return snapshot(self.canary) == self.before


def prune_or_refuse(models: Path, **options: t.Any) -> Report | None:
    """Prune; None where the run refused to begin because of what it met on its way."""
    try:
        return prune(models, **options)
    except OcrModelError as error:
        assert "is refused" in str(error) or "is not a directory" in str(error), error
        return None


@BACKUPS
@isolated
def test_no_canary_is_touched_while_folders_and_files_are_swapped(area: Path, backup: str) -> None:
    arena = Arena(area)
    if backup == "another file system":
        mount_for_run(arena.backups, mode="700")
    options: dict[str, t.Any] = {} if backup == "none" else {"backup_dir": arena.backups}
    arena.fill()
    pairs = arena.file_pairs()
    rounds = pruned = 0
    with Racers([arena.folder_pairs(), pairs[::2], pairs[1::2]]) as racers:
        while rounds < ROUNDS or racers.swaps < SWAPS:
            report = prune_or_refuse(arena.models, **options)
            rounds += 1
            racers.rest()
            assert arena.canaries_are_whole()
            if report is not None:
                pruned += len(report.result["pruned"])
                assert_reasons_are_stated(report.result)
            arena.fill()
            racers.go_on()
    assert pruned > rounds


def assert_reasons_are_stated(result: t.Mapping[str, t.Any]) -> None:
    """What was not pruned says why, and in terms of what the racers did; nothing is in two lists."""
    allowed = ("changed", "in use", "another file took its ", "a copy could not be given back to uid 0 ")
    for name, reason in {**reasons(result["kept"]), **reasons(result["failed_models"])}.items():
        assert reason.startswith(allowed), f"{name}: {reason}"
    listed = names(result["pruned"]) + names(result["kept"]) + names(result["failed_models"])
    assert len(listed) == len(set(listed))


@BACKUPS
@isolated
def test_the_result_is_honest_while_files_are_swapped_for_other_files(area: Path, backup: str) -> None:
    """Each pair is two files of the model directory that swap their names: a stale one and a current one."""
    models = make_folder(area / "models", owner=SERVICE)
    backups = make_folder(area / "backup", mode=0o700)
    if backup == "another file system":
        mount_for_run(backups, mode="700")
    options: dict[str, t.Any] = {} if backup == "none" else {"backup_dir": backups}
    pairs = [(models / f"old_{number}.bin", models / f"current_{number}.bin") for number in range(FILES)]
    rounds = 0
    for pair in pairs:
        for path in pair:
            make_file(path, os.fsencode(path.name), owner=SERVICE)
    with Racers([pairs[::2], pairs[1::2]]) as racers:
        while rounds < ROUNDS or racers.swaps < SWAPS:
            report = prune(models, **options)
            rounds += 1
            racers.rest()
            assert_nothing_is_lost(report, pairs, backups)
            for pair in pairs:
                for path in pair:
                    with contextlib.suppress(FileNotFoundError):
                        path.unlink()
                    make_file(path, os.fsencode(path.name), owner=SERVICE)
            racers.go_on()


def assert_nothing_is_lost(report: Report, pairs: t.Sequence[Pair], backups: Path) -> None:
    """For each pair: two files minus one if the result says that it was pruned, or that another went in its stead."""
    pruned = set(names(report.result["pruned"]))
    failed = reasons(report.result["failed_models"])
    backup = report.result["backup"]
    for stale, current in pairs:
        left = [path.read_bytes() for path in (stale, current) if path.exists()]
        in_its_stead = "in its stead" in failed.get(stale.name, "")
        assert len(left) == 2 - (stale.name in pruned or in_its_stead), (stale.name, left, failed)
        if backup is not None and stale.name in pruned:
            saved = (backups / backup / "models" / stale.name).read_bytes()
            assert sorted([*left, saved]) == sorted([os.fsencode(stale.name), os.fsencode(current.name)])


@isolated
def test_the_model_directory_itself_may_be_swapped_for_a_link(area: Path) -> None:
    arena = Arena(area)
    link = arena.side / "link"
    link.symlink_to(arena.canary)
    os.chown(link, SERVICE, SERVICE, follow_symlinks=False)
    refused = rounds = 0
    with Racers([[(arena.models, link)]]) as racers:
        while rounds < 5 * ROUNDS or racers.swaps < SWAPS:
            report = prune_or_refuse(arena.models)
            # The user may follow an own link, but remove nothing where it leads to.
            refused += report is None or report.failure is not None
            rounds += 1
    assert arena.canaries_are_whole()
    assert 0 < refused < rounds


@isolated
def test_the_same_race_is_lost_by_the_naive_way(area: Path) -> None:
    """List, then remove by path, as a shell script or the modules find and file do: proof that the race is one."""
    arena = Arena(area)
    arena.fill()
    with Racers([arena.folder_pairs()]) as racers:
        for _round in range(NAIVE_ROUNDS):
            remove_naively(arena.models)
            racers.rest()
            if not arena.canaries_are_whole():
                return
            arena.fill()
            racers.go_on()
    raise AssertionError(f"the naive way touched no canary in {NAIVE_ROUNDS} rounds: the race shows nothing")


def remove_naively(models: Path) -> None:
    """Remove every stale file below a directory, by path."""
    found = [
        os.path.join(folder, name)
        for folder, _folders, files in os.walk(models)
        for name in files
        if name.startswith("old_")
    ]
    for path in found:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.remove(path)


# What follows are single swaps at the worst instant, which a race only meets by chance.


def swap_before(call: str, name: bytes, swap: t.Callable[[], object]) -> None:
    """Have ``swap`` happen in this process right before os.``call`` is called with ``name``, once."""
    original = getattr(os, call)
    done: list[bool] = []

    def replacement(first: t.Any, *arguments: t.Any, **options: t.Any) -> t.Any:
        if first == name and not done:
            done.append(True)
            swap()
        return original(first, *arguments, **options)

    substitute(os, call, replacement)


@pytest.mark.parametrize("backup", [False, True])
@isolated
def test_a_model_that_was_replaced_after_the_plan_stays(area: Path, backup: bool) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned", modified=1.5e9)
    make_file(models / "old_other.bin", b"planned")
    remove = execution.remove

    def replaced_first(*arguments: t.Any, **options: t.Any) -> t.Any:
        # Of the same size and time.
        make_file(models / ".new", b"newer!!", modified=1.5e9)
        os.rename(models / ".new", models / "old_model.bin")
        return remove(*arguments, **options)

    substitute(prune_run, "remove", replaced_first)
    report = prune(models, backup_dir=make_folder(area / "backup") if backup else None)
    assert names(report.result["pruned"]) == ["old_other.bin"]
    assert reasons(report.result["kept"]) == {"old_model.bin": "changed since the plan was made"}
    assert (models / "old_model.bin").read_bytes() == b"newer!!"


@pytest.mark.parametrize("change", ["size", "time"])
@pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])
@isolated
def test_a_model_that_was_written_to_after_the_plan_stays(area: Path, change: str, backup: str) -> None:
    models = make_folder(area / "models")
    model = make_file(models / "old_model.bin", b"planned", modified=1.7e9)
    backups = make_folder(area / "backup")
    if backup == "another file system":
        mount_for_run(backups)
    remove = execution.remove

    def written_first(*arguments: t.Any, **options: t.Any) -> t.Any:
        if change == "size":
            model.write_bytes(b"longer than before")
            os.utime(model, ns=(17 * 10**17,) * 2)
        else:
            model.write_bytes(b"PLANNED")
        return remove(*arguments, **options)

    substitute(prune_run, "remove", written_first)
    report = prune(models, backup_dir=None if backup == "none" else backups)
    assert report.result["pruned"] == []
    assert reasons(report.result["kept"]) == {"old_model.bin": "changed since the plan was made"}
    assert model.exists()
    assert models_in_sets(backups) == []


@isolated
def test_a_copy_of_a_model_that_is_written_to_meanwhile_is_not_taken_for_it(area: Path) -> None:
    models = make_folder(area / "models")
    model = make_file(models / "old_model.bin", b"planned", modified=1.7e9)
    backups = make_folder(area / "backup")
    mount_for_run(backups)
    swap_before("rename", b"copy.new", lambda: model.write_bytes(b"written"))
    report = prune(models, backup_dir=backups)
    assert report.result["pruned"] == []
    assert model.read_bytes() == b"written"
    assert models_in_sets(backups) == []


@isolated
def test_a_file_that_is_removed_in_the_stead_of_a_model_is_owned_up_to(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned")
    make_file(area / "side" / "other.bin", b"other")
    swap_before(
        "unlink",
        b"old_model.bin",
        lambda: exchange(*map(os.fsencode, (models / "old_model.bin", area / "side" / "other.bin"))),
    )
    report = prune(models)
    assert report.failure is not None
    assert report.result["pruned"] == []
    assert "another file took its name" in reasons(report.result["failed_models"])["old_model.bin"]
    assert (area / "side" / "other.bin").read_bytes() == b"planned"


@isolated
def test_a_model_whose_name_is_swapped_at_the_removal_is_not_lost_with_its_copy(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned")
    other = make_file(models / "current.bin", b"current")
    backups = make_folder(area / "backup")
    mount_for_run(backups)
    swap_before("unlink", b"old_model.bin", lambda: exchange(os.fsencode(models / "old_model.bin"), os.fsencode(other)))
    report = prune(models, backup_dir=backups)
    assert report.result["pruned"] == []
    contents = [path.read_bytes() for path in area.rglob("*") if path.is_file()]
    assert b"planned" in contents


@isolated
def test_a_copy_stays_once_its_original_was_removed_whatever_follows(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned")
    backups = make_folder(area / "backup")
    mount_for_run(backups)
    fstat = os.fstat

    def broken_once(descriptor: int) -> os.stat_result:
        if not (models / "old_model.bin").exists():
            substitute(os, "fstat", fstat)
            raise OSError(errno.EIO, "Input/output error")
        return fstat(descriptor)

    swap_before("unlink", b"old_model.bin", lambda: substitute(os, "fstat", broken_once))
    report = prune(models, backup_dir=backups)
    assert names(report.result["pruned"]) == ["old_model.bin"]
    assert [warning for warning in report.warnings if "Input/output error" in warning]
    assert [path.read_bytes() for path in backups.glob("*/models/*")] == [b"planned"]


@pytest.mark.parametrize("link_works", [True, False])
@isolated
def test_a_file_that_is_moved_in_the_stead_of_a_model_is_back_at_once(area: Path, link_works: bool) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned")
    make_file(models / "current.bin", b"current")
    pair = os.fsencode(models / "old_model.bin"), os.fsencode(models / "current.bin")
    if not link_works:

        def no_hard_links(*_arguments: object, **_options: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        substitute(os, "link", no_hard_links)
    swap_before("rename", b"old_model.bin", lambda: exchange(*pair))
    report = prune(models, backup_dir=make_folder(area / "backup"))
    assert report.result["pruned"] == []
    assert {path.name: path.read_bytes() for path in models.iterdir()} == {
        "old_model.bin": b"current",
        "current.bin": b"planned",
    }
    assert reasons(report.result["kept"] + report.result["failed_models"]).keys() == {"old_model.bin"}


@pytest.mark.parametrize("others", [False, True])
@isolated
def test_a_folder_that_is_moved_in_the_stead_of_a_model_is_back_whole(area: Path, others: bool) -> None:
    canary = make_file(area / "outside" / "canary.bin").parent
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned")
    if others:
        make_file(models / "old_other.bin")
    make_file(models / "current" / "model.bin", b"current")
    mount("--bind", canary, make_folder(models / "current" / "mounted"))
    swap_before(
        "rename",
        b"old_model.bin",
        lambda: exchange(os.fsencode(models / "old_model.bin"), os.fsencode(models / "current")),
    )
    report = prune(models, backup_dir=make_folder(area / "backup"))
    assert (canary / "canary.bin").exists()
    assert (models / "old_model.bin" / "model.bin").read_bytes() == b"current"
    assert (models / "current").read_bytes() == b"planned"
    assert names(report.result["pruned"]) == (["old_other.bin"] if others else [])
    assert reasons(report.result["kept"] + report.result["failed_models"]).keys() == {"old_model.bin"}


@isolated
def test_what_cannot_be_put_back_stays_in_the_set_and_the_result_says_so(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"planned")
    make_file(models / "current.bin", b"current")
    pair = os.fsencode(models / "old_model.bin"), os.fsencode(models / "current.bin")
    swap_before("rename", b"old_model.bin", lambda: exchange(*pair))
    # Meanwhile somebody takes the name, so that nothing can be put back under it.
    swap_before("link", b"old_model.bin", lambda: make_file(models / "old_model.bin", b"newest"))
    report = prune(models, backup_dir=make_folder(area / "backup"))
    assert report.failure is not None
    assert "set" in reasons(report.result["failed_models"])["old_model.bin"]
    contents = sorted(path.read_bytes() for path in area.rglob("*") if path.is_file() and path.suffix == ".bin")
    assert contents == [b"current", b"newest", b"planned"]


@isolated
def test_a_scan_takes_a_link_that_becomes_a_file_in_its_stride(area: Path) -> None:
    models = make_folder(area / "models")
    (models / "old_link").symlink_to("nowhere")
    make_file(models / "old_other.bin")

    def swap() -> None:
        (models / "old_link").unlink()
        make_file(models / "old_link")

    swap_before("readlink", b"old_link", swap)
    assert names(prune(models).result["pruned"]) == ["old_other.bin"]


@isolated
def test_a_fifo_in_the_place_of_a_model_does_not_hang_the_run(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")

    def swap() -> None:
        (models / "old_model.bin").unlink()
        os.mkfifo(models / "old_model.bin")

    swap_before("open", b"old_model.bin", swap)
    assert prune(models).result["pruned"] == []
    assert stat.S_ISFIFO((models / "old_model.bin").stat().st_mode)


@isolated
def test_a_restore_gives_no_folder_away_that_was_swapped_in(area: Path) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(make_folder(models / "folder", owner=SERVICE, mode=0o750) / "old_model.bin", owner=SERVICE)
    make_file(make_folder(models / "of_root", owner=0, mode=0o755) / "secret", owner=0)
    prune(models, backup_dir=make_folder(area / "backup"))
    made = os.mkdir

    def made_and_swapped(path: t.Any, *arguments: t.Any, **options: t.Any) -> None:
        made(path, *arguments, **options)
        if options.get("dir_fd") is not None and (models / "of_root").exists():
            inside = os.readlink(f"/proc/self/fd/{options['dir_fd']}")
            if inside == str(models):
                exchange(os.fsencode(models / os.fsdecode(path)), os.fsencode(models / "of_root"))

    substitute(os, "mkdir", made_and_swapped)
    restore(models, area / "backup")
    of_root = next(path for path in models.rglob("secret")).parent
    assert of_root.stat().st_uid == 0
    assert of_root.stat().st_mode & 0o777 == 0o755


@isolated
def test_a_restore_keeps_the_copy_when_another_file_came_in_its_place(area: Path) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_model.bin", b"good", owner=SERVICE)
    backups = make_folder(area / "backup")
    mount_for_run(backups)
    prune(models, backup_dir=backups)
    linked = os.link

    def swapped_first(source: t.Any, *arguments: t.Any, **options: t.Any) -> None:
        place = Path(os.readlink(f"/proc/self/fd/{options['src_dir_fd']}"))
        (place / os.fsdecode(source)).unlink()
        make_file(place / os.fsdecode(source), b"evil", owner=SERVICE)
        linked(source, *arguments, **options)

    substitute(os, "link", swapped_first)
    report = restore(models, backups)
    assert report.result["restored"] == []
    assert report.failure is not None
    assert [path.read_bytes() for path in backups.glob("*/models/*")] == [b"good"]
