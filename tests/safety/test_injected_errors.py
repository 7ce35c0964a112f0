# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever call into the system fails, at whatever place of a prune or restore: the result says what is on the disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, models_in_sets, names, prune, restore
from injection import ERRORS, failing
from namespaces import isolated, mount

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import services as host_services
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.service import StepResult
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import release as prune_release
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils import calls as unit_calls
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.pauses import Words

STALE = ["old_a", "old_folder/b", "old_link", "sub/old_c", "sub/old_held"]


def make(models: Path) -> None:
    """Make the model directory, or what is missing in it."""
    for name in ["a", "sub/d", *STALE]:
        if name == "old_link":
            if not os.path.lexists(str(models / name)):
                (models / name).symlink_to("a")
        elif not (models / name).exists():
            make_file(models / name)


def prune_or_none(models: Path, **options: t.Any) -> t.Any:
    """Prune, and return None where that ended before any change."""
    try:
        return prune(models, **options)
    except OcrModelError:
        return None


def check(models: Path, backups: Path | None, report: t.Any) -> None:
    """Fail unless the result of a prune says what is on the disk; without a result all must be there."""
    if report is None:
        assert all(os.path.lexists(str(models / name)) for name in STALE)
        return
    result = report.result
    left = [name for name in STALE if os.path.lexists(str(models / name))]
    listed = names(result["pruned"] + result["kept"] + result["failed_models"])
    assert sorted(listed) == STALE
    assert [name for name in STALE if name not in names(result["pruned"])] == left
    assert result["changed"] is bool(result["pruned"])
    assert (report.failure is not None) is bool(result["failed_models"])
    assert {"a", "sub/d"} <= set(names(result["ocr_models"]["models"]))
    assert not set(names(result["pruned"])) & set(names(result["ocr_models"]["models"]))
    if backups is not None:
        saved = {Path(path).name for path in models_in_sets(backups)}
        assert {Path(name).name for name in names(result["pruned"])} <= saved
        assert result["backup"] is not None or not result["pruned"]


@pytest.mark.parametrize("error, lasting", [*((error, False) for error in ERRORS), ("EIO", True)])
@pytest.mark.parametrize("backup", ["none", "same file system", "another file system"])
@isolated
def test_a_call_fails(area: Path, backup: str, error: str, lasting: bool) -> None:
    """Each call in turn that the prune makes: for each a prune of its own."""
    models, backups = make_folder(area / "models"), area / "backup"
    if backup == "another file system":
        mount("-t", "tmpfs", "none", make_folder(backups))
    make(models)
    held = os.open(models / "sub" / "old_held", os.O_RDONLY)
    number = 0
    while True:
        number += 1
        make(models)
        for entry in backups.iterdir() if backups.exists() else ():
            shutil.rmtree(entry)
        with failing(number, ERRORS[error], lasting=lasting) as calls:
            report = prune_or_none(models, backup_dir=None if backup == "none" else backups)
        if calls.failed is None:
            break
        try:
            check(models, None if backup == "none" else backups, report)
        except AssertionError as wrong:
            raise AssertionError(f"call {number} failed, {calls.failed}: {wrong}") from wrong
    os.close(held)
    assert number > 100


AGAIN = "old_again"
HIDDEN = ".ocr_model_restore"


def make_set(models: Path, backups: Path) -> None:
    """Make models and prune them into a set; one of them is there again, and one as its second copy."""
    for place in (models, backups):
        for entry in list(place.iterdir()) if place.exists() else ():
            entry.unlink() if entry.is_symlink() or entry.is_file() else shutil.rmtree(entry)
    make(models)
    make_file(models / AGAIN, b"older")
    made = prune(models, backup_dir=backups).result["backup"]
    make_file(models / AGAIN, b"newer")
    shutil.copy2(backups / made / "models" / "sub" / "old_c", models / "sub" / "old_c")


def content(path: Path) -> bytes | None:
    """Return what a model has in it, a link its target; None where there is none."""
    if path.is_symlink():
        return os.fsencode(os.readlink(path))
    return path.read_bytes() if path.exists() else None


def check_restore(models: Path, backups: Path, report: t.Any, *, force: bool, cleaned: bool) -> None:
    """Fail unless the result of a restore says what is on the disk, and each model is somewhere, whole."""
    (made,) = backups.iterdir()
    whole = {name: b"a" if name == "old_link" else os.fsencode(models / name) for name in STALE}
    whole[AGAIN] = b"older"
    lying = {name for name in whole if content(made / "models" / name) == whole[name]}
    back = {name for name in whole if content(models / name) == whole[name]}
    assert lying | back == set(whole)
    assert content(models / AGAIN) in (b"newer", b"older")
    assert not cleaned or not [path for path in models.rglob("*") if path.name.startswith(HIDDEN)]
    if report is None or report.result["backup"] is None:
        assert (lying, back) == (set(whole), {"sub/old_c"})
        return
    result = report.result
    restored, kept, failed = (set(names(result[key])) for key in ("restored", "kept", "failed_models"))
    assert sorted([*restored, *kept, *failed]) == sorted(whole)
    assert restored | {"sub/old_c"} >= back and restored <= back
    assert kept | failed >= set(whole) - back
    assert failed <= lying
    assert (AGAIN in back) is (force and AGAIN in restored)
    assert result["changed"] is bool(restored)
    assert (report.failure is not None) is bool(failed)


@pytest.mark.parametrize(
    "error, lasting, force",
    [("EIO", False, False), ("EIO", False, True), ("MemoryError", False, False), ("EIO", True, False)],
)
@pytest.mark.parametrize("backup", ["same file system", "another file system"])
@isolated
def test_a_call_of_a_restore_fails(area: Path, backup: str, error: str, lasting: bool, force: bool) -> None:
    """Each call in turn that the restore makes: for each a restore of its own."""
    models, backups = make_folder(area / "models"), make_folder(area / "backup")
    if backup == "another file system":
        mount("-t", "tmpfs", "none", backups)
    number = 0
    while True:
        number += 1
        make_set(models, backups)
        with failing(number, ERRORS[error], lasting=lasting) as calls:
            report = None
            with contextlib.suppress(OcrModelError):
                report = restore(models, backups, force=force)
        if calls.failed is None:
            break
        cleaned = not lasting and "unlink" not in calls.failed and "rmdir" not in calls.failed
        try:
            check_restore(models, backups, report, force=force, cleaned=cleaned)
        except AssertionError as wrong:
            raise AssertionError(f"call {number} failed, {calls.failed}: {wrong}") from wrong
    assert number > 100


class Helper:
    """A service helper within this process. Like the real one it starts what it stopped when it is let go."""

    down = False
    requests: t.ClassVar[list[str]] = []
    busy = False

    def __init__(self, *_unused: object) -> None:
        pass

    def wait_until_ready(self) -> None:
        """It is."""

    def ask(self, request: str) -> list[StepResult]:
        """Do what is asked, which always succeeds."""
        Helper.requests.append(request)
        Helper.down = request == "stop"
        return [{"status": 0, "output": "", "began": 0.0, "ended": 0.0}]

    def dismiss(self) -> None:
        """Start what is stopped still."""
        Helper.down = False

    abandon = kill = dismiss


class Script(Words):
    """A service without commands."""

    def conditions(self, *_unused: object) -> dict[str, t.Any]:
        """Return how it is."""
        return {"ocr": prune_release.Condition(True, "active", 0.0, None)}


SERVICE_CALLS: list[tuple[type, str]] = [
    *((Helper, name) for name in ("wait_until_ready", "ask")),
    *((Script, name) for name in ("runs", "operation", "stop_failures", "conditions")),
]


def by_directory(result: t.Mapping[str, t.Any], key: str, directory: Path) -> set[str]:
    """Return the names in a list of a result that are of one directory; each is there once."""
    found = names([row for row in result[key] if row["directory"] == str(directory)])
    assert len(set(found)) == len(found)
    return set(found)


def make_anew(both: list[Path], backups: Path) -> None:
    """Make the model directories again, and let no set be."""
    for models in both:
        make(models)
    for entry in backups.iterdir():
        shutil.rmtree(entry)


@isolated
def test_a_call_fails_with_two_directories_a_service_and_a_backup(area: Path) -> None:
    """The model directories are pruned into sets on another file system, while a service stands still."""
    prune_release.find_services = lambda _names: Script(area / "unused")  # type: ignore[assignment]
    host_services.ServiceHelper = Helper  # type: ignore[assignment,misc]
    both, backups = [make_folder(area / name) for name in ("one", "two")], make_folder(area / "backup")
    mount("-t", "tmpfs", "none", backups)
    number = 0
    while True:
        number += 1
        make_anew(both, backups)
        Helper.requests.clear()
        Helper.down = False
        report = None
        options: dict[str, t.Any] = {"backup_dir": backups, "services": ["ocr"], "release": "always"}
        with failing(number, ERRORS["EIO"], others=SERVICE_CALLS) as calls, contextlib.suppress(OcrModelError):
            report = unit_calls.prune_once(both, **options)
        if calls.failed is None:
            break
        try:
            check_both(both, backups, report)
        except AssertionError as wrong:
            raise AssertionError(f"call {number} failed, {calls.failed}: {wrong}") from wrong
    assert number > 300


def check_both(both: list[Path], backups: Path, report: t.Any) -> None:
    """Fail unless the result of a prune of both says what is on the disk, and the service runs again."""
    assert not Helper.down
    if report is None:
        assert not Helper.requests
        assert all(os.path.lexists(str(models / name)) for models in both for name in STALE)
        return
    result = report.result
    for models in both:
        pruned, kept, failed = (by_directory(result, key, models) for key in ("pruned", "kept", "failed_models"))
        assert sorted([*pruned, *kept, *failed]) == STALE
        assert pruned == {name for name in STALE if not os.path.lexists(str(models / name))}
        sets = [backup["name"] for backup in result["backups"] if backup["directory"] == str(models)]
        assert len(sets) == 1 or not pruned
        assert all(os.path.lexists(str(backups / sets[0] / "models" / name)) for name in pruned)
    assert report.failure is not None or not result["failed_models"]
    assert result["services"] or "look whether" in str(report.failure)


@isolated
def test_a_call_of_a_restore_of_two_directories_fails(area: Path) -> None:
    """Each is restored from its own set."""
    both, backups = [make_folder(area / name) for name in ("one", "two")], make_folder(area / "backup")
    number = 0
    while True:
        number += 1
        make_anew(both, backups)
        made = unit_calls.prune_once(both, backup_dir=backups).result["backups"]
        options = restore_run.RestoreOptions(
            tuple(("paths", str(models)) for models in both), str(backups), (), (), force=False
        )
        report = None
        with failing(number, ERRORS["EIO"]) as calls, contextlib.suppress(OcrModelError):
            report = restore_run.restore(options, check_mode=False)
        if calls.failed is None:
            break
        for models, backup in zip(both, made, strict=True):
            back = {name for name in STALE if os.path.lexists(str(models / name))}
            left = {name for name in STALE if os.path.lexists(str(backups / backup["name"] / "models" / name))}
            assert back | left == set(STALE), calls.failed
            restored = report.result["backups"] if report is not None else []
            if str(models) not in [found["directory"] for found in restored]:
                # Before any change, or because its set could not be told from that of another host.
                assert not back, calls.failed
                continue
            assert report is not None
            lists = [by_directory(report.result, key, models) for key in ("restored", "kept", "failed_models")]
            assert sorted(name for names_of in lists for name in names_of) == STALE, calls.failed
            assert lists[0] == back, calls.failed
    assert number > 200
