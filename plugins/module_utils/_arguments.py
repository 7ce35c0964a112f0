# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The options that the modules share, and the values they come to."""

from __future__ import annotations

import sys
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._location import AUTO, REQUIRED, SKIP, Request

LOCATION_ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "path": {"type": "path"},
    "working_dir": {"type": "path"},
    "sdk_python": {"type": "path"},
    "engine": {"type": "str", "choices": [AUTO, REQUIRED, SKIP], "default": AUTO},
    "engine_timeout": {"type": "int", "default": 60},
}


def location_request(parameters: t.Mapping[str, t.Any]) -> Request:
    """Return the request that a module's parameters for LOCATION_ARGUMENTS stand for."""
    return Request(
        path=parameters["path"],
        working_dir=parameters["working_dir"],
        sdk_python=parameters["sdk_python"] or sys.executable,
        engine=parameters["engine"],
        engine_timeout=parameters["engine_timeout"],
    )


def parse_stale_prefixes(prefixes: t.Sequence[str]) -> tuple[str, ...]:
    """Return the prefixes, checked. Raises OcrModelError for an empty list, an empty prefix, or one with a slash."""
    if not prefixes:
        raise OcrModelError("stale_prefixes is empty; name at least one prefix, for example old_")
    for prefix in prefixes:
        if not prefix:
            raise OcrModelError("stale_prefixes has an empty prefix, which every model begins with; name a real one")
        if "/" in prefix:
            raise OcrModelError(
                f"stale_prefixes: {prefix!r} has a slash; a prefix is the beginning of a file's or a folder's own name"
            )
    return tuple(prefixes)
