# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Choose the set that is restored to each model directory: the newest, or the one that is named."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import (
    FOREIGN,
    PARTLY,
    difference,
    fit,
    origin_here,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import (
    BackupDirectory,
    BackupSet,
    UnusableSet,
    newest_set,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed


def choose_sets(
    names: t.Sequence[str],
    backups: BackupDirectory,
    directories: t.Sequence[ModelDirectory],
    stack: contextlib.ExitStack,
) -> tuple[list[tuple[ModelDirectory, BackupSet]], list[str]]:
    """Return the sets to restore, open until the ``stack`` ends, with their directories; and what the user must know.

    These are the sets that are named, or else the newest of each directory. Raises OcrModelError for a name that fits
    none.
    """
    chosen: list[tuple[ModelDirectory, BackupSet]] = []
    warnings: list[str] = []
    for name in names:
        directory, named, said = _named_set(name, backups, directories)
        stack.callback(named.close)
        warnings += said
        if any(directory is other for other, _set in chosen):
            raise OcrModelError(f"backup: {name} is another set of {directory.path}; name one for each directory")
        chosen.append((directory, named))
    for directory in directories if not names else ():
        newest, said = newest_set(backups, origin_here(directory.real_path))
        warnings += said
        if newest is None:
            warnings.append(f"There is no backup set of {directory.path} in {backups.path}; nothing was restored")
        else:
            stack.callback(newest.close)
            chosen.append((directory, newest))
    return chosen, warnings


def _named_set(
    name: str, backups: BackupDirectory, directories: t.Sequence[ModelDirectory]
) -> tuple[ModelDirectory, BackupSet, list[str]]:
    """Open a set that is named; return to which directory it goes, the set, and what the user has to know of it.

    Raises OcrModelError where it is of none of the directories.
    """
    try:
        chosen = backups.open_set(name)
    except UnusableSet as error:
        raise OcrModelError(f"backup: {error}") from error
    origin = chosen.manifest.header.origin
    fits = {directory.path: fit(origin, origin_here(directory.real_path)) for directory in directories}
    for directory in directories:
        if fits[directory.path] != FOREIGN:
            said = []
            if fits[directory.path] == PARTLY:
                here = origin_here(directory.real_path)
                said.append(f"The backup set {chosen.name} may be another host's: {difference(origin, here)}")
            return directory, chosen, said
    chosen.close()
    paths = ", ".join(directory.path for directory in directories)
    raise OcrModelError(
        f"backup: {chosen.path} was made of {displayed(origin.path)} on host {origin.host}, not of {paths} "
        "here; restore it there"
    )
