# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The whole of a restore: from checked options to a result."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import named_places, parse_path
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.choice import choose_sets
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.decision import Decider, Decision, Fate
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.listing import list_sets, sets_summary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Entry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import origin_here
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.place import open_backup_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.restoration import Restoration
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import BackupSet
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError, before_any_change
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directories import lock_order, open_directories
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import Presence, names_diff
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report, kept_parts
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import models_text
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, matches, timestamp

# More names than that make a warning that nobody reads; the result has them all.
_SHOWN_NAMES = 5


class RestoreOptions(Record):
    """The options of a restore; ``named`` are the model directories: the option that names each, and its path."""

    named: tuple[tuple[str, str], ...]
    backup_dir: str
    backup: tuple[str, ...]
    names: tuple[str, ...]
    force: bool
    list_only: bool = False


def restore_options(parameters: t.Mapping[str, t.Any], home: str | None = None) -> RestoreOptions:
    """Check the module's parameters; ``home`` as for parse_path. Raises OcrModelError that names the wrong one.

    The SDK is not asked from here: where no path is named, the action has put in what the facts module found out.
    """
    places = named_places(parameters, home)
    if not places:
        raise OcrModelError("path is not set; name the model directory of the prune")
    return RestoreOptions(
        named=tuple((place.option, place.path) for place in places),
        backup_dir=t.cast("str", parse_path("backup_dir", parameters["backup_dir"], home)),
        backup=tuple(parameters["backup"]),
        names=tuple(name for name in parameters["names"] if name),
        force=parameters["force"],
        list_only=parameters["list"],
    )


class _Decided(Record):
    """A model directory, the open set that is restored to it, and what was decided about each model of that."""

    directory: ModelDirectory
    chosen: BackupSet
    before: list[bytes]
    decisions: list[Decision]


def restore(options: RestoreOptions, *, check_mode: bool, diff: bool = False) -> Report:
    """Restore a set to each directory, or in check mode predict exactly that, with the ``diff`` where it is asked for.

    Raises OcrModelError when nothing was touched.
    """
    with contextlib.ExitStack() as stack:
        with before_any_change(", ".join(f"{option}: {displayed(path)}" for option, path in options.named)):
            if options.list_only:
                return _list_sets(options)
            parts, warnings = _prepare(options, stack, check_mode=check_mode)
        fates: list[tuple[_Decided, list[Fate]]] = []
        for part in parts:
            fates.append((part, _carry_out(part, force=options.force, check_mode=check_mode)))
        warnings += [
            _stays_in_set(left, part.chosen)
            for part, of_part in fates
            for left in [[fate for fate in of_part if fate.left is not None]]
            if left
        ]
        result = _result(options, fates, check_mode=check_mode, diff=diff)
        return Report(result, _failure([fate for _part, of_part in fates for fate in of_part]), warnings)


def _prepare(
    options: RestoreOptions, stack: contextlib.ExitStack, *, check_mode: bool
) -> tuple[list[_Decided], list[str]]:
    """Open all on the ``stack`` and decide; also return what the user has to know. Raises OcrModelError."""
    directories: list[ModelDirectory] = []
    for (option, path), directory in zip(options.named, stack.enter_context(open_directories(options.named))):
        if directory is None:
            raise OcrModelError(f"{option}: {path} does not exist; make it, with its owner and mode, then restore")
        directories.append(directory)
    for directory in sorted(directories, key=lock_order):
        lock(directory, shared=check_mode)
    backups = open_backup_directory(options.backup_dir, directories, wanted=False, check_mode=check_mode)
    stack.enter_context(backups)
    chosen, warnings = choose_sets(options.backup, backups, directories, stack)
    return _decide(options, chosen), warnings


def _list_sets(options: RestoreOptions) -> Report:
    """List the sets of the directories, which need not exist for that; nothing is changed, and no lock taken."""
    sets: list[dict[str, t.Any]] = []
    with contextlib.ExitStack() as stack:
        directories = stack.enter_context(open_directories(options.named))
        opened = [directory for directory in directories if directory is not None]
        backups = open_backup_directory(options.backup_dir, opened, wanted=False, check_mode=True)
        stack.enter_context(backups)
        for (_option, path), directory in zip(options.named, directories):
            real_path = directory.real_path if directory is not None else os.fsencode(os.path.realpath(path))
            found = list_sets(backups, origin_here(real_path))
            sets += [dict(one, directory=displayed(path)) for one in found]
    result = {
        "changed": False,
        "backup": None,
        "backups": [],
        "restored": [],
        "kept": [],
        "failed_models": [],
        "sets": sets,
    }
    paths = ", ".join(displayed(path) for _option, path in options.named)
    return Report(dict(result, msg=sets_summary(sets, f"{paths} in {displayed(options.backup_dir)}")), None, [])


def _decide(options: RestoreOptions, chosen: t.Sequence[tuple[ModelDirectory, BackupSet]]) -> list[_Decided]:
    """Decide about all models of the sets, before any of them moves. Raises OcrModelError."""
    entries = _chosen_entries(options, [backup for _directory, backup in chosen])
    parts = []
    for (directory, backup), of_set in zip(chosen, entries):
        before = [model.location for model in scan(directory, ())]
        decider = Decider(directory, backup, force=options.force)
        decisions = [found for found in map(decider.decide, of_set) if found is not None]
        decider.refuse_lack_of_room(decisions)
        parts.append(_Decided(directory, backup, before, decisions))
    return parts


def _carry_out(part: _Decided, *, force: bool, check_mode: bool) -> list[Fate]:
    if check_mode:
        return [decision.fate for decision in part.decisions]
    run = Restoration(part.directory, part.chosen, force=force)
    fates = [run.carry_out(decision) for decision in part.decisions]
    run.finish()
    return fates


def _stays_in_set(left: t.Sequence[Fate], chosen: BackupSet) -> str:
    names = [displayed(fate.entry.location) for fate in left]
    rest = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return (
        f"Of {len(names)} restored models a copy stays in the backup set {chosen.name} ({left[0].left}): "
        f"{', '.join(names[:_SHOWN_NAMES])}{rest}"
    )


def _failure(fates: t.Sequence[Fate]) -> str | None:
    failed = [fate for fate in fates if fate.failed is not None]
    if not failed:
        return None
    first = failed[0]
    return (
        f"{len(failed)} of {len(fates)} models could not be restored; {displayed(first.entry.location)}: {first.failed}"
    )


def _chosen_entries(options: RestoreOptions, chosen: t.Sequence[BackupSet]) -> list[list[Entry]]:
    """Return the models of each set that are to be restored. Raises OcrModelError where ``names`` match none at all."""
    entries = [sorted(backup.manifest.entries.values()) for backup in chosen]
    if not options.names:
        return entries
    matching = [
        [entry for entry in of_set if any(matches(entry.location, pattern) for pattern in options.names)]
        for of_set in entries
    ]
    if chosen and not any(matching):
        sets = f"the set {chosen[0].path}" if len(chosen) == 1 else "the sets"
        lists = "its manifest lists them" if len(chosen) == 1 else "their manifests list them"
        raise OcrModelError(f"names: no model of {sets} matches {', '.join(options.names)}; {lists}")
    return matching


def _result(
    options: RestoreOptions, fates: t.Sequence[tuple[_Decided, t.Sequence[Fate]]], *, check_mode: bool, diff: bool
) -> dict[str, t.Any]:
    backups = [{"directory": displayed(part.directory.path), "name": part.chosen.name} for part, _fates in fates]
    rows = [(_row_of(part.directory.path, fate.entry), fate) for part, of_part in fates for fate in of_part]
    result: dict[str, t.Any] = {
        "changed": any(_is_restored(fate) for _row, fate in rows),
        "backup": backups[0]["name"] if len(backups) == 1 else None,
        "backups": backups,
        "restored": [row for row, fate in rows if _is_restored(fate)],
        "kept": [dict(row, reason=fate.kept) for row, fate in rows if fate.kept is not None],
        "failed_models": [dict(row, error=fate.failed) for row, fate in rows if fate.failed is not None],
    }
    if diff:
        presences = [(part.directory.path, _presence(part.before, of_part)) for part, of_part in fates]
        result["diff"] = names_diff(presences or [(path, []) for _option, path in options.named])
    return dict(result, msg=restore_summary(result, check_mode=check_mode))


def restore_summary(result: t.Mapping[str, t.Any], *, check_mode: bool) -> str:
    """Sum up the result of a restore."""
    if not result["backups"]:
        return "no backup set to restore"
    total = sum(len(result[name]) for name in ("restored", "kept", "failed_models"))
    sets = [backup["name"] for backup in result["backups"]]
    verb = "would restore" if check_mode else "restored"
    parts = [f"{verb} {len(result['restored'])} of {models_text(total)} of {', '.join(sets)}"]
    parts += kept_parts([model["reason"] for model in result["kept"]])
    if result["failed_models"]:
        parts.append(f"{len(result['failed_models'])} failed")
    return ", ".join(parts)


def _is_restored(fate: Fate) -> bool:
    return fate.kept is None and fate.failed is None


def _presence(before: t.Iterable[bytes], fates: t.Iterable[Fate]) -> list[Presence]:
    """Return which models there were ``before`` the restore and are after it."""
    old = set(before)
    new = old.union(fate.entry.location for fate in fates if _is_restored(fate))
    return [(location, location in old, True) for location in sorted(new)]


def _row_of(path: str, entry: Entry) -> dict[str, t.Any]:
    name = displayed(entry.location)
    return {
        "name": name,
        "directory": displayed(path),
        "path": os.path.join(displayed(path), name),
        "bytes": entry.size,
        "modified": timestamp(entry.modified_ns // 10**9),
        "link_target": displayed(entry.link_target) if entry.link_target is not None else None,
    }
