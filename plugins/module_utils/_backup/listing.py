# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""List the backup sets of a model directory, for people who choose one."""

from __future__ import annotations

import os
import stat
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.manifest import Manifest, Origin
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.origin import FOREIGN, OWN, difference, fit
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.sets import (
    MODELS,
    BackupDirectory,
    Outline,
    UnusableSet,
    time_of,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import open_folder_below
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.summary import models_text, size_text
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed, timestamp


def list_sets(backups: BackupDirectory, here: Origin) -> list[dict[str, t.Any]]:
    """Describe the sets that may be of the directory ``here``, oldest first; those of other ones are left out."""
    return [
        _describe(backups, outline, here)
        for outline in backups.outlines()
        if outline.header is None or fit(outline.header.origin, here) != FOREIGN
    ]


def _describe(backups: BackupDirectory, outline: Outline, here: Origin) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {
        "name": outline.name,
        "time": timestamp((time_of(outline.name) or 0) // 10**6),
        "host": displayed(outline.header.origin.host) if outline.header is not None else None,
        "models": None,
        "bytes": None,
        "complete": None,
        "restorable": False,
        "reason": None,
    }
    try:
        chosen = backups.open_set(outline.name)
    except UnusableSet as error:
        return dict(found, reason=str(error))
    try:
        sizes = _sizes(chosen.descriptor, chosen.manifest)
    finally:
        chosen.close()
    reason = None
    if not sizes:
        reason = "nothing is left in it: it was restored, or its prune was killed before anything moved"
    elif fit(chosen.manifest.header.origin, here) != OWN:
        reason = f"only if it is named with backup: {difference(chosen.manifest.header.origin, here)}"
    return dict(
        found,
        models=len(sizes),
        bytes=sum(sizes),
        complete=chosen.manifest.complete,
        restorable=bool(sizes),
        reason=reason,
    )


def _sizes(set_folder: int, manifest: Manifest) -> list[int]:
    """Return the sizes of the models that an open set has still."""
    sizes = []
    for location, entry in manifest.entries.items():
        folder, _slash, name = (MODELS + b"/" + location).rpartition(b"/")
        try:
            descriptor = open_folder_below(set_folder, folder)
        except OSError:
            continue
        try:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except OSError:
            continue
        finally:
            os.close(descriptor)
        sizes.append(entry.size if stat.S_ISREG(status.st_mode) else 0)
    return sizes


def sets_summary(sets: t.Sequence[t.Mapping[str, t.Any]], place: str) -> str:
    """Name the backup sets of ``place``, oldest first, each with what is in it."""
    if not sets:
        return f"no backup set of {place}"
    return "; ".join([f"{len(sets)} backup set{'' if len(sets) == 1 else 's'} of {place}", *map(_set_text, sets)])


def _set_text(found: t.Mapping[str, t.Any]) -> str:
    parts = [f"{models_text(found['models'])} ({size_text(found['bytes'])})"] if found["models"] is not None else []
    if found["host"] is not None:
        parts.append(f"of host {found['host']}")
    if found["complete"] is False:
        parts.append("from a prune that was killed")
    if not found["restorable"]:
        parts.append("cannot be restored")
    if found["reason"] is not None:
        parts.append(found["reason"])
    return f"{found['name']}: {', '.join(parts)}"
