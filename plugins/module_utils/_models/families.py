# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Families of models, which differ in their version alone, and which of them newer ones supersede. Pure."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import CURRENT, DIFFERENT, STALE, Model
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

_GROUP = "version"
_NUMBER = re.compile("[0-9]+")


class Versions(Record):
    """How versions are told from names, and how many of the newest of each family are not superseded."""

    pattern: re.Pattern[str]
    keep_newest: int

    def mark(self, models: t.Sequence[Model]) -> list[Model]:
        """Return the models of one directory, in their order; those that newer ones supersede are stale.

        A family are the models whose names are the same before and behind what the group ``version`` takes. Only
        current regular files belong to one: of a partial download, a link, a model that goes by its prefix, or a
        required one that is not what it should be, nobody knows that it can take the place of another.
        """
        families: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for number, model in enumerate(models):
            if model.status != CURRENT or model.is_link or model.required == DIFFERENT:
                continue
            name = os.fsdecode(model.location)
            match = self.pattern.search(name)
            if match is not None and match.group(_GROUP) is not None:
                start, end = match.span(_GROUP)
                families.setdefault((name[:start], name[end:]), []).append((name[start:end], number))
        marked = list(models)
        for members in families.values():
            if len(members) > self.keep_newest:
                members.sort(key=_order, reverse=True)
                newest = models[members[0][1]].location
                for _version, number in members[self.keep_newest :]:
                    marked[number] = models[number]._replace(status=STALE, superseded_by=newest)
        return marked


def _order(member: tuple[str, int]) -> tuple[list[int], str, int]:
    """Sort by the runs of digits in the version, then by its text: v10 comes after v9, and 1.0-rc1 after 1.0."""
    version, number = member
    return [int(digits) for digits in _NUMBER.findall(version)], version, number


def parse_versions(pattern: str, keep_newest: int | None) -> Versions:
    """Return the options ``version_pattern`` and ``keep_newest``, checked. Raises OcrModelError."""
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise OcrModelError(f"version_pattern: {pattern!r} is no regular expression of Python: {error}") from error
    if _GROUP not in compiled.groupindex:
        raise OcrModelError(
            f"version_pattern: {pattern!r} has no group named {_GROUP}; put what differs between a model's versions in "
            rf"one, for example _v(?P<{_GROUP}>[0-9.]+)\."
        )
    if keep_newest is not None and keep_newest < 1:
        raise OcrModelError(f"keep_newest: {keep_newest} would keep no model of a family; give at least 1")
    return Versions(compiled, 1 if keep_newest is None else keep_newest)
