# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which directory is meant: the one that is named, or the one that the SDK answers."""

from __future__ import annotations

import os
import sys
import typing as t

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import (
    AI,
    LOCATION_ARGUMENTS,
    OCR,
    Place,
    Request,
    location_request,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import ask as engine_ask
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import SKIPPED, EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located, locate
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError

ANSWERS = {
    "released": EngineAnswer("released", model_dir="/sdk/models"),
    "listing failed": EngineAnswer("failed", "list_local() failed", model_dir="/sdk/models"),
    "both": EngineAnswer("released", model_dir="/sdk/models", ocr_dir="/work/aspose_data"),
    "relative": EngineAnswer("released", model_dir="Aspose.AI.LLM/models"),
    "absent": EngineAnswer("absent", "the SDK is not installed"),
    "failed": EngineAnswer("failed", "the SDK aborted"),
}


def request_of(**parameters: t.Any) -> Request:
    """Return the request that a task stands for which sets only these options."""
    defaults = {option: specification.get("default") for option, specification in LOCATION_ARGUMENTS.items()}
    return location_request(dict(defaults, **parameters))


def located(monkeypatch: pytest.MonkeyPatch, answer: str, **parameters: t.Any) -> Located:
    """Locate the model directory while the SDK gives that answer."""
    monkeypatch.setattr(engine_ask, "ask_engine", lambda **_arguments: ANSWERS[answer])
    return locate(request_of(**parameters), {})


def test_the_defaults_of_a_task() -> None:
    assert request_of() == Request((), None, sys.executable, "auto", 60)
    assert request_of(sdk_python="/python").sdk_python == "/python"


@pytest.mark.parametrize("engine", ["auto", "required"])
@pytest.mark.parametrize("path, expected", [(None, Place("/sdk/models", AI)), ("/named", Place("/named"))])
def test_the_path_that_is_named_goes_before_the_sdks(
    monkeypatch: pytest.MonkeyPatch, engine: str, path: str | None, expected: Place
) -> None:
    location = located(monkeypatch, "released", engine=engine, path=path)
    assert location == Located((expected,), ANSWERS["released"])


def test_an_engine_that_told_its_directory_before_it_failed_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert located(monkeypatch, "listing failed") == Located((Place("/sdk/models", AI),), ANSWERS["listing failed"])


@pytest.mark.parametrize("answer", ["absent", "failed", "relative"])
def test_without_an_engine_auto_goes_on_from_the_path(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    assert located(monkeypatch, answer, path="/named") == Located((Place("/named"),), ANSWERS[answer])


@pytest.mark.parametrize("answer, message", [("absent", "the SDK is not installed"), ("failed", "the SDK aborted")])
def test_without_an_engine_and_without_a_path_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, answer: str, message: str
) -> None:
    with pytest.raises(OcrModelError) as caught:
        located(monkeypatch, answer)
    assert str(caught.value) == f"path is not set, and the SDK does not tell it: {message}"


@pytest.mark.parametrize("answer", ["absent", "failed", "listing failed"])
@pytest.mark.parametrize("path", [None, "/named"])
def test_a_required_engine_that_fails_is_an_error(
    monkeypatch: pytest.MonkeyPatch, answer: str, path: str | None
) -> None:
    with pytest.raises(OcrModelError) as caught:
        located(monkeypatch, answer, engine="required", path=path)
    assert str(caught.value) == f"engine is required, but: {ANSWERS[answer].message}"


def test_a_relative_answer_needs_a_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OcrModelError, match=r"relative path Aspose\.AI\.LLM/models; set working_dir to the folder"):
        located(monkeypatch, "relative")


def test_skip_never_asks_and_needs_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(**_arguments: t.Any) -> t.NoReturn:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(engine_ask, "ask_engine", asked)
    assert locate(request_of(engine="skip", path="/named"), {}) == Located((Place("/named"),), SKIPPED)
    with pytest.raises(OcrModelError, match=r"^engine is skip, .*; set path$"):
        locate(request_of(engine="skip"), {})


def test_what_the_engine_is_asked_with(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, t.Any]] = []

    def ask(**arguments: t.Any) -> EngineAnswer:
        asked.append(arguments)
        return ANSWERS["released"]

    monkeypatch.setattr(engine_ask, "ask_engine", ask)
    locate(request_of(sdk_python="/python", working_dir="/work", engine_timeout=5), {"HOME": "/home/ocr"})
    assert asked == [
        {
            "python": "/python",
            "working_dir": "/work",
            "timeout": 5,
            "environment": {"HOME": "/home/ocr"},
            "ocr_models": True,
        }
    ]
    # Only below a known working directory, and where no directory is named.
    locate(request_of(), {})
    locate(request_of(working_dir="/work", path="/named", engine="required"), {})
    assert [arguments["ocr_models"] for arguments in asked[1:]] == [False, False]


def test_both_stores_of_the_sdk_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    location = located(monkeypatch, "both", working_dir="/work")
    assert location.places == (Place("/sdk/models", AI), Place("/work/aspose_data", OCR))
    assert location.label == "path: /sdk/models, /work/aspose_data"


def test_several_directories_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    location = located(monkeypatch, "both", paths=["/a", "~/b"], working_dir="/work")
    assert location.named == [("paths", "/a"), ("paths", os.path.expanduser("~/b"))]
    with pytest.raises(OcrModelError, match=r"^path and paths are both set; set one of them$"):
        request_of(path="/a", paths=["/b"])
    assert request_of(path="/a", paths=[]).places == (Place("/a"),)
