# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a prune does when the system refuses something: the rest is done, nothing is lost, and the result says all."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, models_in_sets, names, prune, reasons, restore, snapshot, substitute
from namespaces import SERVICE, in_child, isolated, mount, mount_file_system, mount_overlay

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import writer as backup_writer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import execution, part
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report

BACKUPS = pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])


def backup_options(area: Path, backup: str, *, owner: int = 0) -> dict[str, t.Any]:
    """Return the options for that kind of backup."""
    if backup == "none":
        return {}
    make_folder(area / "backup")
    if backup == "another file system":
        mount("-t", "tmpfs", "none", area / "backup")
    make_folder(area / "backup", owner=owner)
    return {"backup_dir": area / "backup"}


def assert_as_predicted(predicted: Report, report: Report) -> None:
    """The dry run said what the run then did."""
    for key in ("pruned", "kept", "failed_models"):
        assert predicted.result[key] == report.result[key], key
    assert predicted.failure == report.failure
    assert predicted.result["freed_bytes"] == report.result["freed_bytes"]


@BACKUPS
@isolated
def test_a_folder_that_may_not_be_written_fails_alone(area: Path, backup: str) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_free.bin", owner=SERVICE)
    make_file(make_folder(models / "of_root") / "old_closed.bin", owner=SERVICE)
    options = backup_options(area, backup, owner=SERVICE)
    before = snapshot(models / "of_root")
    predicted = in_child(lambda: prune(models, check_mode=True, **options), user=SERVICE)
    report = in_child(lambda: prune(models, **options), user=SERVICE)
    assert names(report.result["pruned"]) == ["old_free.bin"]
    assert "Permission denied" in reasons(report.result["failed_models"])["of_root/old_closed.bin"]
    assert report.failure is not None and report.failure.startswith("1 of 2 models could not be removed")
    assert snapshot(models / "of_root") == before
    assert models_in_sets(area / "backup") == (
        [] if backup == "none" else [f"{report.result['backup']}/models/old_free.bin"]
    )
    assert_as_predicted(predicted, report)


@BACKUPS
@isolated
def test_a_sticky_folder_keeps_what_is_not_the_users(area: Path, backup: str) -> None:
    models = make_folder(area / "models", mode=0o1777)
    make_file(models / "old_mine.bin", owner=SERVICE)
    make_file(models / "old_of_root.bin", mode=0o666)
    options = backup_options(area, backup, owner=SERVICE)
    predicted = in_child(lambda: prune(models, check_mode=True, in_use="ignore", **options), user=SERVICE)
    report = in_child(lambda: prune(models, in_use="ignore", **options), user=SERVICE)
    assert names(report.result["pruned"]) == ["old_mine.bin"]
    if backup == "another file system":
        assert reasons(report.result["kept"])["old_of_root.bin"].startswith("a copy could not be given back to uid 0")
    else:
        assert "Operation not permitted" in reasons(report.result["failed_models"])["old_of_root.bin"]
    assert os.listdir(models) == ["old_of_root.bin"]
    assert_as_predicted(predicted, report)


@isolated
def test_a_model_that_may_not_be_read_cannot_be_copied_and_stays(area: Path) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_closed.bin", owner=SERVICE, mode=0o000)
    make_file(models / "old_mine.bin", owner=SERVICE)
    options = backup_options(area, "another file system", owner=SERVICE)
    predicted = in_child(lambda: prune(models, check_mode=True, in_use="ignore", **options), user=SERVICE)
    report = in_child(lambda: prune(models, in_use="ignore", **options), user=SERVICE)
    assert names(report.result["pruned"]) == ["old_mine.bin"]
    assert "Permission denied" in reasons(report.result["failed_models"])["old_closed.bin"]
    assert_as_predicted(predicted, report)


@BACKUPS
@pytest.mark.parametrize("kind", ["tmpfs", "ext4"])
@pytest.mark.parametrize("flag", ["i", "a"])
@isolated
def test_an_immutable_model_stays(area: Path, kind: str, flag: str, backup: str) -> None:
    mount_file_system(kind, area / "fs")
    models = make_folder(area / "fs" / "models")
    make_file(models / "old_free.bin")
    make_file(models / "sub" / "old_immutable.bin")
    options = backup_options(area / "fs", backup)
    subprocess.run(["chattr", f"+{flag}", str(models / "sub" / "old_immutable.bin")], check=True)
    predicted = prune(models, check_mode=True, **options)
    report = prune(models, **options)
    assert names(report.result["pruned"]) == ["old_free.bin"]
    assert "chattr" in reasons(report.result["failed_models"])["sub/old_immutable.bin"]
    assert (models / "sub" / "old_immutable.bin").exists()
    assert models_in_sets(area / "fs" / "backup") == (
        [] if backup == "none" else [f"{report.result['backup']}/models/old_free.bin"]
    )
    assert_as_predicted(predicted, report)


@isolated
def test_an_immutable_folder_keeps_its_models(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_free.bin")
    make_file(models / "sub" / "old_model.bin")
    subprocess.run(["chattr", "+i", str(models / "sub")], check=True)
    predicted = prune(models, check_mode=True)
    report = prune(models)
    assert names(report.result["pruned"]) == ["old_free.bin"]
    assert names(report.result["failed_models"]) == ["sub/old_model.bin"]
    assert_as_predicted(predicted, report)


@BACKUPS
@isolated
def test_a_read_only_file_system_fails_every_model(area: Path, backup: str) -> None:
    mount_file_system("tmpfs", area / "fs")
    models = make_folder(area / "fs" / "models")
    make_file(models / "old_a.bin")
    make_file(models / "sub" / "old_b.bin")
    options = backup_options(area, backup)
    before = snapshot(models)
    mount("-o", "remount,ro", area / "fs")
    predicted = prune(models, check_mode=True, **options)
    report = prune(models, **options)
    assert set(reasons(report.result["failed_models"]).values()) == {"Read-only file system"}
    assert report.result["changed"] is False
    assert report.result["backup"] is None
    assert snapshot(models) == before
    assert_as_predicted(predicted, report)


@isolated
def test_a_read_only_backup_is_refused_before_anything_moves(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    options = backup_options(area, "another file system")
    mount("-o", "remount,ro", area / "backup")
    for check_mode in (True, False):
        with pytest.raises(OcrModelError, match=r"no set can be made .*Read-only file system"):
            prune(models, check_mode=check_mode, **options)
    assert os.listdir(models) == ["old_model.bin"]


def before_removal(action: t.Callable[[], object]) -> None:
    """Have ``action`` happen between the plan and its removal."""
    remove = execution.remove

    def replacement(*arguments: t.Any, **options: t.Any) -> t.Any:
        action()
        return remove(*arguments, **options)

    substitute(prune_run, "remove", replacement)


@BACKUPS
@isolated
def test_a_model_or_folder_that_vanished_is_gone_already_and_no_failure(area: Path, backup: str) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_gone.bin")
    make_file(models / "old_here.bin")
    make_file(models / "folder" / "old_gone.bin")
    options = backup_options(area, backup)

    def vanish() -> None:
        (models / "old_gone.bin").unlink()
        shutil.rmtree(models / "folder")

    before_removal(vanish)
    report = prune(models, **options)
    assert report.failure is None
    assert names(report.result["pruned"]) == ["old_here.bin"]
    assert report.result["kept"] == report.result["failed_models"] == []


@BACKUPS
@isolated
def test_a_model_directory_that_vanished_is_no_crash(area: Path, backup: str) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    options = backup_options(area, backup)
    before_removal(lambda: shutil.rmtree(models))
    report = prune(models, **options)
    assert report.failure is None
    assert report.result["pruned"] == []
    assert not prune(models).result["changed"]


@isolated
def test_a_backup_that_fills_up_meanwhile_loses_nothing(area: Path) -> None:
    models = make_folder(area / "models")
    for number in range(8):
        make_file(models / f"old_{number}.bin", os.urandom(100_000), modified=1.5e9)
    before = snapshot(models)
    backups = make_folder(area / "backup")
    mount("-t", "tmpfs", "-o", "size=2m", "none", backups)
    before_removal(lambda: fill(backups, leave=350_000))
    report = prune(models, backup_dir=backups)
    assert 1 <= len(report.result["pruned"]) <= 4
    assert len(report.result["pruned"]) + len(report.result["failed_models"]) == 8
    assert set(reasons(report.result["failed_models"]).values()) == {"No space left on device"}
    assert report.failure is not None
    assert len(models_in_sets(backups)) == len(report.result["pruned"])
    (backups / "filler").unlink()
    assert names(restore(models, backups).result["restored"]) == names(report.result["pruned"])
    assert snapshot(models) == before


def fill(folder: Path, *, leave: int) -> None:
    """Leave only so many bytes free on the file system of ``folder``."""
    status = os.statvfs(folder)
    with open(folder / "filler", "wb") as stream:
        stream.write(b"x" * (status.f_bavail * status.f_frsize - leave))


@pytest.mark.parametrize("copies", [False, True])
@isolated
def test_a_manifest_that_does_not_fit_can_still_be_read(area: Path, copies: bool) -> None:
    """A line that is cut off for want of room must not spoil the next one."""
    mount_file_system("tmpfs", area / "fs")
    mount("-o", "remount,size=4m", area / "fs")
    models = make_folder((area if copies else area / "fs") / "models")
    backups = make_folder(area / "fs" / "backup")
    for number in range(60):
        make_file(models / f"old_{number:02}_{'n' * 200}.bin", modified=1.5e9)
    before = snapshot(models)
    class_ = backup_writer.NewBackupSet
    name = "take_by_copy" if copies else "take_by_rename"
    take = getattr(class_, name)
    calls: list[None] = []

    def in_want_of_room(self: object, *arguments: t.Any) -> None:
        calls.append(None)
        if len(calls) == 5:
            fill(backups, leave=0)
        if len(calls) == 40:
            (backups / "filler").unlink()
        take(self, *arguments)

    substitute(class_, name, in_want_of_room)
    prune(models, backup_dir=backups)
    report = restore(models, backups)
    assert report.failure is None
    assert report.warnings == []
    assert snapshot(models) == before
    assert models_in_sets(backups) == []


@isolated
def test_no_room_for_the_manifest_is_refused_before_anything_moves(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin", b"x").parent
    backups = make_folder(area / "backup")
    mount("-t", "tmpfs", "-o", "nr_inodes=3", "none", backups)
    for check_mode in (True, False):
        with pytest.raises(OcrModelError, match=r"needs 4 files, .* has only 2 files available"):
            prune(models, backup_dir=backups, check_mode=check_mode)
    assert os.listdir(models) == ["old_model.bin"]
    assert os.listdir(backups) == []


@isolated
def test_lack_of_room_is_refused_with_both_figures(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin", b"x" * 3_000_000).parent
    backups = make_folder(area / "backup")
    mount("-t", "tmpfs", "-o", "size=1m", "none", backups)
    for check_mode in (True, False):
        with pytest.raises(OcrModelError, match=r"needs 3006464 bytes, .* has only 1048576 bytes available"):
            prune(models, backup_dir=backups, check_mode=check_mode)
    assert os.listdir(models) == ["old_model.bin"]
    assert os.listdir(backups) == []


@isolated
def test_a_move_within_a_file_system_needs_no_room(area: Path) -> None:
    mount_file_system("tmpfs", area / "fs")
    mount("-o", "remount,size=1m", area / "fs")
    models = make_file(area / "fs" / "models" / "old_model.bin", b"x" * 900_000).parent
    report = prune(models, backup_dir=area / "fs" / "backup")
    assert names(report.result["pruned"]) == ["old_model.bin"]
    assert report.result["freed_bytes"] == 0


@pytest.mark.parametrize("call", ["fsync", "fchmod", "unlink"])
@BACKUPS
@isolated
def test_errors_after_the_first_removal_do_not_hide_what_was_done(area: Path, backup: str, call: str) -> None:
    """The disk answers EIO once something was removed; the result still says what, and nothing is lost."""
    models = make_folder(area / "models")
    for number in range(4):
        make_file(models / f"old_{number}.bin", b"content %d" % number)
    contents = sorted(path.read_bytes() for path in models.iterdir())
    options = backup_options(area, backup)
    original = getattr(os, call)

    def broken(*arguments: t.Any, **keywords: t.Any) -> t.Any:
        if len(os.listdir(models)) < 3:
            raise OSError(errno.EIO, "Input/output error")
        return original(*arguments, **keywords)

    substitute(os, call, broken)
    report = prune(models, **options)
    substitute(os, call, original)
    left = [path.read_bytes() for path in models.iterdir()]
    assert len(report.result["pruned"]) == 4 - len(left)
    listed = names(report.result["pruned"] + report.result["failed_models"])
    assert sorted(listed) == [f"old_{number}.bin" for number in range(4)]
    if backup != "none":
        saved = [path.read_bytes() for path in area.glob("backup/*/models/*")]
        assert set(left + saved) == set(contents)


@isolated
def test_a_directory_that_cannot_be_read_after_the_removal_does_not_hide_what_was_done(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    find_models = part.find_models
    calls: list[None] = []

    def fails_later(*arguments: t.Any, **options: t.Any) -> t.Any:
        calls.append(None)
        if len(calls) > 1:
            raise OcrModelError("cannot be read")
        return find_models(*arguments, **options)

    substitute(part, "find_models", fails_later)
    report = prune(models)
    assert names(report.result["pruned"]) == ["old_model.bin"]


@isolated
def test_a_dead_file_system_that_some_process_uses_does_not_end_the_run(area: Path) -> None:
    """A FUSE file system whose server died answers ENOTCONN to every look at it."""
    import ctypes

    models = make_file(area / "models" / "old_model.bin").parent
    place = make_folder(area / "fuse")
    server = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
    if ctypes.CDLL(None).mount(b"dead", os.fsencode(place), b"fuse", 0, options) != 0:
        pytest.skip("no FUSE here")
    held = os.open(place, os.O_PATH)
    process = subprocess.Popen(["sleep", "60"], pass_fds=[held])
    os.close(held)
    os.close(server)
    report = prune(models)
    process.kill()
    process.wait()
    assert names(report.result["pruned"]) == ["old_model.bin"]


@pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])
@isolated
def test_models_of_the_lower_layer_of_an_overlay_are_pruned(area: Path, backup: str) -> None:
    """There the link count of a removed file does not change, and a second open of it would break our own lease."""
    lower = area / "layers" / "lower"
    for name in ("old_a.bin", "old_b.bin", "sub/old_c.bin"):
        make_file(lower / "models" / name, modified=1.5e9)
    if backup != "same file system":
        # A rename would give such a file, which has two names in the layer below, another identity: it stays.
        os.link(lower / "models" / "old_a.bin", lower / "models" / "old_hard_link.bin")
    mount_overlay(area / "root", lower)
    models = area / "root" / "models"
    make_file(models / "old_upper.bin", modified=1.5e9)
    os.link(models / "old_upper.bin", models / "old_upper_hard_link.bin")
    before = snapshot(models)
    stale = sorted(name for name in before if name.endswith(".bin"))
    options = backup_options(area / "root", backup)
    report = prune(models, **options)
    assert report.failure is None
    assert names(report.result["pruned"]) == stale
    assert os.listdir(models) == ["sub"]
    if options:
        assert restore(models, area / "root" / "backup").failure is None
        assert snapshot(models) == before


@isolated
def test_a_backup_in_another_subvolume_of_btrfs_is_a_copy(area: Path) -> None:
    """The mount is the same, but the kernel does not rename from one subvolume to another."""
    mount_file_system("btrfs", area / "fs")
    models = make_file(area / "fs" / "models" / "old_model.bin", modified=1.5e9).parent
    subprocess.run(["btrfs", "-q", "subvolume", "create", str(area / "fs" / "backup")], check=True)
    before = snapshot(models)
    report = prune(models, backup_dir=area / "fs" / "backup")
    assert names(report.result["pruned"]) == ["old_model.bin"]
    assert restore(models, area / "fs" / "backup").failure is None
    assert snapshot(models) == before


@isolated
def test_no_descriptor_stays_open(area: Path) -> None:
    """Twice the same, faults included: as many descriptors afterwards as before."""
    counts = []
    for _round in range(3):
        models = make_folder(area / "models")
        make_file(models / "a" / "old_a.bin")
        make_file(models / "b" / "old_b.bin")
        make_file(models / "b" / "old_c.bin")
        subprocess.run(["chattr", "+i", str(models / "b" / "old_c.bin")], check=True)
        backups = make_folder(area / "backup")
        prune(models, backup_dir=backups, check_mode=True)
        prune(models, backup_dir=backups)
        restore(models, backups)
        prune(models)
        prune(area / "nothing")
        for wrong in (models / "inside", area / "no" / "parent"):
            with pytest.raises(OcrModelError):
                prune(models, backup_dir=wrong)
        subprocess.run(["chattr", "-i", str(models / "b" / "old_c.bin")], check=True)
        counts.append(len(os.listdir("/proc/self/fd")))
    assert counts[0] == counts[1] == counts[2]
