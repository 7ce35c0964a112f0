# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Add up what is known of model directories. Pure."""

from __future__ import annotations

import typing as t

# The sums that every directory knows, in the order of the report's columns.
COUNTERS = (
    "count",
    "bytes",
    "allocated_bytes",
    "stale_count",
    "stale_bytes",
    "incomplete_count",
    "incomplete_bytes",
)

# The sums that a directory may not be able to know: null then.
NULLABLE_COUNTERS = ("in_use_count", "pending_bytes")


def totals(directories: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, int | None]:
    """Return the sums over the facts of directories.

    The number of models in use is unknown where one directory does not know it.
    """
    sums: dict[str, int | None] = {name: sum(facts[name] for facts in directories) for name in COUNTERS}
    in_use = [facts["in_use_count"] for facts in directories]
    sums["in_use_count"] = None if None in in_use else sum(in_use)
    sums["pending_bytes"] = sum_of_seen([facts["pending_bytes"] for facts in directories])
    return sums


def sum_of_seen(pending: t.Sequence[int | None]) -> int | None:
    """Return the sum of what was seen: None where nothing was, and one directory does not know whether there is any."""
    seen = sum(known or 0 for known in pending)
    return seen if seen or None not in pending else None
