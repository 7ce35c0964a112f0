# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup sets: where they may lie, whom they are trusted from, and what a restore makes of them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, models_in_sets, names, prune, reasons, restore, snapshot, substitute
from namespaces import SERVICE, STRANGER, in_child, isolated, mount
from racers import exchange

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import expiry as backup_expiry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import content as host_content
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report

BACKUPS = pytest.mark.parametrize("backup", ["same file system", "another file system"])

SET_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}\.\d{6}Z")


def make_backups(area: Path, backup: str) -> Path:
    """Make a backup directory of that kind."""
    place = make_folder(area / "backup")
    if backup == "another file system":
        mount("-t", "tmpfs", "none", place)
    return place


def make_models(area: Path) -> Path:
    """Make a model directory with models of several modes, owners and times in folders of such."""
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_plain.bin", owner=SERVICE, mode=0o640, modified=1.5e9)
    make_file(models / "old_empty.bin", b"", modified=1.5e9)
    folder = make_folder(models / "folder", owner=STRANGER, mode=0o2750)
    make_file(folder / "old_other.bin", owner=STRANGER, mode=0o4711, modified=1_400_000_000.25)
    (folder / "old_link").symlink_to("../nowhere")
    os.chown(folder / "old_link", SERVICE, SERVICE, follow_symlinks=False)
    os.utime(folder / "old_link", ns=(10**18, 10**18), follow_symlinks=False)
    make_file(models / "old_folder" / "new\nline\udcfe.bin", modified=1.3e9)
    return models


def assert_as_predicted(predicted: Report, report: Report) -> None:
    """The dry run said what the run then did, but for the tense of its summary."""
    assert dict(report.result, msg=None) == dict(predicted.result, msg=None)
    assert (report.failure, report.warnings) == (predicted.failure, predicted.warnings)


@BACKUPS
@isolated
def test_restored_models_are_as_they_were(area: Path, backup: str) -> None:
    models, backups = make_models(area), make_backups(area, backup)
    before = snapshot(models)
    assert len(prune(models, backup_dir=backups).result["pruned"]) == 5
    emptied = snapshot(models)
    assert list(emptied) == ["folder"]
    predicted = restore(models, backups, check_mode=True)
    assert snapshot(models) == emptied
    report = restore(models, backups)
    assert snapshot(models) == before
    assert_as_predicted(predicted, report)
    assert models_in_sets(backups) == []
    assert restore(models, backups).result["changed"] is False


@BACKUPS
@isolated
def test_the_plain_owner_can_take_back_what_it_pruned(area: Path, backup: str) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(make_folder(models / "sub", owner=SERVICE, mode=0o750) / "old_a.bin", owner=SERVICE, modified=1.5e9)
    backups = make_backups(area, backup)
    os.chown(backups, SERVICE, SERVICE)
    before = snapshot(models)
    pruned = in_child(lambda: prune(models, backup_dir=backups).result["pruned"], user=SERVICE)
    assert names(pruned) == ["sub/old_a.bin"]
    assert in_child(lambda: restore(models, backups).failure, user=SERVICE) is None
    assert snapshot(models) == before


@BACKUPS
@pytest.mark.parametrize("damage", ["longer", "changed", "changed, same time", "a link", "a folder", "a FIFO"])
@isolated
def test_a_damaged_model_is_named_and_not_restored(area: Path, backup: str, damage: str) -> None:
    if backup == "same file system" and damage == "changed, same time":
        # Only a copy has a checksum: a rename does not read the model, whose content nobody can have changed.
        return
    models, backups = make_models(area), make_backups(area, backup)
    set_name = prune(models, backup_dir=backups).result["backup"]
    name = "old_empty.bin" if damage == "a FIFO" else "old_plain.bin"
    damaged = backups / set_name / "models" / name
    content, status = damaged.read_bytes(), damaged.stat()
    if damage == "longer":
        damaged.write_bytes(content + b"x")
        os.utime(damaged, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif damage.startswith("changed"):
        damaged.write_bytes(content[:-1] + b"x")
        if damage != "changed":
            os.utime(damaged, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        damaged.unlink()
        if damage == "a link":
            damaged.symlink_to("/etc/passwd")
        elif damage == "a folder":
            make_file(damaged / "foreign.bin")
        else:
            # Of the same size and time as an empty model.
            os.mkfifo(damaged, 0o644)
            os.utime(damaged, ns=(status.st_atime_ns, status.st_mtime_ns))
    predicted = restore(models, backups, check_mode=True)
    report = restore(models, backups)
    assert "damaged in the set" in reasons(report.result["failed_models"])[name]
    assert report.failure is not None and report.failure.startswith("1 of 5 models could not be restored")
    assert len(report.result["restored"]) == 4
    assert not os.path.lexists(models / name)
    assert os.path.lexists(damaged)
    assert_as_predicted(predicted, report)


@BACKUPS
@isolated
def test_a_model_that_exists_again_is_left_alone_without_force(area: Path, backup: str) -> None:
    models, backups = make_models(area), make_backups(area, backup)
    before = snapshot(models)
    prune(models, backup_dir=backups)
    make_file(models / "old_plain.bin", b"newer")
    report = restore(models, backups)
    assert reasons(report.result["kept"]) == {"old_plain.bin": "exists again; set force to replace it"}
    assert (models / "old_plain.bin").read_bytes() == b"newer"
    assert len(report.result["restored"]) == 4
    assert names(restore(models, backups, force=True).result["restored"]) == ["old_plain.bin"]
    assert snapshot(models) == before


@BACKUPS
@isolated
def test_a_file_of_equal_size_time_and_inode_is_not_taken_for_the_model(area: Path, backup: str) -> None:
    """Inode numbers are used again: a new file may look like the model that the prune began with."""
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"good", modified=1.5e9)
    backups = make_backups(area, backup)
    set_folder = backups / prune(models, backup_dir=backups).result["backup"]
    status = make_file(models / "old_model.bin", b"evil", modified=1.5e9).stat()
    manifest = set_folder / "manifest.jsonl"
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    for line in lines:
        if "device" in line:
            line.update(device=status.st_dev, inode=status.st_ino)
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = restore(models, backups)
    assert names(report.result["kept"]) == ["old_model.bin"]
    assert (set_folder / "models" / "old_model.bin").read_bytes() == b"good"


@BACKUPS
@isolated
def test_a_model_that_appears_during_the_restore_is_not_overwritten(area: Path, backup: str) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"saved")
    backups = make_backups(area, backup)
    prune(models, backup_dir=backups)
    link = os.link

    def appears_first(*arguments: t.Any, **options: t.Any) -> None:
        make_file(models / "old_model.bin", b"newer")
        link(*arguments, **options)

    substitute(os, "link", appears_first)
    report = restore(models, backups)
    assert report.result["restored"] == []
    assert (models / "old_model.bin").read_bytes() == b"newer"
    assert [path.read_bytes() for path in backups.glob("*/models/*")] == [b"saved"]


@BACKUPS
@isolated
def test_a_folder_or_link_in_the_way_is_never_entered_or_replaced(area: Path, backup: str) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    make_file(models / "sub" / "old_other.bin")
    backups = make_backups(area, backup)
    prune(models, backup_dir=backups)
    canary = make_folder(area / "outside")
    make_file(models / "old_model.bin" / "current.bin")
    (models / "sub").rmdir()
    (models / "sub").symlink_to(canary)
    for force in (False, True):
        report = restore(models, backups, force=force)
        assert report.result["restored"] == []
        assert sorted(names(report.result["failed_models"])) == ["old_model.bin", "sub/old_other.bin"]
    assert os.listdir(canary) == []
    assert (models / "old_model.bin" / "current.bin").exists()


@isolated
def test_a_copy_that_differs_from_the_model_is_noticed_before_the_model_goes(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"content")
    backups = make_backups(area, "another file system")
    advise = os.posix_fadvise

    def spoilt(descriptor: int, *arguments: int) -> None:
        os.pwrite(descriptor, b"X", 0)
        advise(descriptor, *arguments)

    substitute(os, "posix_fadvise", spoilt)
    report = prune(models, backup_dir=backups)
    assert "differs" in reasons(report.result["failed_models"])["old_model.bin"]
    assert (models / "old_model.bin").read_bytes() == b"content"
    assert models_in_sets(backups) == []


@isolated
def test_the_manifest_is_on_the_disk_before_the_first_model_moves(area: Path) -> None:
    models, backups = make_models(area), make_backups(area, "same file system")
    synced: list[str] = []
    seen: list[list[str]] = []
    fsync, rename = os.fsync, os.rename

    def noted(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}").rpartition("/")[2])
        fsync(descriptor)

    def looked_at(name: t.Any, *arguments: t.Any, **options: t.Any) -> None:
        if name.startswith(b"old_"):
            seen.append([path.name for path in backups.glob("*/manifest.jsonl")])
            assert "manifest.jsonl.new" in synced and any(SET_NAME.fullmatch(name) for name in synced)
        rename(name, *arguments, **options)

    substitute(os, "fsync", noted)
    substitute(os, "rename", looked_at)
    prune(models, backup_dir=backups)
    assert len(seen) == 4 and all(seen)


@isolated
def test_the_copy_and_its_checksum_are_on_the_disk_before_the_model_goes(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", b"content")
    backups = make_backups(area, "another file system")
    events: list[str] = []
    fsync, unlink = os.fsync, os.unlink

    def noted(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        digest = hashlib.sha256(b"content").hexdigest()
        has_digest = path.name == "manifest.jsonl" and digest in path.read_text()
        events.append(path.name + (" with its checksum" if has_digest else ""))
        fsync(descriptor)

    def removed(name: t.Any, **options: t.Any) -> None:
        events.append(f"{os.fsdecode(name)} is removed")
        unlink(name, **options)

    substitute(os, "fsync", noted)
    substitute(os, "unlink", removed)
    prune(models, backup_dir=backups)
    gone = events.index("old_model.bin is removed")
    assert events.index("copy.new") < events.index("models", events.index("copy.new")) < gone
    assert events.index("manifest.jsonl with its checksum") < gone


WAYS_INSIDE = ["itself", "below", "new", "link", "bind mount", "bind mount of the whole", "another mount", "dots"]


@pytest.mark.parametrize("way", WAYS_INSIDE)
@pytest.mark.parametrize("check_mode", [False, True])
@isolated
def test_a_backup_directory_inside_the_model_directory_is_refused(area: Path, way: str, check_mode: bool) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin")
    inside = make_folder(models / "sub" / "deep")
    places = {
        "itself": models,
        "below": inside,
        "new": models / "sub" / "new",
        "another mount": models / "sub" / "mounted" / "deep",
        "dots": Path(f"{area}/x/../models/sub"),
    }
    place = places.get(way, area / "elsewhere")
    if way == "another mount":
        mount("-t", "tmpfs", "none", make_folder(place.parent))
        make_folder(place)
    elif way == "link":
        place.symlink_to(inside)
    elif way.startswith("bind mount"):
        mount("--bind", inside.parent if way == "bind mount" else models, make_folder(place))
        place = place / ("deep" if way == "bind mount" else "sub/deep")
    elif way == "dots":
        make_folder(area / "x")
    before = snapshot(models)
    with pytest.raises(OcrModelError, match="lies inside the model directory"):
        prune(models, backup_dir=place, check_mode=check_mode)
    assert snapshot(models) == before


@isolated
def test_a_backup_directory_that_another_could_rearrange_is_no_way_out(area: Path) -> None:
    """Its owner swaps a set for a link, or for a folder of its own, at the worst instants."""
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup", owner=SERVICE)
    victim = make_file(area / "victim" / "models" / "deep" / "canary.bin").parents[2]
    prune(models, backup_dir=backups)
    before = snapshot(victim)
    remove_set = backup_expiry.remove_set

    def swapped(directory: t.Any, name: str) -> None:
        (backups / name).rename(backups / "moved")
        (backups / name).symlink_to(victim)
        remove_set(directory, name)

    substitute(backup_expiry, "remove_set", swapped)
    report = prune(models, backup_dir=backups, backup_max_age="0")
    assert "cannot be opened" in report.warnings[0]
    assert snapshot(victim) == before


@isolated
def test_a_new_set_that_is_swapped_for_another_folder_gets_no_models(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_model.bin", mode=0o600)
    backups = make_folder(area / "backup", owner=SERVICE)
    trap = make_folder(backups / "trap", owner=SERVICE, mode=0o777)
    mkdir = os.mkdir

    def made_and_swapped(name: t.Any, *arguments: t.Any, **options: t.Any) -> None:
        mkdir(name, *arguments, **options)
        if SET_NAME.fullmatch(os.fsdecode(name)):
            exchange(os.fsencode(backups / name), os.fsencode(trap))

    substitute(os, "mkdir", made_and_swapped)
    with contextlib.suppress(OcrModelError):
        prune(models, backup_dir=backups)
    assert (models / "old_model.bin").exists()
    assert list((backups / "trap").rglob("*.bin")) == []


@isolated
def test_the_removal_of_an_old_set_stops_at_a_mount(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_name = prune(models, backup_dir=backups).result["backup"]
    canary = make_file(area / "outside" / "canary.bin").parent
    mount("--bind", canary, make_folder(backups / set_name / "models" / "mounted"))
    before = snapshot(canary)
    with contextlib.suppress(OcrModelError):
        prune(models, backup_dir=backups, backup_max_age="0")
    assert snapshot(canary) == before


@isolated
def test_a_forged_set_of_another_user_is_refused_as_root(area: Path) -> None:
    models = make_folder(area / "models", owner=SERVICE)
    make_file(models / "old_model.bin", owner=SERVICE)
    backups = make_folder(area / "backup", owner=SERVICE)
    in_child(lambda: prune(models, backup_dir=backups).failure, user=SERVICE)
    forged = next(backups.iterdir())
    with pytest.raises(OcrModelError, match="cannot be trusted"):
        restore(models, backups, backup=forged.name)
    report = restore(models, backups)
    assert any("cannot be trusted" in warning for warning in report.warnings)
    assert report.result["restored"] == []
    assert os.listdir(models) == []
    prune(models, backup_dir=backups, backup_max_age="0")
    assert forged.exists()


@pytest.mark.parametrize("mode", [0o770, 0o707])
@isolated
def test_a_set_that_others_may_write_is_refused(area: Path, mode: int) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_name = prune(models, backup_dir=backups).result["backup"]
    (backups / set_name).chmod(mode)
    with pytest.raises(OcrModelError, match="cannot be trusted"):
        restore(models, backups, backup=set_name)


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../victim", "/mnt/area/victim", "2026-11-22T17-25-01.123456Z/../victim"]
)
@isolated
def test_the_name_of_a_set_leads_nowhere_else(area: Path, name: str) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_name = prune(models, backup_dir=backups).result["backup"]
    shutil.copytree(backups / set_name, area / "victim")
    with pytest.raises(OcrModelError, match="there is no set"):
        restore(models, backups, backup=name)


@isolated
def test_a_link_to_a_set_is_not_followed(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_name = prune(models, backup_dir=backups).result["backup"]
    (backups / set_name).rename(area / "moved")
    (backups / set_name).symlink_to(area / "moved")
    with pytest.raises(OcrModelError, match="cannot be opened"):
        restore(models, backups, backup=set_name)


FORGERIES: dict[str, list[dict[str, t.Any]]] = {
    "model above": [{"name": "../../../victim/canary.bin"}],
    "absolute model": [{"name": "/mnt/area/victim/canary.bin"}],
    "model behind dots": [{"name": "sub/../../../../victim/canary.bin"}],
    "the folder above": [{"name": "..", "mode": 0o040755}],
    "the folder itself": [{"name": ".", "mode": 0o040755}],
    "no name": [{"name": ""}],
    "folder above": [{"folder": "../../../victim/empty", "mode": 0o777, "uid": SERVICE, "gid": SERVICE}],
    "absolute folder": [{"folder": "/mnt/area/victim/empty", "mode": 0o777, "uid": SERVICE, "gid": SERVICE}],
    "no text": [{"name": 5}],
    "a list": [{"name": ["x"]}],
    "no entry": [{}],
}


@pytest.mark.parametrize("forgery", FORGERIES)
@isolated
def test_names_in_a_manifest_lead_nowhere_else(area: Path, forgery: str) -> None:
    """Even in a set that is trusted, for whatever reason."""
    # As deep as the models of a set: dots lead to the same place from both.
    models = make_file(area / "a" / "b" / "models" / "old_model.bin").parent
    canary = make_file(area / "victim" / "canary.bin", b"canary", modified=1.5e9)
    make_folder(area / "victim" / "empty")
    backups = make_folder(area / "backup")
    set_folder = backups / prune(models, backup_dir=backups).result["backup"]
    manifest = set_folder / "manifest.jsonl"
    status = canary.stat()
    entry = {
        "bytes": status.st_size,
        "mode": status.st_mode,
        "uid": SERVICE,
        "gid": SERVICE,
        "modified_ns": status.st_mtime_ns,
        "device": status.st_dev,
        "inode": status.st_ino,
        "link_target": None,
    }
    with open(manifest, "a") as stream:
        for line in FORGERIES[forgery]:
            stream.write(json.dumps({**({} if "folder" in line else entry), **line}) + "\n")
    before = snapshot(area / "victim")
    with contextlib.suppress(OcrModelError):
        restore(models, backups, backup=set_folder.name, force=True)
    assert snapshot(area / "victim") == before
    assert set(os.listdir(area)) == {"a", "victim", "backup"}


@pytest.mark.parametrize("damage", ["no manifest", "empty manifest", "binary manifest", "manifest is a link"])
@isolated
def test_a_damaged_set_is_an_error_that_names_it(area: Path, damage: str) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_folder = backups / prune(models, backup_dir=backups).result["backup"]
    manifest = set_folder / "manifest.jsonl"
    if damage == "no manifest":
        manifest.unlink()
    elif damage == "manifest is a link":
        manifest.rename(area / "manifest")
        manifest.symlink_to(area / "manifest")
    else:
        manifest.write_bytes(b"" if damage == "empty manifest" else os.urandom(500) + b"\n" + os.urandom(500))
    with pytest.raises(OcrModelError, match=set_folder.name):
        restore(models, backups, backup=set_folder.name)


@isolated
def test_a_set_whose_removal_was_killed_has_nothing_to_restore(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_folder = backups / prune(models, backup_dir=backups).result["backup"]
    shutil.rmtree(set_folder / "models")
    assert restore(models, backups).result["restored"] == []


@isolated
def test_a_newest_set_that_cannot_be_read_is_never_passed_over(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    older = prune(models, backup_dir=backups).result["backup"]
    make_file(models / "old_other.bin")
    newest = prune(models, backup_dir=backups).result["backup"]
    (backups / newest / "manifest.jsonl").write_text("damaged\n")
    for check_mode in (True, False):
        with pytest.raises(OcrModelError, match=f"{newest}/.* is damaged .* name it with backup: {older}$"):
            restore(models, backups, check_mode=check_mode)
    assert os.listdir(models) == []


@isolated
def test_two_sets_of_the_same_instant_get_two_names_in_order(area: Path) -> None:
    backups = make_folder(area / "backup")
    sets = []
    now = 1_800_000_000_123_456_789
    substitute(time, "time_ns", lambda: now)
    for number in range(4):
        models = make_folder(area / f"models_{number}")
        make_file(models / "old_model.bin", modified=1.5e9)
        sets.append(prune(models, backup_dir=backups).result["backup"])
    assert sets == sorted(set(sets))
    assert sets[0] == "2027-01-15T08-00-00.123456Z"
    for number, name in enumerate(sets):
        assert names(restore(area / f"models_{number}", backups, backup=name).result["restored"]) == ["old_model.bin"]


@isolated
def test_a_set_of_another_directory_or_host_is_not_restored_here(area: Path) -> None:
    backups = make_folder(area / "backup")
    one = make_file(area / "one" / "old_model.bin").parent
    other = make_file(area / "other" / "old_model.bin").parent
    set_name = prune(one, backup_dir=backups).result["backup"]
    with pytest.raises(OcrModelError, match="was made of /mnt/area/one"):
        restore(other, backups, backup=set_name)
    assert restore(other, backups).result["restored"] == []
    assert prune(other, backup_dir=backups, backup_max_age="0").result["expired_backups"] == []


@pytest.mark.parametrize("age", ["737000d", "105300w", "99999999999999w", "60w"])
@isolated
def test_no_age_however_large_ends_a_set_too_early(area: Path, age: str) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_name = prune(models, backup_dir=backups).result["backup"]
    make_file(models / "old_other.bin")
    report = prune(models, backup_dir=backups, backup_max_age=age)
    assert report.result["expired_backups"] == []
    assert names(report.result["pruned"]) == ["old_other.bin"]
    assert (backups / set_name).is_dir()


@isolated
def test_a_failed_run_expires_no_set(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    backups = make_folder(area / "backup")
    set_name = prune(models, backup_dir=backups).result["backup"]
    make_file(models / "old_other.bin")
    report = prune(models, backup_dir=backups, backup_max_age="0", max_prune="0")
    assert report.failure is not None
    assert (backups / set_name / "models" / "old_model.bin").exists()


@isolated
def test_copies_keep_extended_attributes(area: Path) -> None:
    models = make_folder(area / "models")
    model = make_file(models / "old_model.bin")
    os.setxattr(model, b"trusted.origin", b"vendor")
    backups = make_backups(area, "another file system")
    prune(models, backup_dir=backups)
    restore(models, backups)
    assert os.getxattr(model, b"trusted.origin") == b"vendor"


@isolated
def test_a_large_copy_is_read_in_pieces(area: Path) -> None:
    models = make_folder(area / "models")
    content = os.urandom(1000) * 5000
    make_file(models / "old_model.bin", content)
    backups = make_backups(area, "another file system")
    prune(models, backup_dir=backups)
    assert len(content) > 2 * host_content._CHUNK
    restore(models, backups)
    assert (models / "old_model.bin").read_bytes() == content
