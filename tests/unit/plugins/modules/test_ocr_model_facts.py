# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ocr_model_facts: its options, and what it hands on."""

from __future__ import annotations

import hashlib
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.modules import ocr_model_prune
from ansible_collections.ocrfleet.aspose.plugins.modules.ocr_model_facts import main
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import make_files

RunModule = t.Callable[..., t.Dict[str, t.Any]]

VERSION = r"_v(?P<version>\d+)"


def test_the_answer_is_the_facts_and_a_line_about_them(models: Path, run_module: RunModule) -> None:
    answer = run_module(main, path=str(models), engine="skip")
    assert {key for key in answer if key != "invocation"} == {"ansible_facts", "msg"}
    assert answer["msg"].startswith("3 models (")
    found = answer["ansible_facts"]["ocr_models"]
    assert [(model["name"], model["status"]) for model in found["models"]] == [
        ("a.bin", "current"),
        ("c.part", "incomplete"),
        ("old_b.bin", "stale"),
    ]
    assert found["engine"]["state"] == "skipped"


def test_check_mode_answers_the_same(models: Path, run_module: RunModule) -> None:
    answers = [
        run_module(main, path=str(models), engine="skip", holders=False, _ansible_check_mode=check_mode)
        for check_mode in (True, False)
    ]
    found = [answer["ansible_facts"]["ocr_models"] for answer in answers]
    assert found[0]["models"] == found[1]["models"]


def test_the_own_user_may_be_named(models: Path, run_module: RunModule) -> None:
    answer = run_module(main, path=str(models), engine="skip", user=str(os.geteuid()))
    assert answer["ansible_facts"]["ocr_models"]["count"] == 3
    refused = run_module(main, path="$HOME", engine="skip", user=str(os.geteuid()))
    assert "with user set no variable is expanded" in refused["msg"]


def test_options_are_handed_on(models: Path, run_module: RunModule) -> None:
    answer = run_module(
        main, path=str(models), engine="skip", stale_prefixes=["c", "a"], checksum="sha256", holders=False
    )
    found = answer["ansible_facts"]["ocr_models"]
    assert [model["stale_prefix"] for model in found["models"]] == ["a", "c", None]
    assert found["models"][0]["checksum"] == hashlib.sha256(b"a.bin").hexdigest()
    assert (found["holders"], found["pending_bytes"]) == ([], None)


@pytest.mark.parametrize(
    "parameters, stale",
    [
        ({}, {"old_b.bin": None}),
        ({"stale_prefixes": ["", " "]}, {"old_b.bin": None}),
        ({"version_pattern": VERSION}, {"a_v9.bin": "a_v10.bin"}),
        ({"version_pattern": VERSION, "stale_prefixes": []}, {"a_v9.bin": "a_v10.bin"}),
        ({"version_pattern": VERSION, "stale_prefixes": ["old_"]}, {"a_v9.bin": "a_v10.bin", "old_b.bin": None}),
        ({"version_pattern": VERSION, "keep_newest": "2"}, {}),
    ],
)
def test_what_is_stale_without_prefixes_depends_on_the_version_pattern(
    models: Path, run_module: RunModule, parameters: dict[str, t.Any], stale: dict[str, str | None]
) -> None:
    make_files(models, "a_v9.bin", "a_v10.bin")
    answer = run_module(main, path=str(models), engine="skip", **parameters)
    found = answer["ansible_facts"]["ocr_models"]["models"]
    assert {model["name"]: model["superseded_by"] for model in found if model["status"] == "stale"} == stale
    pruned = run_module(
        ocr_model_prune.main, path=str(models), engine="skip", **{"stale_prefixes": ["old_"], **parameters}
    )
    if "version_pattern" in parameters and "stale_prefixes" in parameters:
        assert {model["name"] for model in pruned["pruned"]} == set(stale)


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"engine": "skip"}, "engine is skip, so the SDK is not asked where the models are; set path"),
        ({"path": "/x", "stale_prefixes": []}, "stale_prefixes is empty"),
        ({"path": "/x", "version_pattern": "v*"}, "version_pattern: 'v*' has no group named version"),
        ({"path": "/x", "keep_newest": 1}, "keep_newest is set, but version_pattern is not"),
        ({"path": "/etc", "engine": "skip"}, "path: /etc is the system directory"),
        ({"path": "/x", "engine": "maybe"}, "value of engine must be one of: auto, required, skip, got: maybe"),
        ({"path": "/x", "checksum": "md5"}, "value of checksum must be one of: none, sha256, required, got: md5"),
        ({"path": "/x", "user": "no-such-user"}, "user: there is no user 'no-such-user' on this host"),
        (
            {"path": "/x", "sdk_python": "/missing", "engine": "required"},
            "engine is required, but: sdk_python: /missing: No such file",
        ),
    ],
)
def test_what_is_wrong_fails_the_task(run_module: RunModule, parameters: dict[str, t.Any], message: str) -> None:
    answer = run_module(main, **parameters)
    assert answer["failed"] is True
    assert message in answer["msg"]


def test_a_python_that_is_not_there_is_no_failure_where_the_path_is_set(models: Path, run_module: RunModule) -> None:
    found = run_module(main, path=str(models), sdk_python="/missing")["ansible_facts"]["ocr_models"]
    assert (found["engine"]["state"], found["count"]) == ("absent", 3)
    assert found["engine"]["message"].startswith("sdk_python: /missing: No such file or directory")
