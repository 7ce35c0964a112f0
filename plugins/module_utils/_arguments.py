# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The options that the modules share, and the values they come to."""

from __future__ import annotations

import os
import sys
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

ENGINE_AUTO = "auto"
ENGINE_REQUIRED = "required"
ENGINE_SKIP = "skip"

# Paths are text here, not of the type path: that would take ~ for the home of root. See parse_path.
LOCATION_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "user": {"type": "str"},
    "path": {"type": "str"},
    "working_dir": {"type": "str"},
    "sdk_python": {"type": "str"},
    "engine": {"type": "str", "choices": [ENGINE_AUTO, ENGINE_REQUIRED, ENGINE_SKIP], "default": ENGINE_AUTO},
    "engine_timeout": {"type": "int", "default": 60},
}

# Of those that can work on several model directories at once.
PATHS_ARGUMENT: dict[str, dict[str, t.Any]] = {"paths": {"type": "list", "elements": "str"}}

# What makes a model stale besides its name's beginning, and which models must be there.
RULE_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "version_pattern": {"type": "str"},
    "keep_newest": {"type": "int"},
    "required": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "name": {"type": "str", "required": True},
            "sha256": {"type": "str"},
            "bytes": {"type": "int"},
        },
    },
}


# What the SDK keeps in a directory: the models of its AI, or those of its OCR.
AI = "ai"
OCR = "ocr"


class Place(Record):
    """The path of a model directory, and which of the SDK's stores it is; None for one that ``option`` names."""

    path: str
    store: str | None = None
    option: str = "path"


class Request(Record):
    """The options that all modules share about where the models are and how the engine is asked."""

    places: tuple[Place, ...]
    working_dir: str | None
    sdk_python: str
    engine: str
    engine_timeout: int


def given(parameters: t.Mapping[str, t.Any], spec: t.Mapping[str, t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """Return a module's parameters; an empty text, or a list of nothing else, counts as unset, as null does.

    The items of lists are stripped. ``spec`` are the module's arguments. Raises OcrModelError where one is unset that
    must be set.
    """
    values = dict(parameters)
    for option, argument in spec.items():
        value = values.get(option)
        if isinstance(value, list):
            items = [item.strip() if isinstance(item, str) else item for item in value]
            kept = [item for item in items if item != ""]
            values[option] = kept if kept or not value else argument.get("default", [])
        elif isinstance(value, str) and not value.strip():
            values[option] = argument.get("default")
            if argument.get("required"):
                raise OcrModelError(f"{option} is empty; set it")
    return values


def location_request(parameters: t.Mapping[str, t.Any], home: str | None = None) -> Request:
    """Return the request that a module's parameters for LOCATION_ARGUMENTS stand for; ``home`` as for parse_path."""
    return Request(
        places=named_places(parameters, home),
        working_dir=parse_path("working_dir", parameters["working_dir"], home),
        sdk_python=parse_path("sdk_python", parameters["sdk_python"], home) or sys.executable,
        engine=parameters["engine"],
        engine_timeout=parameters["engine_timeout"],
    )


def named_places(parameters: t.Mapping[str, t.Any], home: str | None) -> tuple[Place, ...]:
    """Return the model directories that ``path`` or ``paths`` names, none where neither is set."""
    path, paths = parameters["path"], parameters.get("paths")
    if path is not None and paths:
        raise OcrModelError("path and paths are both set; set one of them")
    if path is not None:
        return (Place(t.cast("str", parse_path("path", path, home))),)
    return tuple(Place(t.cast("str", parse_path("paths", one, home)), option="paths") for one in paths or ())


def parse_path(option: str, text: str | None, home: str | None) -> str | None:
    """Return a path with ``~`` and variables expanded, as Ansible's type path does. None stays None.

    ``home`` is the home directory of the option ``user``, which ``~`` stands for then; a variable would be root's, and
    is refused with OcrModelError. None where no user is set.
    """
    if text is None:
        return None
    if home is None:
        return os.path.expanduser(os.path.expandvars(text))
    if "$" in text:
        raise OcrModelError(f"{option}: {text} has a $, but with user set no variable is expanded; write it out")
    if text == "~" or text.startswith("~/"):
        return home.rstrip("/") + text[1:]
    return os.path.expanduser(text)


def parse_stale_prefixes(prefixes: t.Sequence[str]) -> tuple[str, ...]:
    """Return the prefixes, checked. Raises OcrModelError for an empty list, an empty prefix, or one with a slash."""
    if not prefixes:
        raise OcrModelError(
            "stale_prefixes is empty; name at least one prefix, for example old_, or set version_pattern"
        )
    for prefix in prefixes:
        if not prefix:
            raise OcrModelError("stale_prefixes has an empty prefix, which every model begins with; name a real one")
        if "/" in prefix:
            raise OcrModelError(
                f"stale_prefixes: {prefix!r} has a slash; a prefix is the beginning of a file's or a folder's own name"
            )
    return tuple(prefixes)
