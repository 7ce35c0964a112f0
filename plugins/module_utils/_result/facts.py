# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Assemble the facts about a model directory, the same for every module that returns them."""

from __future__ import annotations

import functools
import os
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Location
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import before_any_change
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.holders import Holder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import (
    INCOMPLETE,
    STALE,
    Identity,
    Model,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage, look_at_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, one_line

NO_CHECKSUM = "none"
SHA256 = "sha256"

# 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
_FIRST_SECOND = -62135596800
_LAST_SECOND = 253402300799

Facts = t.Dict[str, t.Any]

_NOTHING_IN_USE = Usage({}, None)


class Listing:
    """Which models of a directory the engine listed.

    The SDK lists paths below its own model directory; of any other directory it says nothing.
    """

    def __init__(self, answer: EngineAnswer, directory: ModelDirectory | None) -> None:
        self._locations: frozenset[bytes] | None = None
        if answer.listed is None or answer.model_dir is None or directory is None:
            return
        base = os.fsencode(answer.model_dir)
        if _is_directory(base, directory):
            start = len(base.rstrip(b"/")) + 1
            self._locations = frozenset(path[start:] for path in answer.listed)

    def has(self, model: Model) -> bool | None:
        """True or False, or None where the engine did not list this directory."""
        return None if self._locations is None else model.location in self._locations


def load_checksums(checksum: str) -> None:
    """Import what ``gather`` needs beside this: the user whose identity is taken on cannot read the module's file."""
    if checksum == SHA256:
        # pylint: disable-next=unused-import
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models import checksums  # noqa: F401


def _is_directory(path: bytes, directory: ModelDirectory) -> bool:
    """Whether a path leads to the open directory."""
    try:
        return os.path.realpath(path) == directory.real_path
    except (OSError, MemoryError):
        return False


def gather(location: Location, stale_prefixes: t.Sequence[str], *, checksum: str, holders: bool) -> Facts:
    """Look at the model directory and return its facts. A missing one is a fact. Raises OcrModelError."""
    with before_any_change(f"path: {displayed(location.path)}"):
        directory = open_directory("path", location.path)
        if directory is None:
            return missing(location)
        with directory:
            models = scan(directory, stale_prefixes)
            usage = look_at_usage(directory, models, holders=holders)
            return assemble(location, directory, models, usage, checksum=checksum)


def missing(location: Location) -> Facts:
    """Return the facts about a model directory that does not exist."""
    return _assemble(location, None, [], _NOTHING_IN_USE, pending_bytes=0, checksum=NO_CHECKSUM)


def assemble(
    location: Location,
    directory: ModelDirectory,
    models: t.Sequence[Model],
    usage: Usage,
    *,
    checksum: str = NO_CHECKSUM,
) -> Facts:
    """Return the facts about ``models``, all that were scanned in ``directory``, and their ``usage``."""
    return _assemble(location, directory, models, usage, pending_bytes=usage.pending_bytes(), checksum=checksum)


class ModelReport:
    """Describe models the way results and facts show them."""

    def __init__(self, path: str, usage: Usage, listing: Listing) -> None:
        self._path = displayed(path.rstrip("/")) + "/"
        self._usage = usage
        self._listing = listing
        holders = usage.holders.by_identity() if usage.holders is not None else {}
        self._pids: dict[Identity, list[int]] = {
            identity: [holder.pid for holder in found] for identity, found in holders.items()
        }

    def of(self, model: Model, checksum: str | None = None) -> dict[str, t.Any]:
        """Return one model as a dictionary."""
        name = model.name
        return {
            "name": name,
            "path": self._path + name,
            "bytes": model.size,
            "allocated_bytes": model.allocated,
            "modified": timestamp(model.modified_ns // 10**9),
            "status": model.status,
            "stale_prefix": model.stale_prefix,
            "link_target": _displayed(model.link_target),
            "checksum": checksum,
            "in_use": self._usage.of(model),
            "holders": [] if model.is_link else self._pids.get(model.identity, []),
            "engine_listed": self._listing.has(model),
        }


@functools.lru_cache(maxsize=1024)
def timestamp(seconds: int) -> str:
    """Return a time, in seconds since the epoch, in UTC as ISO 8601 text.

    A time before the year 1 or after 9999, which a file can have but ISO 8601 cannot write, becomes the first or last
    one between: consumers expect a time.
    """
    moment = time.gmtime(min(max(seconds, _FIRST_SECOND), _LAST_SECOND))
    # Not every strftime fills the year up to four digits.
    return f"{moment.tm_year:04}-{time.strftime('%m-%dT%H:%M:%SZ', moment)}"


def engine_facts(answer: EngineAnswer) -> dict[str, t.Any]:
    """Return what the engine said, as facts."""
    return {
        "state": answer.state,
        "package": _displayed(answer.package),
        "version": _displayed(answer.version),
        "python": _displayed(answer.python),
        "model_dir": _displayed(answer.model_dir),
        "listed": len(answer.listed) if answer.listed is not None else None,
        "message": one_line(answer.message) if answer.message is not None else None,
    }


def _displayed(name: bytes | str | None) -> str | None:
    return None if name is None else displayed(name)


def _assemble(
    location: Location,
    directory: ModelDirectory | None,
    models: t.Sequence[Model],
    usage: Usage,
    *,
    pending_bytes: int | None,
    checksum: str,
) -> Facts:
    stale = [model for model in models if model.status == STALE]
    incomplete = [model for model in models if model.status == INCOMPLETE]
    in_use = [usage.of(model) for model in models]
    report = ModelReport(location.path, usage, Listing(location.engine, directory))
    checksums: dict[Identity, str] = {}
    if checksum == SHA256 and directory is not None:
        # Few reports ask for checksums, and every import costs every host some time.
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.checksums import checksums_of

        checksums = checksums_of(directory, models)
    return {
        "path": displayed(location.path),
        "exists": directory is not None,
        "gathered_at": timestamp(int(time.time())),
        "count": len(models),
        "bytes": _total(models),
        "allocated_bytes": sum({model.identity: model.allocated for model in models}.values()),
        "stale_count": len(stale),
        "stale_bytes": _total(stale),
        "incomplete_count": len(incomplete),
        "incomplete_bytes": _total(incomplete),
        "in_use_count": None if None in in_use else in_use.count(True),
        "pending_bytes": pending_bytes,
        "disk": _disk(directory),
        "models": [report.of(model, checksums.get(model.identity)) for model in models],
        "holders": _holder_facts(models, usage.holders.found) if usage.holders is not None else [],
        "engine": engine_facts(location.engine),
    }


def _total(models: t.Iterable[Model]) -> int:
    return sum(model.size for model in models)


def _disk(directory: ModelDirectory | None) -> dict[str, int | None]:
    if directory is None:
        return {"total_bytes": None, "available_bytes": None}
    try:
        status = os.statvfs(directory.descriptor)
    except (OSError, MemoryError):
        return {"total_bytes": None, "available_bytes": None}
    return {
        "total_bytes": status.f_blocks * status.f_frsize,
        "available_bytes": status.f_bavail * status.f_frsize,
    }


def _holder_facts(models: t.Sequence[Model], holders: t.Sequence[Holder]) -> list[dict[str, t.Any]]:
    names: dict[Identity, list[str]] = {}
    for model in models:
        if not model.is_link:
            names.setdefault(model.identity, []).append(model.name)
    return [
        {
            "pid": holder.pid,
            "command": holder.command,
            "user": holder.user,
            "unit": holder.unit,
            "models": sorted(name for identity in holder.identities for name in names.get(identity, [])),
            "pending": [{"name": file.name, "bytes": file.allocated} for file in holder.pending],
        }
        for holder in holders
    ]
