# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models are removed while services stand still: only then, and not after a stop that failed or a signal.

The pause is the real one, its services write words into a file.
"""

from __future__ import annotations

import os
import signal
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.making import new_set
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.place import open_backup_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.writer import NewBackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import removal
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.execution import remove
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.outcome import Outcome
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils._prune.test_removal import choices, fates
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import make_files, names_in
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.pauses import (
    Words,
    ask_to_end,
    pause_of,
    words,
)
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import OPEN, holding

pytestmark = pytest.mark.usefixtures("own_processes")


@pytest.fixture(autouse=True)
def _files(models: Path) -> None:
    """Two stale models, and a current one."""
    make_files(models, "old_a", "old_b", "b")


@pytest.fixture
def file(area: Path) -> Path:
    """Where the services write."""
    return area / "words"


def removed_in_pause(
    directory: ModelDirectory,
    file: Path,
    *,
    policy: str = "skip",
    stop_failure: str | None = None,
    destination: NewBackupSet | None = None,
) -> Outcome:
    """Remove all stale models while the services stand still."""
    with pause_of(file) as pause:
        t.cast(Words, pause._manager).stop_failure = stop_failure
        run = removal.Removal(directory, choices(directory), policy=policy, destination=destination, pause=pause)
        remove([run], policy=policy, pause=pause)
    return run.outcome


@pytest.fixture
def copies_into(directory: ModelDirectory, backups: Path, way: str) -> t.Iterator[NewBackupSet]:
    """A new backup set of these models."""
    with open_backup_directory(str(backups), [directory], wanted=True, check_mode=False) as place:
        models = [choice.model for choice in choices(directory)]
        made = new_set(place, directory, models, now_ns=time.time_ns())
        yield made
        made.finish()


def names_in_the_set(backups: Path) -> list[str]:
    """The models in the only backup set."""
    (backup_set,) = backups.iterdir()
    return names_in(backup_set / "models")


def test_services_stand_still_for_the_removal(
    models: Path, directory: ModelDirectory, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink
    seen = []

    def noted(name: t.Any, *, dir_fd: int | None = None) -> None:
        seen.append(words(file))
        unlink(name, dir_fd=dir_fd)

    monkeypatch.setattr("os.unlink", noted)
    assert fates(removed_in_pause(directory, file)) == {"old_a": "removed", "old_b": "removed"}
    assert [words for words in seen if words] == [["stop"], ["stop"]]
    assert words(file) == ["stop", "start"]
    assert names_in(models) == ["b"]


def test_after_a_stop_that_failed_nothing_is_removed(models: Path, directory: ModelDirectory, file: Path) -> None:
    outcome = removed_in_pause(directory, file, stop_failure="hangs")
    assert outcome.refusal == "ocr hangs; nothing was removed"
    assert set(fates(outcome).values()) == {"a service could not be stopped"}
    assert names_in(models) == ["b", "old_a", "old_b"]
    assert words(file) == ["stop", "start"]


def test_with_fail_a_model_that_is_in_use_all_the_same_refuses_the_plan(
    models: Path, directory: ModelDirectory, file: Path
) -> None:
    with holding(OPEN, models / "old_b") as process:
        outcome = removed_in_pause(directory, file, policy="fail")
    assert outcome.refusal is not None
    assert f"old_b: in use by {process.pid} ({process.command}" in outcome.refusal
    assert fates(outcome) == dict.fromkeys(["old_a", "old_b"], "the whole plan is refused")
    assert names_in(models) == ["b", "old_a", "old_b"]
    assert words(file) == ["stop", "start"]


@pytest.mark.parametrize("batch, opened", [(64, [b"old_a", b"old_b"]), (1, [b"old_a"])])
def test_a_signal_ends_the_run_between_two_models(
    models: Path,
    directory: ModelDirectory,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
    opened: list[bytes],
) -> None:
    unlink, open_scanned = os.unlink, removal.open_scanned
    seen: list[bytes] = []

    def interrupted(name: t.Any, *, dir_fd: int | None = None) -> None:
        unlink(name, dir_fd=dir_fd)
        if name == b"old_a":
            ask_to_end(signal.SIGTERM)

    def noted(folder: int, model: Model, **how: bool) -> tuple[int, os.stat_result]:
        seen.append(model.file_name)
        return open_scanned(folder, model, **how)

    monkeypatch.setattr("os.unlink", interrupted)
    monkeypatch.setattr(removal, "open_scanned", noted)
    monkeypatch.setattr(removal, "most_leases", lambda: batch)
    outcome = removed_in_pause(directory, file)
    assert fates(outcome) == {"old_a": "removed", "old_b": "the run was ended by SIGTERM"}
    assert outcome.interruption == "the run was ended by SIGTERM"
    # Nothing of the batches that follow is opened any more: the services wait.
    assert seen == opened
    assert names_in(models) == ["b", "old_b"]
    assert words(file) == ["stop", "start"]


@pytest.mark.parametrize("stop_failure", ["hangs", None])
def test_of_what_stays_no_copy_is_left_in_the_set(
    models: Path,
    backups: Path,
    directory: ModelDirectory,
    file: Path,
    copies_into: NewBackupSet,
    stop_failure: str | None,
) -> None:
    with holding(OPEN, models / "old_b"):
        outcome = removed_in_pause(directory, file, stop_failure=stop_failure, destination=copies_into)
    kept = {"old_a", "old_b"} if stop_failure else {"old_b"}
    assert {choice.model.name for choice in outcome.kept} == kept
    assert set(names_in(models)) == {"b", *kept}
    assert set(names_in_the_set(backups)) == {"old_a", "old_b"} - kept
    assert outcome.warnings == []


def test_whatever_ends_the_work_the_services_start_and_each_model_has_a_fate(
    models: Path, directory: ModelDirectory, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: t.Any) -> t.NoReturn:
        raise MemoryError

    monkeypatch.setattr(removal, "batches", broken)
    outcome = removed_in_pause(directory, file)
    assert len(outcome.failed) == 2
    assert words(file) == ["stop", "start"]
    assert names_in(models) == ["b", "old_a", "old_b"]
