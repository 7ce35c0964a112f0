# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ocr_model_restore: its options, and what it hands on."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.modules import ocr_model_prune
from ansible_collections.ocrfleet.aspose.plugins.modules.ocr_model_restore import main

RunModule = t.Callable[..., t.Dict[str, t.Any]]


@pytest.fixture
def options(models: Path, run_module: RunModule) -> dict[str, str]:
    """The options that name the set which a prune made."""
    places = {"path": str(models), "backup_dir": str(models.parent / "backups")}
    pruned = run_module(ocr_model_prune.main, engine="skip", stale_prefixes=["old_", "c"], **places)
    return dict(places, backup=pruned["backup"])


@pytest.mark.parametrize("check_mode", [True, False])
def test_check_mode_is_handed_on(
    models: Path, run_module: RunModule, options: dict[str, str], check_mode: bool
) -> None:
    answer = run_module(main, _ansible_check_mode=check_mode, **options)
    assert answer["changed"] is True
    assert [model["name"] for model in answer["restored"]] == ["c.part", "old_b.bin"]
    assert (models / "old_b.bin").exists() is not check_mode
    assert run_module(main, **options)["changed"] is check_mode


@pytest.mark.parametrize("diff", [True, False])
def test_the_names_are_compared_only_in_diff_mode(run_module: RunModule, options: dict[str, str], diff: bool) -> None:
    answer = run_module(main, _ansible_diff=diff, **options)
    assert ("diff" in answer) is diff
    if diff:
        assert (answer["diff"]["before"], answer["diff"]["after"]) == ("a.bin\n", "a.bin\nc.part\nold_b.bin\n")


def test_options_are_handed_on(models: Path, run_module: RunModule, options: dict[str, str]) -> None:
    (models / "old_b.bin").write_bytes(b"newer")
    kept = run_module(main, names=["old_*"], user=str(os.geteuid()), **options)
    assert [model["reason"] for model in kept["kept"]] == ["exists again; set force to replace it"]
    forced = run_module(main, names=["old_*"], force=True, **options)
    assert [model["name"] for model in forced["restored"]] == ["old_b.bin"]
    assert (models / "old_b.bin").read_bytes() == b"old_b.bin"


@pytest.mark.parametrize("value, listed", [(True, True), ("yes", True), ("false", False), (0, False)])
def test_the_sets_are_listed(
    models: Path, run_module: RunModule, options: dict[str, str], value: t.Any, listed: bool
) -> None:
    answer = run_module(main, list=value, **options)
    assert ("sets" in answer, (models / "old_b.bin").exists()) == (listed, not listed)
    if listed:
        assert [(found["name"], found["models"]) for found in answer["sets"]] == [(options["backup"], 2)]
        assert (answer["changed"], answer["restored"]) == (False, [])


def test_what_cannot_be_restored_fails_the_task_and_names_the_models(
    models: Path, run_module: RunModule, options: dict[str, str]
) -> None:
    (models / "old_b.bin").mkdir()
    answer = run_module(main, **options)
    assert answer["failed"] is True
    assert answer["msg"].startswith("1 of 2 models could not be restored; old_b.bin: a folder of its name")
    assert (answer["restored"], answer["kept"]) == (["c.part"], [])
    assert [model["name"] for model in answer["failed_models"]] == ["old_b.bin"]


def test_no_set_is_a_warning(models: Path, run_module: RunModule, warnings: list[str]) -> None:
    answer = run_module(main, path=str(models), backup_dir=str(models.parent / "none"))
    assert answer["changed"] is False
    assert warnings == [f"There is no backup set of {models} in {models.parent}/none; nothing was restored"]


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"path": "/x"}, "missing required arguments: backup_dir"),
        ({"backup_dir": "/x"}, "path is not set; name the model directory of the prune"),
        ({"path": "/missing", "backup_dir": "/x"}, "path: /missing does not exist; make it"),
        ({"path": "/etc", "backup_dir": "/x"}, "path: /etc is the system directory"),
        ({"path": "/x", "backup_dir": "/x", "user": "no-such-user"}, "user: there is no user 'no-such-user'"),
    ],
)
def test_what_is_wrong_fails_the_task(run_module: RunModule, parameters: dict[str, t.Any], message: str) -> None:
    answer = run_module(main, **parameters)
    assert answer["failed"] is True
    assert message in answer["msg"]
