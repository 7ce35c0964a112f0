# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What models share on the disk with other files, and so do not give back when they go."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory, closing
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import Identity, Model, by_folder
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.scan import open_scanned
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

if t.TYPE_CHECKING:
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.extents import Range


class Sharing(Record):
    """The pieces that each file shares, None where nobody can tell; ``otherwise`` holds for those not listed."""

    ranges: dict[Identity, tuple[Range, ...] | None]
    otherwise: tuple[Range, ...] | None

    def of(self, model: Model) -> tuple[Range, ...] | None:
        """Return the pieces that the model shares; None where that is unknown. A link has none."""
        return () if model.is_link else self.ranges.get(model.identity, self.otherwise)

    def given_back(self, models: t.Iterable[Model]) -> tuple[int, bool]:
        """Return how many bytes these models, each a file of its own, give back, and whether that is exact.

        Otherwise it is the most that they can: all of a model of which nothing is known; and once what several of them
        share, because others may share it too.
        """
        total, exact = 0, True
        ranges: list[Range] = []
        for model in models:
            shared = self.of(model)
            total += model.allocated
            if shared is None:
                exact = False
            elif shared:
                ranges += shared
                total -= min(model.allocated, sum(end - start for start, end in shared))
        among = _shared_among(ranges)
        return total + among, exact and not among


NOTHING_SHARED = Sharing({}, ())


def look_at_sharing(directory: ModelDirectory, models: t.Iterable[Model]) -> Sharing:
    """Find out what models share. Where the file system has no such files, none is opened.

    What cannot be opened or told is unknown; one refusal of the file system is enough.
    """
    if directory.mount.shares_nothing:
        return NOTHING_SHARED
    ranges: dict[Identity, tuple[Range, ...] | None] = {}
    if directory.mount.tells_what_is_shared:
        from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.extents import CannotTell

        with contextlib.suppress(CannotTell):
            for location, members in by_folder(models).items():
                with contextlib.suppress(OSError), directory.folder(location) as folder:
                    for model in members:
                        if not model.is_link:
                            ranges[model.identity] = _ranges_of(folder, model)
    return Sharing(ranges, None)


def _ranges_of(folder: int, model: Model) -> tuple[Range, ...] | None:
    """Return the pieces that a model shares. Raises CannotTell."""
    from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.extents import shared_ranges

    try:
        descriptor, _status = open_scanned(folder, model, unchanged=True)
    except OSError:
        return None
    with closing(descriptor):
        return shared_ranges(descriptor)


def _shared_among(ranges: t.Iterable[Range]) -> int:
    """Return how many bytes lie in more than one of these pieces, each byte counted once."""
    among = 0
    # How far the pieces reach so far, and how far those bytes that were counted.
    reached = counted = 0
    for start, end in sorted(ranges):
        overlap_end = min(end, reached)
        among += max(0, overlap_end - max(start, counted))
        counted = max(counted, overlap_end)
        reached = max(reached, end)
    return among
