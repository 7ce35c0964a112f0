# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prune of several directories: one decision for all of them, and a backup set for each."""

from __future__ import annotations

import fcntl
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import making
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import BackupDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import SKIPPED
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import usage as models_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import free_space
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import part as prune_part
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import prune_options
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import NOTHING_SHARED, Sharing
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import (
    PRUNE_DEFAULTS,
    comparable,
    facts,
    location_of,
    names,
    prune,
    prune_once,
    reasons,
    restore,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import (
    DAY,
    IS_ROOT,
    make_file,
    make_files,
    names_in,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import MAPPED, OPEN, holding

pytestmark = pytest.mark.usefixtures("own_processes")


@pytest.fixture
def both(area: Path) -> list[Path]:
    """Two model directories with stale models, some of the same names."""
    one, other = area / "one", area / "other"
    make_files(one, "a.bin", "old_b.bin", "old_c/d.bin")
    make_files(other, "a.bin", "old_b.bin")
    return [other, one]


def test_a_prune_of_both_in_full(both: list[Path]) -> None:
    other, one = both
    freed = sum(path.stat().st_blocks for folder in both for path in folder.rglob("old_*.bin")) * 512
    freed += (one / "old_c" / "d.bin").stat().st_blocks * 512
    report = prune(both)
    result = report.result
    assert (report.failure, report.warnings, result["changed"]) == (None, [], True)
    shown = [(model["directory"], model["name"], model["path"]) for model in result["pruned"]]
    assert shown == [
        (str(other), "old_b.bin", f"{other}/old_b.bin"),
        (str(one), "old_b.bin", f"{one}/old_b.bin"),
        (str(one), "old_c/d.bin", f"{one}/old_c/d.bin"),
    ]
    assert (result["freed_bytes"], result["backup"], result["backups"]) == (freed, None, [])
    assert result["pending_bytes"] == (0 if IS_ROOT else None)
    assert result["msg"].startswith("pruned 3 of 5 models")
    assert result["diff"] == {
        "before_header": f"{other}, {one}",
        "after_header": f"{other}, {one}",
        "before": f"{other}/a.bin\n{other}/old_b.bin\n{one}/a.bin\n{one}/old_b.bin\n{one}/old_c/d.bin\n",
        "after": f"{other}/a.bin\n{one}/a.bin\n",
    }
    assert comparable(result["ocr_models"]) == comparable(facts(both))
    assert (names_in(one), names_in(other)) == (["a.bin"], ["a.bin"])
    assert prune(both).result["changed"] is False


def test_a_directory_that_does_not_exist_is_reported_as_that(both: list[Path], area: Path) -> None:
    result = prune([both[0], area / "missing", both[1]]).result
    assert len(result["pruned"]) == 3
    assert [one["exists"] for one in result["ocr_models"]["directories"]] == [True, False, True]
    nothing = prune([area / "missing", area / "gone"]).result
    assert (nothing["changed"], nothing["diff"]["before"]) == (False, "")
    assert nothing["msg"] == f"{area}/missing does not exist, {area}/gone does not exist"


@pytest.mark.parametrize("check_mode", [True, False])
def test_max_prune_counts_over_both(both: list[Path], check_mode: bool) -> None:
    report = prune_once(both, max_prune="2", check_mode=check_mode)
    assert "would remove 3 of 5 models, more than max_prune 2 allows" in str(report.failure)
    assert report.failure.count("max_prune") == 1
    assert (report.result["pruned"], len(report.result["kept"])) == ([], 3)
    assert prune_once(both, max_prune="3", check_mode=check_mode).failure is None


@pytest.mark.parametrize("how", [OPEN, MAPPED])
def test_a_model_in_use_in_one_refuses_both(both: list[Path], how: str) -> None:
    one = both[1]
    with holding(how, one / "old_b.bin") as process:
        report = prune(both, in_use="fail")
        assert f"old_b.bin: in use by {process.label}" in str(report.failure)
        assert (report.result["pruned"], len(report.result["kept"])) == ([], 3)
        skipped = prune(both, in_use="skip").result
    assert names(skipped["pruned"]) == ["old_b.bin", "old_c/d.bin"]
    assert [(model["directory"], model["name"]) for model in skipped["kept"]] == [(str(one), "old_b.bin")]


def test_all_processes_are_looked_through_once(both: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[t.Any] = []
    find = models_usage.find_holders
    monkeypatch.setattr(models_usage, "find_holders", lambda *given: looked.append(given) or find(*given))
    prune_once(both, check_mode=True)
    assert len(looked) == 1
    prune_once(both)
    assert len(looked) == 2


def test_locks_are_taken_in_the_order_of_device_and_inode(both: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    locked: list[str] = []
    lock = prune_run.lock

    def noted(directory: t.Any, **options: t.Any) -> None:
        locked.append(directory.path)
        lock(directory, **options)

    monkeypatch.setattr(prune_run, "lock", noted)
    expected = sorted(map(str, both), key=lambda path: (os.stat(path).st_dev, os.stat(path).st_ino))
    for order in (both, both[::-1]):
        locked.clear()
        prune_once(order, check_mode=True)
        assert locked == expected


def test_a_lock_of_one_refuses_both(both: list[Path]) -> None:
    descriptor = os.open(str(both[1]), os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(OcrModelError, match="Another run works on"):
        prune_once(both)
    os.close(descriptor)
    assert (both[0] / "old_b.bin").exists()


def test_each_directory_gets_a_set_that_can_be_restored(both: list[Path], area: Path) -> None:
    other, one = both
    backups = area / "backups"
    result = prune(both, backup_dir=backups).result
    assert (result["backup"], result["freed_bytes"]) == (None, 0)
    assert [made["directory"] for made in result["backups"]] == [str(other), str(one)]
    sets = {made["directory"]: made["name"] for made in result["backups"]}
    assert sorted(sets.values()) == sorted(os.listdir(str(backups)))
    assert names_in(backups / sets[str(other)] / "models") == ["old_b.bin"]
    restored = restore(one, backups).result
    assert (restored["backup"], names(restored["restored"])) == (sets[str(one)], ["old_b.bin", "old_c/d.bin"])
    assert names(restore(other, backups).result["restored"]) == ["old_b.bin"]
    assert names_in(other) == ["a.bin", "old_b.bin"]


def test_the_sets_of_both_are_restored_as_one(both: list[Path], area: Path) -> None:
    other, one = both
    backups = area / "backups"
    made = prune(both, backup_dir=backups).result["backups"]
    result = restore(both, backups, names=["old_b*"]).result
    assert (result["backup"], result["backups"], result["changed"]) == (None, made, True)
    assert [model["path"] for model in result["restored"]] == [f"{other}/old_b.bin", f"{one}/old_b.bin"]
    assert result["diff"]["after"] == f"{other}/a.bin\n{other}/old_b.bin\n{one}/a.bin\n{one}/old_b.bin\n"
    result = restore(both, backups, backup=[made[1]["name"]]).result
    assert (names(result["restored"]), result["backups"]) == (["old_c/d.bin"], made[1:])
    assert restore(both, backups).result["changed"] is False
    assert names_in(one) == ["a.bin", "old_b.bin", "old_c", "old_c/d.bin"]


def test_a_set_of_neither_and_two_of_one_are_refused(both: list[Path], area: Path) -> None:
    other, one = both
    backups = area / "backups"
    sets = {made["directory"]: made["name"] for made in prune(both, backup_dir=backups).result["backups"]}
    make_files(one, "old_e.bin")
    later = prune(one, backup_dir=backups).result["backup"]
    with pytest.raises(OcrModelError, match=f"was made of {one} on host .*, not of {other} here"):
        restore([other], backups, backup=[sets[str(one)]])
    with pytest.raises(OcrModelError, match=f"{later} is another set of {one}; name one for each directory"):
        restore(both, backups, backup=[sets[str(other)], sets[str(one)], later])
    with pytest.raises(OcrModelError, match="no model of the sets matches nothing; their manifests list them"):
        restore(both, backups, names=["nothing"])
    assert (names_in(one), names_in(other)) == (["a.bin"], ["a.bin"])


def test_the_sets_of_both_are_listed(both: list[Path], area: Path) -> None:
    made = prune(both, backup_dir=area / "backups").result["backups"]
    named = tuple(location_of(both).named)
    options = restore_run.RestoreOptions(named, str(area / "backups"), (), (), force=False, list_only=True)
    result = restore_run.restore(options, check_mode=False).result
    assert [{"directory": one["directory"], "name": one["name"]} for one in result["sets"]] == made


def test_a_directory_with_nothing_to_prune_gets_no_set(both: list[Path], area: Path) -> None:
    (both[0] / "old_b.bin").unlink()
    result = prune(both, backup_dir=area / "backups").result
    assert [made["directory"] for made in result["backups"]] == [str(both[1])]
    assert result["backup"] == result["backups"][0]["name"]


def test_a_backup_directory_inside_any_of_them_is_refused_and_not_made(both: list[Path]) -> None:
    for path in both:
        with pytest.raises(OcrModelError, match="lies inside the model directory"):
            prune_once(both, backup_dir=path / "backups")
        assert not (path / "backups").exists()


def test_a_set_that_cannot_be_made_leaves_none(both: list[Path], area: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = making.ManifestWriter, []

    def full(*arguments: t.Any) -> t.Any:
        made.append(arguments)
        if len(made) == 2:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(making, "ManifestWriter", full)
    with pytest.raises(OcrModelError, match=r"no set can be made in .*No space left on device"):
        prune_once(both, backup_dir=area / "backups")
    assert os.listdir(str(area / "backups")) == []
    assert (both[0] / "old_b.bin").exists() and (both[1] / "old_b.bin").exists()


@pytest.mark.parametrize("check_mode", [True, False])
def test_there_has_to_be_room_for_both_sets(
    both: list[Path], area: Path, check_mode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BackupDirectory, "renames_from", lambda _self, _directory: False)
    for path in both:
        make_file(path / "old_large.bin", b"x" * 100_000)
    room = making.available_room
    monkeypatch.setattr(making, "available_room", lambda *given, **named: room(*given, **named)._replace(bytes=150_000))
    assert prune_once(both[:1], backup_dir=area / "backups", check_mode=True).failure is None
    with pytest.raises(
        OcrModelError, match=r"a set of the models needs .* but the file system of .* only 150000 bytes"
    ):
        prune_once(both, backup_dir=area / "backups", check_mode=check_mode)
    assert (both[0] / "old_large.bin").exists() and (both[1] / "old_large.bin").exists()


def test_a_file_with_names_in_both_gives_its_space_back_when_both_are_gone(area: Path) -> None:
    one, other = area / "one", area / "other"
    path = make_file(one / "old_a.bin", b"x" * 9000)
    other.mkdir()
    os.link(str(path), str(other / "old_b.bin"))
    allocated = path.stat().st_blocks * 512
    kept = prune([one, other], keep=["old_b*"]).result
    assert (names(kept["pruned"]), reasons(kept["kept"]), kept["freed_bytes"]) == (
        ["old_a.bin"],
        {"old_b.bin": "keep pattern old_b*"},
        0,
    )
    os.link(str(other / "old_b.bin"), str(path))
    assert prune([one, other]).result["freed_bytes"] == allocated


@pytest.mark.parametrize("turned", [False, True])
def test_what_is_shared_is_told_of_each_directory(
    both: list[Path], turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(directory: t.Any, _choices: t.Any) -> Sharing:
        return NOTHING_SHARED if directory.path == str(both[0]) else Sharing({}, None)

    monkeypatch.setattr(prune_part, "look_at_sharing", told)
    paths = both[::-1] if turned else both
    assert prune_once(paths, check_mode=True).result["freed_bytes_exact"] is False
    assert prune_once(both[:1], check_mode=True).result["freed_bytes_exact"] is True


def test_min_free_is_of_the_file_system_and_takes_the_oldest_of_both(
    area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = area / "one", area / "other"
    for path, ages in ((one, (1, 4)), (other, (2, 3))):
        for age in ages:
            make_file(path / f"old_{age}", b"x" * 4096, age=age * DAY)
    monkeypatch.setattr(free_space, "lacking", lambda _status, _wanted: 8192)
    result = prune([one, other], min_free="20%").result
    assert [model["path"] for model in result["pruned"]] == [f"{one}/old_4", f"{other}/old_3"]
    assert reasons(result["kept"]) == {"old_1": "enough free space", "old_2": "enough free space"}
    assert result["min_free_missing_bytes"] == 0


@pytest.mark.parametrize("check_mode", [True, False])
def test_of_the_sdks_ocr_store_only_what_it_lists_is_pruned(area: Path, check_mode: bool) -> None:
    make_files(area / "aspose_data", "a.ocr", "old_b.ocr", "old_c.bin", "old_sub/d.ocr")
    location = Located((Place(str(area / "aspose_data"), "ocr"),), SKIPPED)
    report = prune_run.prune(location, prune_options(PRUNE_DEFAULTS), check_mode=check_mode)
    assert names(report.result["pruned"]) == ["old_b.ocr"]
    assert names_in(area / "aspose_data") == sorted(
        ["a.ocr", "old_c.bin", "old_sub", "old_sub/d.ocr"] + ["old_b.ocr"] * check_mode
    )
    assert (report.result["ocr_models"]["directories"][0]["store"], report.warnings) == ("ocr", [])


def test_a_deleted_model_is_pending_in_its_own_directory(both: list[Path]) -> None:
    one = both[1]
    with holding(OPEN, one / "old_b.bin"):
        result = prune_once(both, in_use="ignore").result
    first, second = result["ocr_models"]["directories"]
    assert first["pending_bytes"] == (0 if IS_ROOT else None)
    assert second["pending_bytes"] == result["pending_bytes"] == result["ocr_models"]["pending_bytes"] > 0
    (row,) = result["ocr_models"]["holders"]
    assert (row["directory"], [file["name"] for file in row["pending"]]) == (str(one), ["old_b.bin"])


def test_a_family_is_of_one_directory_and_a_required_model_may_be_in_any(area: Path) -> None:
    one, other = area / "one", area / "other"
    make_files(one, "en_v1", "en_v2", "de_v1", "fr_v1")
    make_files(other, "en_v1", "de_v2", "fr_v1", "fr_v2")
    report = prune(
        [one, other],
        version_pattern=r"_v(?P<version>\d)",
        required=[{"name": "fr_v1"}, {"name": "en_v2", "bytes": 5}, {"name": "pl_v1"}],
    )
    assert [(model["directory"], model["name"]) for model in report.result["pruned"]] == [(str(one), "en_v1")]
    assert [(model["path"], model["reason"]) for model in report.result["kept"]] == [(f"{other}/fr_v1", "required")]
    found = report.result["ocr_models"]
    assert [{name: row[name] for name in ("name", "state", "path")} for row in found["required"]] == [
        {"name": "fr_v1", "state": "present", "path": f"{one}/fr_v1"},
        {"name": "en_v2", "state": "present", "path": f"{one}/en_v2"},
        {"name": "pl_v1", "state": "missing", "path": None},
    ]
