# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Assemble the facts about model directories, the same for every module that returns them."""

from __future__ import annotations

import functools
import os
import time
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import before_any_change
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directories import open_directories
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import INCOMPLETE, STALE, Identity, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import Rules, find_models
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Stock, Usage, look_at_usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import totals
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, one_line, timestamp

Facts = t.Dict[str, t.Any]

NOTHING_IN_USE = Usage({}, None)
# What required_facts returns where nothing is.
NOTHING_REQUIRED: Facts = {"required": [], "missing_count": 0, "different_count": 0}


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


def _is_directory(path: bytes, directory: ModelDirectory) -> bool:
    """Whether a path leads to the open directory."""
    try:
        return os.path.realpath(path) == directory.real_path
    except (OSError, MemoryError):
        return False


class Found(Record):
    """A model directory, None where it does not exist, and all models that were scanned in it."""

    place: Place
    directory: ModelDirectory | None
    models: t.Sequence[Model] = ()


def gather(located: Located, rules: Rules, *, holders: bool) -> Facts:
    """Look at the model directories and return their facts. A missing one is a fact. Raises OcrModelError."""
    with before_any_change(located.label), open_directories(located.named) as directories:
        found = [
            Found(place, directory, find_models(directory, rules, store=place.store) if directory is not None else [])
            for place, directory in zip(located.places, directories)
        ]
        usage = look_at_usage(stocks_of(found), holders=holders)
        return assemble(found, located.engine, usage, rules)


def stocks_of(found: t.Iterable[Found]) -> list[Stock]:
    """Return the directories that exist, with their models."""
    return [Stock(one.directory, one.models) for one in found if one.directory is not None]


def assemble(found: t.Sequence[Found], engine: EngineAnswer, usage: Usage, rules: Rules) -> Facts:
    """Return the facts about model directories, in whose models ``rules`` found what there is, and ``usage`` is."""
    now = timestamp(int(time.time()))
    directories = [{**_directory_facts(one, usage), "gathered_at": now} for one in found]
    return {
        "gathered_at": now,
        "directories": directories,
        **totals(directories),
        **_required_facts(rules, found),
        "models": [model for one in found for model in _model_facts(one, engine, usage)],
        "holders": [row for one in found for row in _holder_facts(one, usage)],
        "engine": engine_facts(engine),
    }


def _required_facts(rules: Rules, found: t.Sequence[Found]) -> Facts:
    if not rules.required:
        return NOTHING_REQUIRED
    # Only here: every import costs every host some time.
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import required_facts

    return required_facts(rules.required, [(displayed(one.place.path), one.models) for one in found])


class ModelDescriber:
    """Describe models the way results and facts show them."""

    def __init__(self, path: str, usage: Usage, listing: Listing) -> None:
        self.directory = displayed(path)
        self._path = displayed(path.rstrip("/")) + "/"
        self._usage = usage
        self._listing = listing
        holders = usage.holders.by_identity() if usage.holders is not None else {}
        self._pids: dict[Identity, list[int]] = {
            identity: [holder.pid for holder in found] for identity, found in holders.items()
        }

    def of(self, model: Model, **more: t.Any) -> dict[str, t.Any]:
        """Return one model as a dictionary, with what ``more`` there is to say of it."""
        name = model.name
        return {
            "name": name,
            "directory": self.directory,
            "path": self._path + name,
            "bytes": model.size,
            "allocated_bytes": model.allocated,
            "modified": timestamp(model.modified_ns // 10**9),
            "status": model.status,
            "stale_prefix": model.stale_prefix,
            "superseded_by": _newest(model.superseded_by),
            "link_target": _displayed(model.link_target),
            "checksum": model.checksum,
            "in_use": self._usage.of(model),
            "holders": [] if model.is_link else self._pids.get(model.identity, []),
            "engine_listed": self._listing.has(model),
            **more,
        }


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


@functools.lru_cache(maxsize=1024)
def _newest(location: bytes | None) -> str | None:
    """Return the name of what supersedes a model, the very same text for all of a family."""
    return _displayed(location)


def _displayed(name: bytes | str | None) -> str | None:
    return None if name is None else displayed(name)


def _directory_facts(found: Found, usage: Usage) -> Facts:
    models = found.models
    stale = [model for model in models if model.status == STALE]
    incomplete = [model for model in models if model.status == INCOMPLETE]
    in_use = [usage.of(model) for model in models]
    return {
        "path": displayed(found.place.path),
        "store": found.place.store,
        "exists": found.directory is not None,
        "disk": _disk(found.directory),
        "count": len(models),
        "bytes": _total(models),
        "allocated_bytes": sum({model.identity: model.allocated for model in models}.values()),
        "stale_count": len(stale),
        "stale_bytes": _total(stale),
        "incomplete_count": len(incomplete),
        "incomplete_bytes": _total(incomplete),
        "in_use_count": None if None in in_use else in_use.count(True),
        "pending_bytes": usage.pending_bytes(found.directory) if found.directory is not None else 0,
    }


def _model_facts(found: Found, engine: EngineAnswer, usage: Usage) -> t.Iterator[dict[str, t.Any]]:
    describer = ModelDescriber(found.place.path, usage, Listing(engine, found.directory))
    return (describer.of(model) for model in found.models)


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


def _holder_facts(found: Found, usage: Usage) -> t.Iterator[dict[str, t.Any]]:
    """Yield one row for each process that holds something of the directory."""
    if found.directory is None or usage.holders is None:
        return
    names: dict[Identity, list[str]] = {}
    for model in found.models:
        if not model.is_link:
            names.setdefault(model.identity, []).append(model.name)
    for holder in usage.holders.found:
        models = sorted(name for identity in holder.identities for name in names.get(identity, []))
        pending = [file for file in holder.pending if file.directory == found.directory.real_path]
        if models or pending:
            yield {
                "directory": displayed(found.place.path),
                "pid": holder.pid,
                "command": holder.command,
                "user": holder.user,
                "unit": holder.unit,
                "models": models,
                "pending": [{"name": file.name, "bytes": file.allocated} for file in pending],
            }
