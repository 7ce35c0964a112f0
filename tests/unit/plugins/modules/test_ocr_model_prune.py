# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ocr_model_prune: its options, and what it hands on."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.modules import ocr_model_prune
from ansible_collections.ocrfleet.aspose.plugins.modules.ocr_model_prune import main

RunModule = t.Callable[..., t.Dict[str, t.Any]]

SKIP = {"engine": "skip", "stale_prefixes": ["old_"]}


@pytest.mark.parametrize("check_mode", [True, False])
def test_check_mode_is_handed_on(models: Path, run_module: RunModule, check_mode: bool) -> None:
    answer = run_module(main, path=str(models), _ansible_check_mode=check_mode, _ansible_diff=True, **SKIP)
    assert answer["changed"] is True
    assert [model["name"] for model in answer["pruned"]] == ["old_b.bin"]
    assert answer["diff"]["after"] == "a.bin\nc.part\n"
    assert (models / "old_b.bin").exists() is check_mode
    assert answer["ocr_models"]["stale_count"] == int(check_mode)


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_names_are_compared_only_in_diff_mode(models: Path, run_module: RunModule, check_mode: bool) -> None:
    answer = run_module(main, path=str(models), _ansible_check_mode=check_mode, **SKIP)
    assert answer["changed"] is True
    assert "diff" not in answer


def test_a_second_run_changes_nothing(models: Path, run_module: RunModule) -> None:
    answers = [run_module(main, path=str(models), **SKIP)["changed"] for _turn in range(2)]
    assert answers == [True, False]


def test_options_are_handed_on(models: Path, run_module: RunModule) -> None:
    backups = models.parent / "backups"
    options = {
        "keep": ["nothing"],
        "min_age": "0",
        "incomplete": True,
        "max_prune": "100%",
        "in_use": "ignore",
        "backup_dir": str(backups),
        "backup_max_age": "9d",
        "user": str(os.geteuid()),
    }
    answer = run_module(main, path=str(models), **SKIP, **options)
    assert [model["name"] for model in answer["pruned"]] == ["c.part", "old_b.bin"]
    assert os.listdir(str(backups)) == [answer["backup"]]


def test_a_refused_plan_fails_the_task_and_names_the_models(models: Path, run_module: RunModule) -> None:
    answer = run_module(main, path=str(models), max_prune="0", **SKIP)
    assert answer["failed"] is True
    assert answer["msg"].endswith("more than max_prune 0 allows; nothing was removed")
    assert (answer["pruned"], answer["kept"], answer["failed_models"]) == ([], ["old_b.bin"], [])
    assert not {"ocr_models", "ansible_facts", "engine", "diff"} & answer.keys()


def test_warnings_are_handed_on(
    models: Path, run_module: RunModule, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prune = ocr_model_prune.prune

    def warned(*arguments: t.Any, **options: t.Any) -> t.Any:
        # What it is called with is the module's business.
        return prune(*arguments, **options)._replace(warnings=["the one", "the other"])  # pylint: disable=missing-kwoa

    monkeypatch.setattr(ocr_model_prune, "prune", warned)
    run_module(main, path=str(models), **SKIP)
    assert warnings == ["the one", "the other"]


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"path": "/x"}, "one of the following is required: stale_prefixes, version_pattern"),
        ({"path": "/x", "stale_prefixes": [""]}, "stale_prefixes is empty"),
        (
            {"path": "/x", "version_pattern": " "},
            "stale_prefixes is empty; name at least one prefix, for example old_, or",
        ),
        ({"path": "/x", "version_pattern": r"\d"}, "version_pattern: '\\\\d' has no group named version"),
        ({"path": "/x", "version_pattern": "(?P<version>"}, "version_pattern: '(?P<version>' is no regular expression"),
        ({"path": "/x", "keep_newest": 2, **SKIP}, "keep_newest is set, but version_pattern is not"),
        ({"path": "/x", "keep_newest": 0, "version_pattern": "(?P<version>.)"}, "keep_newest: 0 would keep no model"),
        ({"path": "/x", "required": [{"name": "a/../b"}], **SKIP}, "required: 'a/../b' has the part '..'"),
        ({"path": "/x", "required": [{"sha256": "ab"}], **SKIP}, "missing required arguments: name found in required"),
        ({"path": "/x", "checksum": "sha256", **SKIP}, "value of checksum must be one of: none, required, got: sha256"),
        ({"path": "/x", "min_free": "120%", **SKIP}, "min_free: '120%' is neither a share nor a size"),
        ({"path": "/", **SKIP}, "path: / is the system directory /"),
        ({"path": "/x", "in_use": "kill", **SKIP}, "value of in_use must be one of: skip, fail, ignore, got: kill"),
        ({"path": "/x", "min_age": "old", **SKIP}, "min_age: 'old' is not an age"),
        ({"path": "/x", "backup_max_age": "1d", **SKIP}, "backup_dir"),
        ({"path": "/x", "backup_dir": "/x", "user": "no-such-user", **SKIP}, "user: there is no user 'no-such-user'"),
    ],
)
def test_what_is_wrong_fails_the_task(run_module: RunModule, parameters: dict[str, t.Any], message: str) -> None:
    answer = run_module(main, **parameters)
    assert answer["failed"] is True
    assert message in answer["msg"]
