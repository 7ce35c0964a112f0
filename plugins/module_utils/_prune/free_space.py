# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Remove only as many models as it takes until the file system has available what min_free asks for."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.usage import Usage
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.selection import (
    Choice,
    Plan,
    in_use_reason,
)
from ansible_collections.ocrfleet.aspose.plugins.module_utils._prune.sharing import Sharing, look_at_sharing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Space
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup.keeping import Keeping

ENOUGH = "enough free space"
NO_GAIN = "its removal frees no disk space"


class Need(Record):
    """What the file system of a directory lacks, in bytes, and what the models share that a prune there is about.

    ``file_system`` is its device: directories of one file system have one need.
    """

    file_system: int
    missing: int
    sharing: Sharing

    def gain(self, model: Model) -> int:
        """Return how many bytes come back when this model goes and no other does, if nobody has it.

        A name of a file that has another one, a hard link, gives back nothing. What it shares with other files stays.
        """
        return self.sharing.given_back([model])[0] if model.links == 1 else 0


def only_needed(plans: t.Sequence[Plan], needs: t.Sequence[Need], usage: Usage) -> list[Plan]:
    """Return the plans of one run with no more models to go than their needs take: of each file system the oldest.

    Each plan has one of the needs.
    What gives back nothing stays: a model of which the file has another name, or all content is shared, and one that
    somebody has, whatever the policy. One that is not needed is not in the way of the run, though somebody has it.
    """
    missing = {need.file_system: need.missing for need in needs}
    results = [_Divided(plan) for plan in plans]
    rows = [(choice, number) for number, plan in enumerate(plans) for choice in (*plan.prune, *plan.blocked)]
    for choice, number in sorted(rows, key=_oldest_first):
        model, need, result = choice.model, needs[number], results[number]
        gain = need.gain(model)
        if missing[need.file_system] <= 0:
            result.keep.append(Choice(model, ENOUGH))
        elif gain <= 0:
            result.keep.append(Choice(model, NO_GAIN))
        elif model.location in result.in_use:
            result.blocked.append(choice)
        elif usage.of(model) is not False:
            result.keep.append(Choice(model, in_use_reason(model, usage)))
        else:
            missing[need.file_system] -= gain
            result.prune.append(choice)
    return [result.plan() for result in results]


class _Divided:
    """A plan that is being divided: what goes, what stays, and what of that stays only because it is in use."""

    def __init__(self, plan: Plan) -> None:
        self.in_use = {choice.model.location for choice in plan.blocked}
        self.prune: list[Choice] = []
        self.keep = [choice for choice in plan.keep if choice.model.location not in self.in_use]
        self.blocked: list[Choice] = []

    def plan(self) -> Plan:
        """Return the plan that they are, each sorted by location."""
        keep = sorted(self.keep + self.blocked)
        return Plan(tuple(sorted(self.prune)), tuple(keep), blocked=tuple(sorted(self.blocked)))


def _oldest_first(row: tuple[Choice, int]) -> tuple[int, int, bytes]:
    choice, number = row
    return choice.model.modified_ns, number, choice.model.location


def look_at_need(directory: ModelDirectory, models: t.Iterable[Model], wanted: Space, keeping: Keeping | None) -> Need:
    """Return what the directory's file system lacks now of the ``wanted`` space, and what ``models`` share there.

    It is asked once, so that a dry run and the real run decide by the same numbers. Raises OSError, and OcrModelError
    where a backup would only move the models within the file system.
    """
    if keeping is not None and keeping.on_same_file_system:
        raise OcrModelError(
            f"min_free: backup_dir is on the file system of {directory.path}, so what moves there frees nothing; "
            "choose a backup_dir on another one, or leave one of the two out"
        )
    missing = lacking(os.statvfs(directory.descriptor), wanted)
    return Need(directory.mount.device, missing, look_at_sharing(directory, models))


def lacking(status: os.statvfs_result, wanted: Space) -> int:
    """Return how many bytes a file system lacks; none where it counts no blocks, as ramfs, and so tells of no limit."""
    if not status.f_blocks:
        return 0
    return max(0, wanted.of(status.f_blocks * status.f_frsize) - status.f_bavail * status.f_frsize)


def still_missing(needs: t.Sequence[Need], freed: t.Sequence[int]) -> int:
    """Return how many bytes all file systems together still lack, when so many were freed in each directory."""
    missing = {need.file_system: need.missing for need in needs}
    for need, given_back in zip(needs, freed):
        missing[need.file_system] -= given_back
    return sum(max(0, rest) for rest in missing.values())
