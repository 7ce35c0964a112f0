# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that a backup or a restore cannot use: check mode says what the real run says, and nothing is half done."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import typing as t
from pathlib import Path

import pytest
from accounts import account
from collection import RunAs, make_file, make_folder, models_in_sets, names, prune, reasons, restore, snapshot
from namespaces import SERVICE, in_child, isolated, mount, mount_file_system

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError

READ_ONLY = "Read-only file system"


def same_in_both_modes(run: t.Callable[..., t.Any]) -> t.Any:
    """Run in check mode and really; return what both said, a report or the text of an error, which has to be equal."""
    said = [_said(run, check_mode=check_mode) for check_mode in (True, False)]
    for answer in said:
        if not isinstance(answer, str):
            # The tense differs, and so do the times and the facts: a dry run tells those of before.
            answer.result.update(msg=None, ocr_models=None, backup=answer.result["backup"] is not None, backups=None)
    assert said[0] == said[1]
    return said[1]


def _said(run: t.Callable[..., t.Any], *, check_mode: bool) -> t.Any:
    try:
        return run(check_mode=check_mode)
    except OcrModelError as error:
        return str(error)


def chattr(flag: str, path: Path) -> None:
    """Call chattr(1)."""
    subprocess.run(["chattr", flag, str(path)], check=True)


def hidden_in(folder: Path) -> list[str]:
    """Return the hidden files of a folder, and of those below it."""
    return [name for name in snapshot(folder) if os.path.basename(name).startswith(".")]


@pytest.mark.parametrize("place", ["read-only", "immutable", "of somebody else"])
@pytest.mark.parametrize("exists", [True, False])
@isolated
def test_a_backup_directory_that_cannot_be_made_or_written(area: Path, place: str, exists: bool) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_model.bin", owner=SERVICE)
    parent = area / "parent"
    mount_file_system("tmpfs", parent)
    backups = make_folder(parent / "backup") if exists else parent / "backup"
    if place == "read-only":
        mount("-o", "remount,ro", parent)
    elif place == "immutable":
        chattr("+i", backups if exists else parent)
    user = SERVICE if place == "of somebody else" else 0

    def run(*, check_mode: bool) -> t.Any:
        return in_child(
            lambda: _said(lambda **mode: prune(models, backup_dir=backups, **mode), check_mode=check_mode), user=user
        )

    said = same_in_both_modes(run)
    assert said.startswith(f"backup_dir: {'no set can be made in ' if exists else ''}{backups}")
    assert {"read-only": READ_ONLY}.get(place, "for uid") in said
    assert os.listdir(models) == ["old_model.bin"]


@pytest.mark.parametrize("flag", ["+i", "+a"])
@pytest.mark.parametrize("how", ["by itself", "taken on by root"])
@isolated
def test_a_model_closed_to_the_user_that_a_flag_keeps(area: Path, flag: str, how: str) -> None:
    """No user can ask for the flags of a file by opening it that may not be opened."""
    models = make_folder(area / "models", owner=SERVICE)
    for name in ("old_closed.bin", "old_kept.bin"):
        make_file(models / name, owner=SERVICE, mode=0)
    chattr(flag, models / "old_kept.bin")
    RunAs.account = account(area) if how == "taken on by root" else None

    def run(*, check_mode: bool) -> t.Any:
        user = 0 if RunAs.account is not None else SERVICE
        return in_child(
            lambda: _said(lambda **mode: prune(models, in_use="ignore", **mode), check_mode=check_mode), user=user
        )

    report = same_in_both_modes(run)
    assert names(report.result["pruned"]) == ["old_closed.bin"]
    assert reasons(report.result["failed_models"])["old_kept.bin"].startswith("Operation not permitted")


@pytest.mark.parametrize("flag", ["+i", "+a"])
@isolated
def test_of_two_reasons_that_close_a_folder_the_kernel_names_one(area: Path, flag: str) -> None:
    models = make_file(make_folder(area / "models", owner=SERVICE) / "old_model.bin", owner=SERVICE).parent
    models.chmod(0o555)
    chattr(flag, models)
    report = same_in_both_modes(lambda **mode: in_child(lambda: prune(models, **mode), user=SERVICE))
    said = "Operation not permitted" if flag == "+i" else "Permission denied"
    assert reasons(report.result["failed_models"])["old_model.bin"].startswith(said)


@isolated
def test_a_backup_directory_whose_files_inherit_a_group_is_good(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup", mode=0o2770)
    assert names(same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, **mode)).result["pruned"])
    assert len(models_in_sets(backups)) == 1


@isolated
def test_a_boundary_between_subvolumes_is_predicted(area: Path) -> None:
    """Only a part of the models lies in another subvolume than the backup directory."""
    mount_file_system("btrfs", area / "fs")
    models = make_file(area / "fs" / "models" / "old_here.bin").parent
    subprocess.run(["btrfs", "-q", "subvolume", "create", str(models / "sub")], check=True)
    make_file(models / "sub" / "old_beyond.bin")
    report = same_in_both_modes(lambda **mode: prune(models, backup_dir=area / "fs" / "backup", **mode))
    assert names(report.result["pruned"]) == ["old_here.bin"]
    assert "a subvolume or quota boundary" in reasons(report.result["failed_models"])["sub/old_beyond.bin"]


def give_project(folder: Path, project: int) -> None:
    """Let what is made or moved below ``folder`` count for a project's quota: FS_IOC_FSSETXATTR of linux/fs.h."""
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.ioctl(descriptor, 0x401C5820, struct.pack("5I8x", 0x200, 0, 0, project, 0))
    os.close(descriptor)


@isolated
def test_a_quota_boundary_is_predicted_and_a_restore_gets_over_it(area: Path) -> None:
    mount_file_system("xfs", area / "fs")
    models = make_folder(area / "fs" / "models")
    make_file(models / "old_model.bin")
    (models / "old_link").symlink_to("nowhere")
    backups = make_folder(area / "fs" / "backup")
    before = snapshot(models)
    prune(models, backup_dir=backups)
    give_project(models, 5)
    report = same_in_both_modes(lambda **mode: restore(models, backups, **mode))
    assert names(report.result["restored"]) == ["old_link", "old_model.bin"]
    assert (snapshot(models), models_in_sets(backups)) == (before, [])
    give_project(backups, 6)
    report = same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, **mode))
    assert len(report.result["failed_models"]) == 2
    assert "a subvolume or quota boundary" in report.failure
    give_project(backups, 5)
    assert same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, **mode)).failure is None


@isolated
def test_a_read_only_backup_gives_its_models_back_and_a_second_restore_changes_nothing(area: Path) -> None:
    models = make_file(area / "models" / "old_a.bin", modified=1.5e9).parent
    make_file(models / "sub" / "old_b.bin", modified=1.5e9)
    (models / "old_link").symlink_to("nowhere")
    before = snapshot(models)
    backups = make_folder(area / "backup")
    mount("-t", "tmpfs", "none", backups)
    set_name = prune(models, backup_dir=backups).result["backup"]
    saved = models_in_sets(backups)
    mount("-o", "remount,ro", backups)
    report = same_in_both_modes(lambda **mode: restore(models, backups, **mode))
    assert (report.failure, report.result["changed"]) == (None, True)
    assert names(report.result["restored"]) == ["old_a.bin", "old_link", "sub/old_b.bin"]
    assert report.warnings == [
        f"Of 3 restored models a copy stays in the backup set {set_name} ({READ_ONLY}): "
        "old_a.bin, old_link, sub/old_b.bin"
    ]
    assert snapshot(models) == before
    again = same_in_both_modes(lambda **mode: restore(models, backups, **mode))
    assert (again.failure, again.result["changed"], again.result["restored"]) == (None, False, [])
    stays = f"is there already; its copy stays in the set ({READ_ONLY})"
    assert set(reasons(again.result["kept"]).values()) == {stays}
    assert len(again.result["kept"]) == 3
    assert models_in_sets(backups) == saved


@pytest.mark.parametrize("backup", ["same file system", "another file system"])
@pytest.mark.parametrize("what", ["file", "folder"])
@isolated
def test_what_cannot_be_removed_from_a_set_is_restored_all_the_same(area: Path, backup: str, what: str) -> None:
    mount_file_system("tmpfs", area / "fs")
    models = make_file(area / "fs" / "models" / "old_a.bin", modified=1.5e9).parent
    backups = make_folder((area / "fs" if backup == "same file system" else area) / "backup")
    before = snapshot(models)
    set_name = prune(models, backup_dir=backups).result["backup"]
    stuck = backups / set_name / "models" / ("old_a.bin" if what == "file" else "")
    chattr("+i", stuck)
    report = same_in_both_modes(lambda **mode: restore(models, backups, **mode))
    assert (report.failure, len(report.warnings)) == (None, 1)
    assert "chattr" in report.warnings[0]
    assert snapshot(models) == before
    again = same_in_both_modes(lambda **mode: restore(models, backups, **mode))
    assert (again.failure, again.result["changed"], len(again.result["kept"])) == (None, False, 1)


@pytest.mark.parametrize("backup", ["same file system", "another file system"])
@pytest.mark.parametrize("flag", ["+i", "+a"])
@isolated
def test_a_restore_over_an_immutable_file_fails_and_leaves_no_copy(area: Path, backup: str, flag: str) -> None:
    mount_file_system("tmpfs", area / "fs")
    models = make_file(area / "fs" / "models" / "old_a.bin").parent
    make_file(models / "old_b.bin")
    backups = make_folder((area / "fs" if backup == "same file system" else area) / "backup")
    prune(models, backup_dir=backups)
    make_file(models / "old_a.bin", b"newer")
    chattr(flag, models / "old_a.bin")
    report = same_in_both_modes(lambda **mode: restore(models, backups, force=True, **mode))
    assert names(report.result["restored"]) == ["old_b.bin"]
    assert "chattr" in reasons(report.result["failed_models"])["old_a.bin"]
    assert (models / "old_a.bin").read_bytes() == b"newer"
    assert hidden_in(models) == []
    assert len(models_in_sets(backups)) == 1


@isolated
def test_a_restore_over_a_file_that_is_mounted_fails(area: Path) -> None:
    models = make_file(area / "models" / "old_a.bin").parent
    backups = make_folder(area / "backup")
    prune(models, backup_dir=backups)
    make_file(models / "old_a.bin", b"newer")
    mount("--bind", make_file(area / "other.bin"), models / "old_a.bin")
    report = same_in_both_modes(lambda **mode: restore(models, backups, force=True, **mode))
    assert reasons(report.result["failed_models"]) == {"old_a.bin": "Device or resource busy"}
    assert hidden_in(models) == []


@isolated
def test_a_restore_without_room_is_refused_with_both_figures(area: Path) -> None:
    mount_file_system("tmpfs", area / "fs")
    mount("-o", "remount,size=2m", area / "fs")
    models = make_folder(area / "fs" / "models")
    for name in ("old_a.bin", "old_b.bin"):
        make_file(models / name, b"x" * 700_000)
    backups = make_folder(area / "backup")
    prune(models, backup_dir=backups)
    make_file(area / "fs" / "filler", b"x" * 1_000_000)
    said = same_in_both_modes(lambda **mode: restore(models, backups, **mode))
    assert said.startswith(f"path: the models need 1400832 bytes, but the file system of {models} has only ")
    assert os.listdir(models) == []
    report = same_in_both_modes(lambda **mode: restore(models, backups, names=["old_a.*"], **mode))
    assert names(report.result["restored"]) == ["old_a.bin"]


def make_full_backups(area: Path, *, size: str = "2m") -> tuple[Path, Path, str]:
    """Make models and, on a file system of that size, a backup set that takes 1.2 MB; return both places, its name."""
    models = make_file(area / "models" / "old_first.bin", b"x" * 1_200_000).parent
    backups = make_folder(area / "backup")
    mount("-t", "tmpfs", "-o", f"size={size}", "none", backups)
    return models, backups, prune(models, backup_dir=backups).result["backup"]


@isolated
def test_expired_sets_make_room_and_go_first_where_it_is_needed(area: Path) -> None:
    models, backups, expired = make_full_backups(area)
    make_file(models / "old_second.bin", b"y" * 1_500_000)
    report = same_in_both_modes(
        lambda **mode: prune(models, backup_dir=backups, backup_max_age="0", **mode),
    )
    assert (report.failure, report.result["expired_backups"]) == (None, [expired])
    assert [os.path.basename(path) for path in models_in_sets(backups)] == ["old_second.bin"]


@isolated
def test_room_that_expired_sets_cannot_make_is_refused_and_they_stay(area: Path) -> None:
    models, backups, expired = make_full_backups(area)
    make_file(models / "old_second.bin", b"y" * 3_000_000)
    said = same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, backup_max_age="0", **mode))
    assert "bytes more in expired sets; nothing was removed" in said
    said = same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, backup_max_age="9d", **mode))
    assert "expired sets" not in said and "lower backup_max_age" in said
    assert (backups / expired).is_dir()


@isolated
def test_an_expired_set_that_cannot_be_removed_stays_whole_and_makes_no_room(area: Path) -> None:
    models, backups, expired = make_full_backups(area, size="4m")
    make_file(models / "old_second.bin", b"y" * 100)
    chattr("+i", backups / expired / "models" / "old_first.bin")
    before = snapshot(backups / expired)
    report = same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, backup_max_age="0", **mode))
    assert report.result["expired_backups"] == []
    assert report.warnings[0].startswith(f"The expired backup set {expired} cannot be removed: Operation not permitted")
    assert snapshot(backups / expired) == before
    make_file(models / "old_third.bin", b"y" * 3_000_000)
    said = same_in_both_modes(lambda **mode: prune(models, backup_dir=backups, backup_max_age="0", **mode))
    assert "nothing was removed" in said
