# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""The whole of a restore: from checked options to a result."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import (
    REQUIRED,
    SKIP,
    Request,
    location_request,
    parse_path,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.decision import Answer, Decider
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.listing import list_sets
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Entry, Origin
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import (
    FOREIGN,
    PARTLY,
    difference,
    fit,
    origin_here,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.place import open_backup_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.restoration import Restoration
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import (
    BackupDirectory,
    BackupSet,
    Choice,
    UnusableSet,
    newest_set,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, open_directory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.lock import lock
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import scan
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import names_diff
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.facts import timestamp
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.report import Report
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import restore_summary, sets_summary
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, matches

# More names than that make a warning that nobody reads; the result has them all.
_SHOWN_NAMES = 5


class RestoreOptions(t.NamedTuple):
    """The options of a restore."""

    path: str
    backup_dir: str
    backup: str | None
    names: tuple[str, ...]
    force: bool
    list_only: bool = False


def restore_request(parameters: t.Mapping[str, t.Any], home: str | None = None) -> Request:
    """Return how the model directory is found; the SDK is not asked for nothing. ``home`` as for parse_path."""
    request = location_request(parameters, home)._replace(all_stores=False)
    if request.places and request.engine != REQUIRED:
        return request._replace(engine=SKIP)
    return request


def restore_options(parameters: t.Mapping[str, t.Any], home: str | None = None) -> RestoreOptions:
    """Check the module's parameters but for the path, which locate tells; ``home`` as for parse_path.

    Raises OcrModelError that names the wrong one.
    """
    return RestoreOptions(
        path="",
        backup_dir=t.cast("str", parse_path("backup_dir", parameters["backup_dir"], home)),
        backup=parameters["backup"],
        names=tuple(name for name in parameters["names"] if name),
        force=parameters["force"],
        list_only=parameters["list"],
    )


def restore(options: RestoreOptions, *, check_mode: bool) -> Report:
    """Restore a set, or in check mode predict exactly that. Raises OcrModelError when nothing was touched."""
    directory = open_directory("path", options.path)
    if options.list_only:
        return _list(options, directory)
    if directory is None:
        raise OcrModelError(f"path: {options.path} does not exist; make it, with its owner and mode, then restore")
    with directory:
        lock(directory, shared=check_mode)
        here = origin_here(directory.real_path)
        with open_backup_directory(options.backup_dir, [directory], wanted=False, check_mode=check_mode) as backups:
            chosen, warnings = _choose_set(options, backups, here)
            if chosen is None:
                warnings.append(
                    f"There is no backup set of {options.path} in {options.backup_dir}; nothing was restored"
                )
                return Report(_result(options, None, [], [], check_mode=check_mode), None, warnings)
            try:
                return _restore_set(options, directory, chosen, warnings, check_mode=check_mode)
            finally:
                chosen.close()


def _list(options: RestoreOptions, directory: ModelDirectory | None) -> Report:
    """List the sets of the directory, which need not exist for that; nothing is changed, and no lock taken."""
    with contextlib.ExitStack() as stack:
        real_path = os.fsencode(os.path.realpath(options.path))
        if directory is not None:
            real_path = stack.enter_context(directory).real_path
        opened = [directory] if directory is not None else []
        backups = open_backup_directory(options.backup_dir, opened, wanted=False, check_mode=True)
        sets = list_sets(stack.enter_context(backups), origin_here(real_path))
    result = {"changed": False, "backup": None, "restored": [], "kept": [], "failed_models": [], "sets": sets}
    place = f"{displayed(options.path)} in {displayed(options.backup_dir)}"
    return Report(dict(result, msg=sets_summary(sets, place)), None, [])


def _choose_set(options: RestoreOptions, backups: BackupDirectory, here: Origin) -> Choice:
    """Return the open set to restore, None where there is none, and what the user has to know."""
    if options.backup is None:
        return newest_set(backups, here)
    try:
        chosen = backups.open_set(options.backup)
    except UnusableSet as error:
        raise OcrModelError(f"backup: {error}") from error
    origin = chosen.manifest.header.origin
    how = fit(origin, here)
    if how == FOREIGN:
        chosen.close()
        raise OcrModelError(
            f"backup: {chosen.path} was made of {displayed(origin.path)} on host {origin.host}, not of {options.path} "
            "here; restore it there"
        )
    if how == PARTLY:
        return Choice(chosen, [f"The backup set {chosen.name} may be another host's: {difference(origin, here)}"])
    return Choice(chosen, [])


def _restore_set(
    options: RestoreOptions, directory: ModelDirectory, chosen: BackupSet, warnings: list[str], *, check_mode: bool
) -> Report:
    before = [model.location for model in scan(directory, ())]
    decider = Decider(directory, chosen, force=options.force)
    decisions = [found for found in map(decider.decide, _chosen_entries(options, chosen)) if found is not None]
    decider.refuse_lack_of_room(decisions)
    answers = [decision.answer for decision in decisions]
    if not check_mode:
        run = Restoration(directory, chosen, force=options.force)
        answers = [run.carry_out(decision) for decision in decisions]
        run.finish()
    left = [answer for answer in answers if answer.left is not None]
    if left:
        warnings.append(_stays_in_set(left, chosen))
    result = _result(options, chosen.name, before, answers, check_mode=check_mode)
    return Report(result, _failure(answers), warnings)


def _stays_in_set(left: t.Sequence[Answer], chosen: BackupSet) -> str:
    names = [displayed(answer.entry.location) for answer in left]
    rest = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return (
        f"Of {len(names)} restored models a copy stays in the backup set {chosen.name} ({left[0].left}): "
        f"{', '.join(names[:_SHOWN_NAMES])}{rest}"
    )


def _failure(answers: t.Sequence[Answer]) -> str | None:
    failed = [answer for answer in answers if answer.failed is not None]
    if not failed:
        return None
    first = failed[0]
    return (
        f"{len(failed)} of {len(answers)} models could not be restored; "
        f"{displayed(first.entry.location)}: {first.failed}"
    )


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
        "diff": names_diff([(options.path, before, after)]),
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
