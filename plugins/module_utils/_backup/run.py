# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The whole of a restore: from checked options to a result."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import parse_path
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Entry
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.restoration import Answer, Restoration
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import (
    BackupSet,
    open_backup_directory,
    origin_of,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import names_diff
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import timestamp
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import restore_summary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, matches


class RestoreOptions(t.NamedTuple):
    """The options of a restore."""

    path: str
    backup_dir: str
    backup: str | None
    names: tuple[str, ...]
    force: bool


def restore_options(parameters: t.Mapping[str, t.Any], home: str | None = None) -> RestoreOptions:
    """Check the module's parameters; ``home`` as for parse_path. Raises OcrModelError that names the wrong one."""
    return RestoreOptions(
        path=t.cast("str", parse_path("path", parameters["path"], home)),
        backup_dir=t.cast("str", parse_path("backup_dir", parameters["backup_dir"], home)),
        backup=parameters["backup"],
        names=tuple(parameters["names"]),
        force=parameters["force"],
    )


def restore(options: RestoreOptions, *, check_mode: bool) -> Report:
    """Restore a set, or in check mode foretell exactly that. Raises OcrModelError when nothing was touched."""
    directory = open_directory("path", options.path)
    if directory is None:
        raise OcrModelError(f"path: {options.path} does not exist; make it, with its owner and mode, then restore")
    with directory:
        lock(directory, shared=check_mode)
        chosen, warnings = _choose_set(options, directory)
        if chosen is None:
            warnings.append(f"There is no backup set of {options.path} in {options.backup_dir}; nothing was restored")
            return Report(_result(options, None, [], [], check_mode=check_mode), None, warnings)
        try:
            return _restore_set(options, directory, chosen, warnings, check_mode=check_mode)
        finally:
            chosen.close()


def _choose_set(options: RestoreOptions, directory: ModelDirectory) -> tuple[BackupSet | None, list[str]]:
    """Return the open set to restore, None where there is none, and what is wrong with sets that were passed over."""
    with open_backup_directory(options.backup_dir, directory, create=False) as backups:
        origin = origin_of(directory)
        if options.backup is None:
            sets = backups.sets_of(origin)
            for older in sets.found[:-1]:
                older.close()
            return (sets.found[-1] if sets.found else None), sets.unreadable
        chosen = backups.open_set(options.backup)
        if chosen.manifest.origin != origin:
            chosen.close()
            raise OcrModelError(
                f"backup: {chosen.path} was made of {displayed(chosen.manifest.origin.path)} on host "
                f"{chosen.manifest.origin.host}, not of {options.path} here; restore it there"
            )
        return chosen, []


def _restore_set(
    options: RestoreOptions, directory: ModelDirectory, chosen: BackupSet, warnings: list[str], *, check_mode: bool
) -> Report:
    before = [model.location for model in scan(directory, ())]
    run = Restoration(directory, chosen, force=options.force, check_mode=check_mode)
    answers = [answer for answer in map(run.restore_model, _chosen_entries(options, chosen)) if answer is not None]
    run.finish()
    failed = [answer for answer in answers if answer.failed is not None]
    failure = None
    if failed:
        first = failed[0]
        failure = (
            f"{len(failed)} of {len(answers)} models could not be restored; "
            f"{displayed(first.entry.location)}: {first.failed}"
        )
    return Report(_result(options, chosen.name, before, answers, check_mode=check_mode), failure, warnings)


def _chosen_entries(options: RestoreOptions, chosen: BackupSet) -> list[Entry]:
    entries = sorted(chosen.manifest.entries.values())
    if not options.names:
        return entries
    matching = [entry for entry in entries if any(matches(entry.location, pattern) for pattern in options.names)]
    if not matching:
        raise OcrModelError(
            f"names: no model of the set {chosen.path} matches {', '.join(options.names)}; its manifest lists them"
        )
    return matching


def _result(
    options: RestoreOptions,
    backup: str | None,
    before: t.Sequence[bytes],
    answers: t.Sequence[Answer],
    *,
    check_mode: bool,
) -> dict[str, t.Any]:
    restored = [answer.entry for answer in answers if answer.kept is None and answer.failed is None]
    after = sorted(set(before).union(entry.location for entry in restored))
    result = {
        "changed": bool(restored),
        "backup": backup,
        "restored": [_report(options.path, entry) for entry in restored],
        "kept": [
            dict(_report(options.path, answer.entry), reason=answer.kept)
            for answer in answers
            if answer.kept is not None
        ],
        "failed_models": [
            dict(_report(options.path, answer.entry), error=answer.failed)
            for answer in answers
            if answer.failed is not None
        ],
        "diff": names_diff(options.path, before, after),
    }
    return dict(result, msg=restore_summary(result, check_mode=check_mode))


def _report(path: str, entry: Entry) -> dict[str, t.Any]:
    name = displayed(entry.location)
    return {
        "name": name,
        "path": os.path.join(displayed(path), name),
        "bytes": entry.size,
        "modified": timestamp(entry.modified_ns // 10**9),
        "link_target": displayed(entry.link_target) if entry.link_target is not None else None,
    }
