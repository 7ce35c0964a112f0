# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Read the facts of one host as what they are: data from a machine that may be broken or hostile.

What comes out has the promised types, is plain Python, and every text is one line that can be shown and written, so
nothing behind it needs to be careful again. One odd file or process does not hide the others: what is wrong with it is
named beside them.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import COUNTERS, NULLABLE_COUNTERS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import visible

STATUSES = ("current", "stale", "incomplete")
"""The states that C(ocr_model_facts) gives a model."""

UNKNOWN_DISK: dict[str, t.Any] = {"disk_total_bytes": None, "disk_available_bytes": None}
UNKNOWN_ENGINE: dict[str, t.Any] = {"engine_state": "unknown", "engine_version": None, "engine_message": None}

# A file's time can have any year.
_UTC_TIME = re.compile(r"[+-]?\d{1,12}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)")

# Each file has at most 2**63 - 1 bytes, and sparse files nearly that many each: their sum may be larger.
_LARGEST = 2**127
_FAULTS_SHOWN = 5

_T = t.TypeVar("_T")
Row = dict[str, t.Any]


class MalformedFacts(Exception):
    """The facts of a host do not have the form that C(ocr_model_facts) gives them. The text says what and where."""


class HostFacts(t.NamedTuple):
    """The facts of one host, checked: the columns of its row, its models sorted by name, and what is wrong."""

    columns: Row
    models: list[Row]
    faults: list[str]


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
    return visible(value)


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
        "path": _text(f"{where}.directory", facts.get("directory")),
        "name": _text(f"{where}.name", facts.get("name")),
        "status": _status(f"{where}.status", facts.get("status")),
        "stale_prefix": _nullable(_text, f"{where}.stale_prefix", facts.get("stale_prefix")),
        "bytes": _natural(f"{where}.bytes", facts.get("bytes")),
        "allocated_bytes": _natural(f"{where}.allocated_bytes", facts.get("allocated_bytes")),
        "modified": _nullable(_time, f"{where}.modified", facts.get("modified")),
        "in_use": _nullable(_boolean, f"{where}.in_use", facts.get("in_use")),
        "checksum": _nullable(_text, f"{where}.checksum", facts.get("checksum")),
    }


def _sound(where: str, value: object, read: Callable[[str, object], _T], faults: list[str]) -> list[_T]:
    """Return the items of a list that are as documented, and note what is wrong with the others."""
    found = []
    for place, item in _items(where, value):
        try:
            found.append(read(place, item))
        except MalformedFacts as error:
            faults.append(f"left out: {error}")
    return found


def _models(value: object, faults: list[str]) -> list[Row]:
    """Return all models, also those whose names are alike: both are there."""
    names: set[tuple[str, str]] = set()
    models = _sound("models", value, _model, faults)
    for model in models:
        name = (model["name"], model["path"])
        if name in names:
            faults.append(f"several models are named {model['name']}")
        names.add(name)
    return sorted(models, key=lambda model: (model["name"], model["path"]))


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
        "directory": _text(f"{where}.directory", facts.get("directory")),
        "pid": _natural(f"{where}.pid", facts.get("pid")),
        "command": _nullable(_text, f"{where}.command", facts.get("command")),
        "user": _nullable(_text, f"{where}.user", facts.get("user")),
        "unit": _nullable(_text, f"{where}.unit", facts.get("unit")),
        "models": sorted(_text(*item) for item in _items(f"{where}.models", facts.get("models"))),
        "pending": sorted(pending, key=lambda row: (row["name"], row["bytes"])),
    }


def _disk(where: str, value: object) -> Row:
    facts = _mapping(where, value)
    names = ("total_bytes", "available_bytes")
    return {f"disk_{name}": _nullable(_natural, f"{where}.{name}", facts.get(name)) for name in names}


def _directory(where: str, value: object) -> Row:
    facts = _mapping(where, value)
    row: Row = {
        "path": _text(f"{where}.path", facts.get("path")),
        "store": _nullable(_text, f"{where}.store", facts.get("store")),
        "exists": _boolean(f"{where}.exists", facts.get("exists")),
        **_sums(f"{where}.", facts),
    }
    disk = facts.get("disk")
    return {**row, **(UNKNOWN_DISK if disk is None else _disk(f"{where}.disk", disk))}


def _sums(where: str, facts: Mapping[t.Any, t.Any]) -> Row:
    sums: Row = {name: _natural(f"{where}{name}", facts.get(name)) for name in COUNTERS}
    for name in NULLABLE_COUNTERS:
        sums[name] = _nullable(_natural, f"{where}{name}", facts.get(name))
    return sums


def _fullest(directories: Iterable[Row]) -> Row:
    """Return the size and the free space of that file system of the directories which is nearest to being full."""
    disks = [
        {name: row[name] for name in UNKNOWN_DISK} for row in directories if None not in map(row.get, UNKNOWN_DISK)
    ]
    return min(
        disks,
        key=lambda disk: disk["disk_available_bytes"] / max(disk["disk_total_bytes"], 1),
        default=UNKNOWN_DISK,
    )


def _engine(where: str, value: object) -> Row:
    facts = _mapping(where, value)
    columns: Row = {"engine_state": _text(f"{where}.state", facts.get("state"))}
    for name in ("version", "message"):
        columns[f"engine_{name}"] = _nullable(_text, f"{where}.{name}", facts.get(name))
    return columns


def _or_unknown(where: str, value: object, read: Callable[[str, object], Row], unknown: Row, faults: list[str]) -> Row:
    """Return a part of the facts, or what stands for an unknown one when it is not as documented."""
    try:
        return read(where, value)
    except MalformedFacts as error:
        faults.append(f"left out: {error}")
        return unknown


def read_host_facts(value: object) -> HostFacts:
    """Return the checked facts of one host.

    Takes what the host reported as C(ocr_models). Sizes are in bytes. The columns tell of all its directories together:
    their paths, whether all of them exist, and the disk that is nearest to being full.
    A model, a process, a directory or the engine that is not as C(ocr_model_facts) documents it is left out, and named
    in the faults. Raises MalformedFacts, with the place, when the sums or the lists of directories and models are not.
    """
    facts = _mapping("ocr_models", value)
    faults: list[str] = []
    directories = _sound("directories", facts.get("directories"), _directory, faults)
    columns: Row = {
        "path": ", ".join(row["path"] for row in directories),
        "exists": bool(directories) and all(row["exists"] for row in directories),
        "gathered_at": _time("gathered_at", facts.get("gathered_at")),
        **_sums("", facts),
        "directories": directories,
        **_fullest(directories),
    }
    models = _models(facts.get("models"), faults)
    columns.update(_or_unknown("engine", facts.get("engine"), _engine, UNKNOWN_ENGINE, faults))
    try:
        holders = _sound("holders", facts.get("holders"), _holder, faults)
    except MalformedFacts as error:
        holders = []
        faults.append(f"left out: {error}")
    columns["holders"] = sorted(holders, key=lambda row: (row["pid"], row["directory"]))
    return HostFacts(columns, models, _shortened(faults))


def _shortened(faults: list[str]) -> list[str]:
    """Return the first faults, and the number of the others: a host may make up as many as it likes."""
    more = len(faults) - _FAULTS_SHOWN
    return faults if more <= 0 else [*faults[:_FAULTS_SHOWN], f"and {more} more"]
