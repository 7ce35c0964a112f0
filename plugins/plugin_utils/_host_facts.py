# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read the facts of one host as what they are: data from a machine that may be broken or hostile.

What comes out has the promised types and is plain Python, so nothing behind it needs to be careful again.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

STATUSES = ("current", "stale", "incomplete")
"""The states that C(ocr_model_facts) gives a model."""

COUNTERS = (
    "count",
    "bytes",
    "allocated_bytes",
    "stale_count",
    "stale_bytes",
    "incomplete_count",
    "incomplete_bytes",
)
"""The sums that every host knows, in the order of the report's columns."""

NULLABLE_COUNTERS = ("in_use_count", "pending_bytes")
"""The sums that a host may not be able to know: null then."""

_UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 2**63 - 1

_T = t.TypeVar("_T")
Row = dict[str, t.Any]


class MalformedFacts(Exception):
    """The facts of a host do not have the form that C(ocr_model_facts) gives them. The text says what and where."""


class HostFacts(t.NamedTuple):
    """The facts of one host, checked: the columns of its row, and its models sorted by name."""

    columns: Row
    models: list[Row]


def printable(value: str) -> str:
    """Return the text such that it can be written as UTF-8.

    A byte of a file name that is not UTF-8 arrives as a lone surrogate (PEP 383) and becomes C(\\xNN).
    """
    if value.isascii():
        return value
    return _SURROGATE.sub(_spell_surrogate, value)


def _spell_surrogate(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"


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


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise _expect(where, "a string", value)
    return printable(value)


def _natural(where: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _expect(where, "an integer", value)
    if not 0 <= value <= _LARGEST:
        raise MalformedFacts(f"{where} is out of range")
    return int(value)


def _boolean(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _expect(where, "a boolean", value)
    return value


def _time(where: str, value: object) -> str:
    text = _text(where, value)
    if not _UTC_TIME.fullmatch(text):
        raise MalformedFacts(f"{where} is not a time in UTC by ISO 8601")
    return text


def _status(where: str, value: object) -> str:
    text = _text(where, value)
    if text not in STATUSES:
        raise MalformedFacts(f"{where} is none of {', '.join(STATUSES)}")
    return text


def _nullable(read: Callable[[str, object], _T], where: str, value: object) -> _T | None:
    return None if value is None else read(where, value)


def _mapping(where: str, value: object) -> Mapping[t.Any, t.Any]:
    if not isinstance(value, Mapping):
        raise _expect(where, "a dictionary", value)
    return value


def _items(where: str, value: object) -> Iterable[tuple[str, t.Any]]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise _expect(where, "a list", value)
    return ((f"{where}[{index}]", item) for index, item in enumerate(value))


def _model(where: str, value: object) -> Row:
    facts = _mapping(where, value)
    return {
        "name": _text(f"{where}.name", facts.get("name")),
        "status": _status(f"{where}.status", facts.get("status")),
        "stale_prefix": _nullable(_text, f"{where}.stale_prefix", facts.get("stale_prefix")),
        "bytes": _natural(f"{where}.bytes", facts.get("bytes")),
        "allocated_bytes": _natural(f"{where}.allocated_bytes", facts.get("allocated_bytes")),
        "modified": _time(f"{where}.modified", facts.get("modified")),
        "in_use": _nullable(_boolean, f"{where}.in_use", facts.get("in_use")),
        "checksum": _nullable(_text, f"{where}.checksum", facts.get("checksum")),
    }


def _models(value: object) -> list[Row]:
    models: dict[str, Row] = {}
    for where, item in _items("models", value):
        model = _model(where, item)
        if model["name"] in models:
            raise MalformedFacts(f"{where}.name repeats an earlier name")
        models[model["name"]] = model
    return [models[name] for name in sorted(models)]


def _pending(where: str, value: object) -> Row:
    facts = _mapping(where, value)
    return {
        "name": _text(f"{where}.name", facts.get("name")),
        "bytes": _natural(f"{where}.bytes", facts.get("bytes")),
    }


def _holder(where: str, value: object) -> Row:
    facts = _mapping(where, value)
    pending = [_pending(*item) for item in _items(f"{where}.pending", facts.get("pending"))]
    return {
        "pid": _natural(f"{where}.pid", facts.get("pid")),
        "command": _nullable(_text, f"{where}.command", facts.get("command")),
        "user": _nullable(_text, f"{where}.user", facts.get("user")),
        "unit": _nullable(_text, f"{where}.unit", facts.get("unit")),
        "models": sorted(_text(*item) for item in _items(f"{where}.models", facts.get("models"))),
        "pending": sorted(pending, key=lambda row: (row["name"], row["bytes"])),
    }


def read_host_facts(value: object) -> HostFacts:
    """Return the checked facts of one host.

    Takes what the host reported as C(ocr_models). Sizes are in bytes.
    Raises MalformedFacts, with the place, when they are not as C(ocr_model_facts) documents them.
    """
    facts = _mapping("ocr_models", value)
    disk = _mapping("disk", facts.get("disk") or {})
    engine = _mapping("engine", facts.get("engine"))
    columns: Row = {
        "path": _text("path", facts.get("path")),
        "exists": _boolean("exists", facts.get("exists")),
        "gathered_at": _time("gathered_at", facts.get("gathered_at")),
    }
    for name in COUNTERS:
        columns[name] = _natural(name, facts.get(name))
    for name in NULLABLE_COUNTERS:
        columns[name] = _nullable(_natural, name, facts.get(name))
    for name in ("total_bytes", "available_bytes"):
        columns[f"disk_{name}"] = _nullable(_natural, f"disk.{name}", disk.get(name))
    columns["engine_state"] = _text("engine.state", engine.get("state"))
    for name in ("version", "message"):
        columns[f"engine_{name}"] = _nullable(_text, f"engine.{name}", engine.get(name))
    holders = [_holder(*item) for item in _items("holders", facts.get("holders"))]
    columns["holders"] = sorted(holders, key=lambda row: t.cast(int, row["pid"]))
    return HostFacts(columns, _models(facts.get("models")))
