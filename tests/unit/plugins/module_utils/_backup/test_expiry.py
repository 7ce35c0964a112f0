# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When backup sets go: by age, as left-overs of kills, and after they were restored whole."""

from __future__ import annotations

import errno
import os
import types
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import keeping
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import set_name, time_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import reason_of
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.calls import prune, prune_once, restore
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import DAY, make_files, names_in

pytestmark = pytest.mark.usefixtures("own_processes")

NOW_NS = 1_800_000_000_123_456_789


def at(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let it be so many days after NOW_NS."""
    now_ns = NOW_NS + int(days * DAY) * 10**9
    monkeypatch.setattr(prune_run, "time", types.SimpleNamespace(time_ns=lambda: now_ns))


def name_of(days: float) -> str:
    """Return the name of a set that was made so many days after NOW_NS."""
    return set_name(NOW_NS + int(days * DAY) * 10**9)


def make_set(models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch, *, day: float, model: str = "old_a") -> Path:
    """Prune a model on that day, and return the set."""
    at(monkeypatch, day)
    make_files(models, model)
    return backups / prune_once(models, backup_dir=backups).result["backup"]


def expire(models: Path, backups: Path, age: str) -> list[str]:
    """Prune nothing, which only lets sets go: in check mode first, which has to say the same. Return their names."""
    found: list[str] = prune(models, backup_dir=backups, backup_max_age=age).result["expired_backups"]
    return found


def set_names(backups: Path) -> list[str]:
    """Return the names of the sets that there are."""
    return sorted(path.name for path in backups.iterdir())


@pytest.mark.parametrize(
    "name, time_us",
    [
        ("1970-01-01T00-00-00.000001Z", 1),
        ("2027-01-15T08-00-00.123456Z", NOW_NS // 1000),
        ("2027-01-15T08-00-00.123456", None),
        ("2027-02-30T08-00-00.123456Z", None),
        ("2027-13-15T08-00-00.123456Z", None),
        ("0000-01-15T08-00-00.123456Z", None),
        ("2027-01-15T25-00-00.123456Z", None),
        ("notes", None),
    ],
)
def test_the_time_in_a_name(name: str, time_us: int | None) -> None:
    assert time_of(name) == time_us


def test_a_set_with_a_date_in_the_future_expires_with_the_one_after_it(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = make_set(models, backups, monkeypatch, day=900)
    late = make_set(models, backups, monkeypatch, day=1)
    at(monkeypatch, 2)
    assert expire(models, backups, "3d") == []
    at(monkeypatch, 9)
    assert expire(models, backups, "3d") == [early.name, late.name]


def test_a_newest_set_with_a_date_in_the_future_stays(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_set(models, backups, monkeypatch, day=900)
    at(monkeypatch, 9)
    assert expire(models, backups, "3d") == []


def test_a_clock_that_was_behind_ends_no_set_too_early(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_set(models, backups, monkeypatch, day=0)
    make_set(models, backups, monkeypatch, day=-9000)
    at(monkeypatch, 2)
    assert expire(models, backups, "3d") == []
    at(monkeypatch, 4)
    assert expire(models, backups, "3d") == [name_of(0), name_of(-9000)]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), MemoryError()])
def test_expired_sets_that_went_to_make_room_are_told_although_no_set_can_be_made(
    models: Path, backups: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(models, "old_first")
    expired = prune_once(models, backup_dir=backups).result["backup"]
    make_files(models, "old_second")
    monkeypatch.setattr(keeping, "needs_more_room", lambda *_arguments, **_options: True)
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}") == str(backups):
            raise error
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", failing)
    report = prune_once(models, backup_dir=backups, backup_max_age="0")
    assert report.failure.startswith(f"backup_dir: no set can be made in {backups} ({reason_of(error)})")
    assert report.failure.endswith("no model was removed")
    assert (report.result["changed"], report.result["expired_backups"]) == (True, [expired])
    assert report.of_failure()["expired_backups"] == [expired]
    assert [model["reason"] for model in report.result["kept"]] == ["no backup set could be made"]
    assert (names_in(models), names_in(backups)) == (["old_second"], [])


@pytest.mark.parametrize("left", [[], ["models"], ["models", "manifest.jsonl.new"]])
def test_what_a_kill_left_without_a_manifest_expires(
    models: Path, backups: Path, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    leftover = backups / name_of(0)
    leftover.mkdir(parents=True, mode=0o700)
    for name in left:
        (leftover / name).mkdir() if name == "models" else (leftover / name).touch()
    at(monkeypatch, 0.5)
    assert expire(models, backups, "0") == []
    at(monkeypatch, 2)
    assert expire(models, backups, "3d") == []
    assert expire(models, backups, "1d") == [leftover.name]
    assert set_names(backups) == []


@pytest.mark.parametrize("name", ["models/old_a", "models/sub/old_a", "somebody's"])
def test_a_set_without_a_manifest_that_has_something_in_it_stays(
    models: Path, backups: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_files(backups, f"{name_of(0)}/{name}")
    (backups / name_of(0)).chmod(0o700)
    at(monkeypatch, 9)
    assert expire(models, backups, "1d") == []
    assert (backups / name_of(0) / name).exists()


def test_a_set_that_was_restored_whole_goes_with_the_next_prune(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_set(models, backups, monkeypatch, day=0)
    restore(models, backups)
    # It is there still: a second restore, by its name too, has nothing left to do.
    for backup in (None, made.name):
        again = restore(models, backups, backup=backup)
        assert (again.result["changed"], again.failure, again.result["backup"]) == (False, None, made.name)
    assert prune(models, backup_dir=backups, keep=["*"]).result["expired_backups"] == [made.name]
    assert set_names(backups) == []


def test_a_second_restore_never_takes_the_set_before(
    models: Path, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = make_set(models, backups, monkeypatch, day=0, model="old_a")
    newest = make_set(models, backups, monkeypatch, day=1, model="old_b")
    restore(models, backups)
    assert prune(models, backup_dir=backups, keep=["*"]).result["expired_backups"] == []
    again = restore(models, backups).result
    assert (again["changed"], again["backup"]) == (False, newest.name)
    assert names_in(models) == ["old_b"]
    third = make_set(models, backups, monkeypatch, day=2, model="old_c")
    assert set_names(backups) == [older.name, third.name]
