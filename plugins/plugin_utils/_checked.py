# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read values that nobody vouches for: each becomes plain Python of the promised type, or is refused with its place.

A text becomes one line that can be shown and written.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import visible

# A file's time can have any year.
_UTC_TIME = re.compile(r"[+-]?\d{1,12}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)")

# Each file has at most 2**63 - 1 bytes, and sparse files nearly that many each: their sum may be larger.
_LARGEST = 2**127

_NOTHING: Mapping[str, t.Any] = {}

_T = t.TypeVar("_T")
Row = dict[str, t.Any]


class MalformedFacts(Exception):
    """The facts of a host do not have the form that C(ocr_model_facts) gives them. The text says what and where."""


def _kind(value: object) -> str:
    if value is None:
        return "null"
    for type_, name in ((bool, "a boolean"), (str, "a string"), (int, "an integer"), (float, "a float")):
        if isinstance(value, type_):
            return name
    if isinstance(value, Mapping):
        return "a dictionary"
    return "a list" if isinstance(value, Sequence) else type(value).__name__


def _expect(where: str, wanted: str, value: object) -> MalformedFacts:
    return MalformedFacts(f"{where} is {_kind(value)}, not {wanted}")


def as_text(where: str, value: object) -> str:
    """Return a text as one line that can be shown."""
    if not isinstance(value, str):
        raise _expect(where, "a string", value)
    return visible(value)


def as_natural(where: str, value: object) -> int:
    """Return a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _expect(where, "an integer", value)
    if not 0 <= value <= _LARGEST:
        raise MalformedFacts(f"{where} is out of range")
    return int(value)


def as_boolean(where: str, value: object) -> bool:
    """Return what is true or false."""
    if not isinstance(value, bool):
        raise _expect(where, "a boolean", value)
    return value


def as_time(where: str, value: object) -> str:
    """Return a time in UTC by ISO 8601, as it is written."""
    found = as_text(where, value)
    if not _UTC_TIME.fullmatch(found):
        raise MalformedFacts(f"{where} is not a time in UTC by ISO 8601")
    return found


def as_one_of(where: str, value: object, choices: Sequence[str]) -> str:
    """Return a text that is one of these."""
    found = as_text(where, value)
    if found not in choices:
        raise MalformedFacts(f"{where} is none of {', '.join(choices)}")
    return found


def nullable(read: Callable[[str, object], _T], where: str, value: object) -> _T | None:
    """Return null, or what ``read`` makes of the value."""
    return None if value is None else read(where, value)


def as_mapping(where: str, value: object) -> Mapping[t.Any, t.Any]:
    """Return a dictionary, of any keys and values."""
    if not isinstance(value, Mapping):
        raise _expect(where, "a dictionary", value)
    return value


def list_or_nothing(value: object) -> list[t.Any]:
    """Return a list, and an empty one for all else."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, (str, bytes)) else []


def mapping_or_nothing(value: object) -> Mapping[str, t.Any]:
    """Return a dictionary, and an empty one for all else."""
    return value if isinstance(value, Mapping) else _NOTHING


def as_items(where: str, value: object) -> Iterable[tuple[str, t.Any]]:
    """Return the items of a list, each with its place."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise _expect(where, "a list", value)
    return ((f"{where}[{index}]", item) for index, item in enumerate(value))
