# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Call the collection as its modules do."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import Place
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import run as restore_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.answer import SKIPPED, EngineAnswer
from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine.locate import Located
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.rules import Rules
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune import run as prune_run
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.options import prune_options
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result import facts as result_facts
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import listing

PRUNE_DEFAULTS: dict[str, t.Any] = {
    "stale_prefixes": ["old_"],
    "version_pattern": None,
    "keep_newest": None,
    "required": [],
    "checksum": "none",
    "keep": [],
    "min_age": None,
    "incomplete": False,
    "max_prune": None,
    "min_free": None,
    "in_use": "skip",
    "backup_dir": None,
    "backup_max_age": None,
    "services": [],
    "release": "when_needed",
    "service_timeout": 120,
}


def location_of(path: Path | t.Sequence[Path], engine: EngineAnswer = SKIPPED) -> Located:
    """Return the location that the options ``path`` and ``paths`` name."""
    if isinstance(path, Path):
        return Located((Place(str(path)),), engine)
    return Located(tuple(Place(str(one), option="paths") for one in path), engine)


def facts(
    path: Path | t.Sequence[Path],
    *stale_prefixes: str,
    checksum: str = "none",
    holders: bool = True,
    engine: EngineAnswer = SKIPPED,
    rules: Rules | None = None,
) -> dict[str, t.Any]:
    """Gather the facts about one path or several; models that begin with ``old_`` are stale by default."""
    rules = rules or Rules(stale_prefixes or ("old_",), checksum=checksum)
    return result_facts.gather(location_of(path, engine), rules, holders=holders)


def comparable(found: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return facts without the time and what other processes do to the disk."""
    directories = [dict(directory, disk=None, gathered_at=None) for directory in found["directories"]]
    return dict(found, gathered_at=None, directories=directories)


def prune_once(
    path: Path | t.Sequence[Path], *, check_mode: bool = False, engine: EngineAnswer = SKIPPED, **options: t.Any
) -> t.Any:
    """Prune one path or several; ``options`` are those of the module. Returns result, failure and warnings."""
    parameters = dict(PRUNE_DEFAULTS, **options)
    if parameters["backup_dir"] is not None:
        parameters["backup_dir"] = str(parameters["backup_dir"])
    return prune_run.prune(location_of(path, engine), prune_options(parameters), check_mode=check_mode, diff=True)


def prune(path: Path | t.Sequence[Path], **options: t.Any) -> t.Any:
    """Prune in check mode, which has to change nothing, and then really, which has to do just that."""
    parent = path.parent if isinstance(path, Path) else path[0].parent
    before = listing(parent)
    predicted = prune_once(path, check_mode=True, **options)
    assert listing(parent) == before
    done = prune_once(path, **options)
    assert _lasting(predicted.result) == _lasting(done.result)
    assert (predicted.failure, predicted.warnings) == (done.failure, done.warnings)
    return done


def _lasting(result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return a result without what is allowed to differ between check mode and the real run: facts, times, tense."""
    backups = [made["directory"] for made in result["backups"]]
    return dict(
        result, ocr_models=None, msg=_as_done(result["msg"]), backup=result["backup"] is not None, backups=backups
    )


def _as_done(message: str) -> str:
    """Return the sentence of a dry run as the real run says it."""
    for verb, past in (("prune", "pruned"), ("restore", "restored"), ("stop", "stopped")):
        message = message.replace(f"would {verb}", past)
    return message.replace("would go", "removed")


def restore(
    path: Path | t.Sequence[Path],
    backup_dir: Path,
    *,
    backup: str | t.Sequence[str] | None = None,
    names: t.Sequence[str] = (),
    force: bool = False,
) -> t.Any:
    """Restore a set in check mode, which has to change nothing, and then really, which has to do just that."""
    paths = [path] if isinstance(path, Path) else path
    sets = (backup,) if isinstance(backup, str) else tuple(backup or ())
    named = tuple(location_of(path).named)
    options = restore_run.RestoreOptions(named, str(backup_dir), sets, tuple(names), force)
    before = list(map(listing, paths)), listing(backup_dir)
    predicted = restore_run.restore(options, check_mode=True, diff=True)
    assert (list(map(listing, paths)), listing(backup_dir)) == before
    done = restore_run.restore(options, check_mode=False, diff=True)
    predicted.result["msg"] = _as_done(predicted.result["msg"])
    assert predicted == done
    return done


def names(models: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """Return the names in a list of a result."""
    return [model["name"] for model in models]


def reasons(models: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, str]:
    """Return the reasons, by name, in a list of a result."""
    return {model["name"]: model["reason"] for model in models}


def errors(models: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, str]:
    """Return the errors, by name, in a list of a result."""
    return {model["name"]: model["error"] for model in models}
