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

import typing as t
from collections.abc import Callable, Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import DIFFERENT, INCOMPLETE, PRESENT, STALE
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import MISSING
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import COUNTERS, NULLABLE_COUNTERS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import (
    MalformedFacts,
    Row,
    as_boolean,
    as_items,
    as_mapping,
    as_natural,
    as_one_of,
    as_text,
    as_time,
    nullable,
)
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import MODEL_STATUSES

LACKING_STATES = (MISSING, DIFFERENT)
"""What a required model is that is not as it should be."""

REQUIRED_COUNTERS = tuple(f"{state}_count" for state in LACKING_STATES)
"""What is counted of the models that a host must have: null where it was not told of any."""

ALLOCATED = {f"{status}_allocated_bytes": status for status in (STALE, INCOMPLETE)}
"""What models of a state take up on the disk: sums that the report makes."""

UNKNOWN_DISK: dict[str, t.Any] = {"disk_total_bytes": None, "disk_available_bytes": None}
UNKNOWN_ENGINE: dict[str, t.Any] = {"engine_state": "unknown", "engine_version": None, "engine_message": None}

_FAULTS_SHOWN = 5

_T = t.TypeVar("_T")


class HostFacts(t.NamedTuple):
    """The facts of one host, checked: the columns of its row, its models sorted by name, and what is wrong."""

    columns: Row
    models: list[Row]
    faults: list[str]


def _model(where: str, value: object) -> Row:
    facts = as_mapping(where, value)
    return {
        "path": as_text(f"{where}.directory", facts.get("directory")),
        "name": as_text(f"{where}.name", facts.get("name")),
        "status": as_one_of(f"{where}.status", facts.get("status"), MODEL_STATUSES),
        "stale_prefix": nullable(as_text, f"{where}.stale_prefix", facts.get("stale_prefix")),
        "bytes": as_natural(f"{where}.bytes", facts.get("bytes")),
        "allocated_bytes": as_natural(f"{where}.allocated_bytes", facts.get("allocated_bytes")),
        "modified": nullable(as_time, f"{where}.modified", facts.get("modified")),
        "in_use": nullable(as_boolean, f"{where}.in_use", facts.get("in_use")),
        "checksum": nullable(as_text, f"{where}.checksum", facts.get("checksum")),
    }


def _required(where: str, value: object) -> Row:
    facts = as_mapping(where, value)
    return {
        "name": as_text(f"{where}.name", facts.get("name")),
        "state": as_one_of(f"{where}.state", facts.get("state"), (PRESENT, *LACKING_STATES)),
    }


def _sound(where: str, value: object, read: Callable[[str, object], _T], faults: list[str]) -> list[_T]:
    """Return the items of a list that are as documented, and note what is wrong with the others."""
    found = []
    for place, item in as_items(where, value):
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
    facts = as_mapping(where, value)
    return {
        "name": as_text(f"{where}.name", facts.get("name")),
        "bytes": as_natural(f"{where}.bytes", facts.get("bytes")),
    }


def _holder(where: str, value: object) -> Row:
    facts = as_mapping(where, value)
    pending = [_pending(*item) for item in as_items(f"{where}.pending", facts.get("pending"))]
    return {
        "directory": as_text(f"{where}.directory", facts.get("directory")),
        "pid": as_natural(f"{where}.pid", facts.get("pid")),
        "command": nullable(as_text, f"{where}.command", facts.get("command")),
        "user": nullable(as_text, f"{where}.user", facts.get("user")),
        "unit": nullable(as_text, f"{where}.unit", facts.get("unit")),
        "models": sorted(as_text(*item) for item in as_items(f"{where}.models", facts.get("models"))),
        "pending": sorted(pending, key=lambda row: (row["name"], row["bytes"])),
    }


def _disk(where: str, value: object) -> Row:
    facts = as_mapping(where, value)
    names = ("total_bytes", "available_bytes")
    return {f"disk_{name}": nullable(as_natural, f"{where}.{name}", facts.get(name)) for name in names}


def _directory(where: str, value: object) -> Row:
    facts = as_mapping(where, value)
    row: Row = {
        "path": as_text(f"{where}.path", facts.get("path")),
        "store": nullable(as_text, f"{where}.store", facts.get("store")),
        "exists": as_boolean(f"{where}.exists", facts.get("exists")),
        "gathered_at": nullable(as_time, f"{where}.gathered_at", facts.get("gathered_at")),
        **_sums(f"{where}.", facts),
    }
    disk = facts.get("disk")
    return {**row, **(UNKNOWN_DISK if disk is None else _disk(f"{where}.disk", disk))}


def _sums(where: str, facts: Mapping[t.Any, t.Any]) -> Row:
    sums: Row = {name: as_natural(f"{where}{name}", facts.get(name)) for name in COUNTERS}
    for name in NULLABLE_COUNTERS:
        sums[name] = nullable(as_natural, f"{where}{name}", facts.get(name))
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
    facts = as_mapping(where, value)
    columns: Row = {"engine_state": as_text(f"{where}.state", facts.get("state"))}
    for name in ("version", "message"):
        columns[f"engine_{name}"] = nullable(as_text, f"{where}.{name}", facts.get(name))
    return columns


def _or_unknown(where: str, value: object, read: Callable[[str, object], Row], unknown: Row, faults: list[str]) -> Row:
    """Return a part of the facts, or what stands for an unknown one when it is not as documented."""
    try:
        return read(where, value)
    except MalformedFacts as error:
        faults.append(f"left out: {error}")
        return unknown


def _list_or_nothing(where: str, value: object, read: Callable[[str, object], Row], faults: list[str]) -> list[Row]:
    try:
        return _sound(where, value, read, faults)
    except MalformedFacts as error:
        faults.append(f"left out: {error}")
        return []


def _required_models(facts: Mapping[t.Any, t.Any], faults: list[str]) -> Row:
    """Return the models that the host must have, which older facts do not speak of."""
    given = facts.get("required")
    columns: Row = {"required": [] if given is None else _list_or_nothing("required", given, _required, faults)}
    for name in REQUIRED_COUNTERS:
        try:
            columns[name] = nullable(as_natural, name, facts.get(name))
        except MalformedFacts as error:
            columns[name] = None
            faults.append(f"left out: {error}")
    return columns


def read_host_facts(value: object) -> HostFacts:
    """Return the checked facts of one host.

    Takes what the host reported as C(ocr_models). Sizes are in bytes. The columns tell of all its directories together:
    their paths, whether all of them exist, and the disk that is nearest to being full.
    A model, a process, a directory or the engine that is not as C(ocr_model_facts) documents it is left out, and named
    in the faults. Raises MalformedFacts, with the place, when the sums or the lists of directories and models are not.
    """
    facts = as_mapping("ocr_models", value)
    faults: list[str] = []
    directories = _sound("directories", facts.get("directories"), _directory, faults)
    columns: Row = {
        "path": ", ".join(row["path"] for row in directories),
        "exists": bool(directories) and all(row["exists"] for row in directories),
        "gathered_at": as_time("gathered_at", facts.get("gathered_at")),
        **_sums("", facts),
        "directories": directories,
        **_fullest(directories),
    }
    models = _models(facts.get("models"), faults)
    columns.update(_or_unknown("engine", facts.get("engine"), _engine, UNKNOWN_ENGINE, faults))
    columns["holders"] = _list_or_nothing("holders", facts.get("holders"), _holder, faults)
    columns["holders"].sort(key=lambda row: (row["pid"], row["directory"]))
    columns.update(_required_models(facts, faults))
    for name, status in ALLOCATED.items():
        columns[name] = sum(model["allocated_bytes"] for model in models if model["status"] == status)
    columns["reclaimable_bytes"] = sum(columns[name] for name in ALLOCATED) + (columns["pending_bytes"] or 0)
    return HostFacts(columns, models, _shortened(faults))


def _shortened(faults: list[str]) -> list[str]:
    """Return the first faults, and the number of the others: a host may make up as many as it likes."""
    more = len(faults) - _FAULTS_SHOWN
    return faults if more <= 0 else [*faults[:_FAULTS_SHOWN], f"and {more} more"]
