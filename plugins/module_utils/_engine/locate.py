# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Find out which directories are meant: those that are named, or those that the SDK answers."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import (
    AI,
    ENGINE_REQUIRED,
    ENGINE_SKIP,
    OCR,
    Place,
    Request,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import SKIPPED, EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed


class Located(Record):
    """The model directories, at least one, and what the engine said."""

    places: tuple[Place, ...]
    engine: EngineAnswer

    @property
    def named(self) -> list[tuple[str, str]]:
        """The option that a message names, and the path, of each."""
        return [(place.option, place.path) for place in self.places]

    @property
    def label(self) -> str:
        """How a message names them all."""
        return f"{self.places[0].option}: {', '.join(displayed(place.path) for place in self.places)}"


def load_engine(request: Request) -> None:
    """Import what ``locate`` needs beside this: the user whose identity is taken on cannot read the module's file."""
    if request.engine != ENGINE_SKIP:
        # pylint: disable-next=unused-import
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import ask, messages  # noqa: F401


def locate(request: Request, environment: t.Mapping[str, str]) -> Located:
    """Ask the engine unless it is to be skipped, and return where the models are.

    Raises OcrModelError when the engine is required and did not answer, or when neither the path is named nor the SDK
    tells an absolute one.
    """
    if request.engine == ENGINE_SKIP:
        if not request.places:
            raise OcrModelError("engine is skip, so the SDK is not asked where the models are; set path")
        return Located(request.places, SKIPPED)
    # Only here: a run that skips the engine need not load what asks it.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.ask import ask_engine

    answer = ask_engine(
        python=request.sdk_python,
        working_dir=request.working_dir,
        timeout=request.engine_timeout,
        environment=environment,
        # Below the working directory, so only where that is known.
        ocr_models=not request.places and request.working_dir is not None,
    )
    if request.engine == ENGINE_REQUIRED and answer.state != "released":
        raise OcrModelError(f"engine is required, but: {answer.message}")
    if request.places:
        return Located(request.places, answer)
    if answer.model_dir is None:
        raise OcrModelError(f"path is not set, and the SDK does not tell it: {answer.message}")
    if not os.path.isabs(answer.model_dir):
        raise OcrModelError(
            f"The SDK answers the relative path {answer.model_dir}; set working_dir to the folder in which the OCR "
            "application runs, or set path"
        )
    places = [Place(answer.model_dir, AI)]
    if answer.ocr_dir is not None:
        places.append(Place(answer.ocr_dir, OCR))
    return Located(tuple(places), answer)
