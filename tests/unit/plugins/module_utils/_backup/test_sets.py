# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup sets: what a prune moves where, when sets expire, and which backup directories are refused."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import expiry as backup_expiry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import manifest as backup_manifest
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import sets as backup_sets
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import writer as backup_writer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import origin_here
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import set_name
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import errors, names, prune, prune_once
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    DAY,
    give_to_ordinary_user,
    listing,
    make_file,
    make_files,
    make_link,
    names_in,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import (
    OPEN,
    as_ordinary_user,
    holding,
)

pytestmark = pytest.mark.usefixtures("own_processes")

NOW = 1_800_000_000_123_456_789
NAME = "2027-01-15T08-00-00.123456Z"


def at(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let it be so many days after NOW."""
    monkeypatch.setattr(prune_run, "time", types.SimpleNamespace(time_ns=lambda: NOW + int(days * DAY) * 10**9))


@pytest.mark.parametrize(
    "now_ns, name",
    [
        (NOW, NAME),
        (0, "1970-01-01T00-00-00.000000Z"),
        (1_600_000_000_000_001_000, "2020-09-13T12-26-40.000001Z"),
        (1_600_000_000_000_000_999, "2020-09-13T12-26-40.000000Z"),
    ],
)
def test_the_name_of_a_set(now_ns: int, name: str) -> None:
    assert set_name(now_ns) == name


@pytest.mark.usefixtures("way")
def test_pruned_models_move_into_a_set(models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    at(monkeypatch, 0)
    make_files(models, "a", "old_b", "sub/deep/old_c", "old_d/\udcff")
    make_link(models / "old_link", "nowhere")
    result = prune(models, backup_dir=backups).result
    assert (result["backup"], names(result["pruned"])) == (NAME, ["old_b", r"old_d/\xff", "old_link", "sub/deep/old_c"])
    assert names_in(models) == ["a", "sub", "sub/deep"]
    assert names_in(backups / NAME / "models") == [
        *("old_b", "old_d", "old_d/\udcff", "old_link", "sub", "sub/deep", "sub/deep/old_c"),
    ]
    assert names_in(backups)[:2] == [NAME, f"{NAME}/manifest.jsonl"]
    assert (backups / NAME / "models" / "old_d" / "\udcff").read_bytes() == b"old_d/\xff"
    for private in (backups, backups / NAME, backups / NAME / "models", backups / NAME / "models" / "sub"):
        assert private.stat().st_mode & 0o777 == 0o700
    lines = [json.loads(line) for line in (backups / NAME / "manifest.jsonl").read_text().splitlines()]
    machine = origin_here(b"").machine
    assert lines[0] == {
        "format": 1,
        "sequence": 1,
        "path": str(models),
        "machine": machine,
        "host": os.uname().nodename,
    }
    assert lines[-1] == {"ended": True}
    assert [line["folder"] for line in lines if "folder" in line] == ["old_d", "sub", "sub/deep"]
    assert [line["name"] for line in lines if "name" in line] == ["old_b", "old_d/\udcff", "old_link", "sub/deep/old_c"]
    digests = {line["arrived"]: line["sha256"] for line in lines if "arrived" in line}
    assert digests == {
        name: hashlib.sha256(os.fsencode(name)).hexdigest() if way == "copied" and name != "old_link" else None
        for name in ("old_b", "old_d/\udcff", "old_link", "sub/deep/old_c")
    }


def test_a_move_within_the_file_system_frees_nothing_and_a_copy_does(models: Path, backups: Path, way: str) -> None:
    path = make_file(models / "old_a", b"x" * 5000)
    freed = path.stat().st_blocks * 512 if way == "copied" else 0
    assert prune(models, backup_dir=backups).result["freed_bytes"] == freed


@pytest.mark.usefixtures("way")
def test_a_prune_of_nothing_makes_no_set(models: Path, backups: Path) -> None:
    make_files(models, "a", "old_b")
    result = prune(models, backup_dir=backups, keep=["*"]).result
    assert (result["backup"], result["changed"]) == (None, False)
    assert names_in(backups) == []


@pytest.mark.usefixtures("way")
def test_models_in_use_are_not_moved_and_an_empty_set_does_not_stay(models: Path, backups: Path) -> None:
    make_files(models, "sub/old_a")
    with holding(OPEN, models / "sub" / "old_a") as process:
        result = prune_once(models, backup_dir=backups).result
    assert (result["backup"], result["pruned"]) == (None, [])
    assert result["kept"][0]["reason"] == f"in use by {process.label}"
    assert (names_in(models), names_in(backups)) == (["sub", "sub/old_a"], [])


def test_a_copy_of_a_model_that_stays_after_all_is_dropped(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody opened it while it was copied."""
    monkeypatch.setattr(backup_sets.BackupDirectory, "renames_from", lambda _self, _directory: False)
    make_files(models, "old_a", "old_b")
    monkeypatch.setattr(prune_run, "look_at_usage", _all_free(prune_run.look_at_usage))
    with holding(OPEN, models / "old_a"):
        result = prune_once(models, backup_dir=backups).result
    assert (names(result["pruned"]), names(result["kept"])) == (["old_b"], ["old_a"])
    assert names_in(backups / result["backup"]) == ["manifest.jsonl", "models", "models/old_b"]


def _all_free(look: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    """Return a look at the use that sees none of it."""

    def looked(*arguments: t.Any, **options: t.Any) -> t.Any:
        usage = look(*arguments, **options)
        return usage._replace(in_use=dict.fromkeys(usage.in_use, False))

    return looked


def test_two_sets_of_the_same_instant_get_two_names(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 0)
    made = []
    for name in ("old_a", "old_b"):
        make_files(models, name)
        made.append(prune_once(models, backup_dir=backups).result["backup"])
    assert made == [NAME, "2027-01-15T08-00-00.123457Z"]


@pytest.mark.parametrize(
    "age, expired",
    [(None, []), ("4d", []), ("3d", []), ("2d", [0]), ("36h", [0]), ("1d", [0]), ("0", [0, 2]), ("99999999w", [])],
)
def test_sets_that_are_older_expire(
    models: Path, backups: Path, age: str | None, expired: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {}
    for day in (0, 2):
        at(monkeypatch, day)
        make_files(models, "old_a")
        made[day] = prune(models, backup_dir=backups).result["backup"]
    at(monkeypatch, 3)
    report = prune(models, backup_dir=backups, backup_max_age=age)
    assert report.result["expired_backups"] == [made[day] for day in expired]
    assert report.result["changed"] is bool(expired)
    assert sorted(path.name for path in backups.iterdir()) == [made[day] for day in made if day not in expired]


def test_sets_of_another_directory_and_what_is_no_set_do_not_expire(
    area: Path, models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 0)
    make_files(models, "old_a")
    make_files(area / "other", "old_a")
    own = prune(models, backup_dir=backups).result["backup"]
    prune_once(area / "other", backup_dir=backups)
    make_files(backups, "2020-01-01T00-00-00.000000Z.kept/file", "notes/file", "file")
    make_files(backups, "2020-01-01T00-00-00.000000Z/somebody's", "2020-99-01T00-00-00.000000Z/models/file")
    for folder in ("2020-01-01T00-00-00.000000Z", "2020-99-01T00-00-00.000000Z"):
        (backups / folder).chmod(0o700)
    at(monkeypatch, 9)
    before = listing(backups)
    assert prune(models, backup_dir=backups, backup_max_age="1d").result["expired_backups"] == [own]
    assert [name for name in before if name not in listing(backups)] == [
        os.fsencode(name) for name in (own, f"{own}/models", f"{own}/manifest.jsonl", f"{own}/models/old_a")
    ]


def test_a_run_that_failed_or_was_refused_expires_nothing(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 0)
    make_files(models, "old_a")
    prune(models, backup_dir=backups)
    at(monkeypatch, 9)
    make_files(models, "old_b")
    report = prune(models, backup_dir=backups, backup_max_age="1d", max_prune="0")
    assert report.failure is not None
    assert report.result["expired_backups"] == []
    assert (backups / NAME).is_dir()


def test_an_expired_set_that_cannot_be_removed_is_a_warning(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_backups: t.Any, name: str) -> t.NoReturn:
        raise OSError(errno.EBUSY, "is a mount point", name)

    at(monkeypatch, 0)
    make_files(models, "old_a")
    prune(models, backup_dir=backups)
    at(monkeypatch, 9)
    monkeypatch.setattr(backup_expiry, "remove_set", refused)
    report = prune_once(models, backup_dir=backups, backup_max_age="1d")
    assert report.result["expired_backups"] == []
    assert len(report.warnings) == 1
    assert report.warnings[0] == f"The expired backup set {NAME} cannot be removed: is a mount point"


@pytest.mark.parametrize("place", ["", "sub", "new", "sub/new", "../link", "sub/../../models/sub"])
def test_a_backup_directory_inside_the_model_directory_is_refused(models: Path, place: str) -> None:
    make_files(models, "old_a", "sub/b")
    make_link(models.parent / "link", "models/sub")
    path = f"{models}/{place}"
    for check_mode in (True, False):
        with pytest.raises(OcrModelError) as caught:
            prune_once(models, backup_dir=path, check_mode=check_mode)
        assert str(caught.value) == (
            f"backup_dir: {path} lies inside the model directory {models}; choose a place outside it"
        )
    assert names_in(models) == ["old_a", "sub", "sub/b"]


def test_a_backup_directory_beside_the_model_directory_is_none_inside(models: Path) -> None:
    make_files(models, "old_a")
    assert names(prune(models, backup_dir=f"{models}.old").result["pruned"]) == ["old_a"]


@pytest.mark.parametrize(
    "path, wrong",
    [
        ("backups", r"^backup_dir: backups is relative"),
        ("{area}/file", r"^backup_dir: .*/file is not a directory"),
        ("{area}/missing/new", r"^backup_dir: .*/missing does not exist; make it, or mount what belongs there"),
    ],
)
def test_backup_directories_that_are_refused(area: Path, models: Path, path: str, wrong: str) -> None:
    make_files(models, "old_a")
    make_files(area, "file")
    for check_mode in (True, False):
        with pytest.raises(OcrModelError, match=wrong):
            prune_once(models, backup_dir=path.format(area=area), check_mode=check_mode)
    assert names_in(models) == ["old_a"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_backup_directory_that_this_user_may_not_fill_removes_nothing(
    area: Path, models: Path, backups: Path, exists: bool
) -> None:
    make_files(models, "old_a")
    give_to_ordinary_user(models, models / "old_a")
    if exists:
        backups.mkdir(mode=0o755)
        give_to_ordinary_user(backups)
        backups.chmod(0o555)
    else:
        give_to_ordinary_user(area)
        area.chmod(0o555)
    wrong = "no set can be made in" if exists else "cannot be made: Permission denied"
    with pytest.raises(OcrModelError, match=f"^backup_dir: .*{wrong}"):
        as_ordinary_user(lambda: prune_once(models, backup_dir=backups))
    area.chmod(0o755)
    assert names_in(models) == ["old_a"]


def test_copies_that_would_not_fit_are_refused_with_both_figures(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_file(models / "old_a", b"x" * 700)
    make_file(models / "old_b", b"x" * 1400)
    make_file(models / "c", b"x" * 4000)
    statvfs = os.statvfs

    def full(path: t.Any) -> t.Any:
        status = statvfs(path)
        return types.SimpleNamespace(
            f_bavail=3, f_bfree=3, f_frsize=1024, f_blocks=9, f_files=0, f_favail=0, f_flag=status.f_flag
        )  # of which 3,072 bytes are available

    monkeypatch.setattr("os.statvfs", full)
    with monkeypatch.context() as patch:
        patch.setattr(backup_sets.BackupDirectory, "renames_from", lambda _self, _directory: False)
        for check_mode in (True, False):
            with pytest.raises(
                OcrModelError, match=r"needs 4096 bytes, .* has only 3072 bytes available; nothing was removed"
            ):
                prune_once(models, backup_dir=backups, check_mode=check_mode)
        assert len(prune(models, backup_dir=backups, keep=["old_b"]).result["pruned"]) == 1
    assert names(prune(models, backup_dir=backups).result["pruned"]) == ["old_b"]


def test_a_model_that_cannot_be_copied_stays(models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_sets.BackupDirectory, "renames_from", lambda _self, _directory: False)
    make_files(models, "old_a", "old_b")
    copy = backup_writer.copy_file

    def refused(source: int, folder: int, name: bytes) -> tuple[int, str]:
        if os.pread(source, 5, 0) == b"old_a":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return copy(source, folder, name)

    monkeypatch.setattr(backup_writer, "copy_file", refused)
    report = prune_once(models, backup_dir=backups)
    assert report.failure == "1 of 2 models could not be removed; old_a: Input/output error"
    assert errors(report.result["failed_models"]) == {"old_a": "Input/output error"}
    assert names_in(models) == ["old_a"]
    assert names_in(backups / report.result["backup"] / "models") == ["old_b"]


def test_a_checksum_that_cannot_be_noted_keeps_the_model(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: t.Any) -> t.NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backup_sets.BackupDirectory, "renames_from", lambda _self, _directory: False)
    monkeypatch.setattr(backup_manifest.ManifestWriter, "arrived", full)
    make_files(models, "old_a")
    report = prune_once(models, backup_dir=backups)
    assert errors(report.result["failed_models"]) == {"old_a": "No space left on device"}
    assert (names_in(models), names_in(backups)) == (["old_a"], [])


def test_a_quota_boundary_is_explained(models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def refused(source: t.Any, target: t.Any, **options: int) -> None:
        if source == b"old_a":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        rename(source, target, **options)

    make_files(models, "old_a")
    monkeypatch.setattr("os.rename", refused)
    report = prune_once(models, backup_dir=backups)
    assert "a subvolume or quota boundary lies between it and backup_dir" in report.failure
    assert (names_in(models), names_in(backups)) == (["old_a"], [])


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_takes_the_name_in_the_instant_of_the_move_is_put_back(
    models: Path, backups: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def swapped(source: t.Any, target: t.Any, **options: int) -> None:
        if source == b"old_a":
            monkeypatch.setattr("os.rename", rename)
            rename(str(models / "old_a"), str(models / "kept"))
            make_files(models, "old_a/inside" if kind == "folder" else "old_b")
            if kind == "file":
                rename(str(models / "old_b"), str(models / "old_a"))
        rename(source, target, **options)

    make_files(models, "old_a")
    monkeypatch.setattr("os.rename", swapped)
    result = prune_once(models, backup_dir=backups).result
    assert result["kept"][0]["reason"] == "changed since the plan was made"
    assert names_in(models) == ["kept", "old_a"] + (["old_a/inside"] if kind == "folder" else [])
    assert names_in(backups) == []


@pytest.mark.parametrize("fault", ["swapped", "full"])
def test_a_set_that_cannot_be_made_removes_nothing(
    models: Path, backups: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_a")
    mkdir, fsync = os.mkdir, os.fsync

    def other_mode(name: t.Any, mode: int = 0o777, **options: t.Any) -> None:
        mkdir(name, mode, **options)
        if re.match(r"\d{4}-", os.fsdecode(name)):
            os.chmod(name, 0o755, **options)

    def full(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(backups):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(*(("os.mkdir", other_mode) if fault == "swapped" else ("os.fsync", full)))
    wrong = "somebody put another folder in its place" if fault == "swapped" else "No space left on device"
    with pytest.raises(
        OcrModelError, match=rf"^backup_dir: no set can be made in .* \({wrong}\); no model was removed"
    ):
        prune_once(models, backup_dir=backups)
    assert (names_in(models), names_in(backups)) == (["old_a"], [])


def test_a_set_that_may_not_be_on_the_disk_yet_is_a_warning(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsynced(_self: t.Any) -> t.NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    make_files(models, "old_a")
    finish = backup_writer.NewBackupSet.finish

    def finished(self: backup_writer.NewBackupSet) -> None:
        monkeypatch.setattr(backup_manifest.ManifestWriter, "sync", unsynced)
        finish(self)

    monkeypatch.setattr(backup_writer.NewBackupSet, "finish", finished)
    report = prune_once(models, backup_dir=backups)
    name = report.result["backup"]
    assert names(report.result["pruned"]) == ["old_a"]
    assert report.warnings == [f"The backup set {name} may not be on the disk yet: {os.strerror(errno.EIO)}"]
