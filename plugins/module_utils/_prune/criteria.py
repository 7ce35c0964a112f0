# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a prune is asked to do."""

from __future__ import annotations

from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import Age, Limit, Space
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

SKIP = "skip"
FAIL = "fail"
IGNORE = "ignore"

WHEN_NEEDED = "when_needed"
ALWAYS = "always"
NEVER = "never"

# A download that was written to within a day may still be running.
INCOMPLETE_AGE = Age("24h", 86400)


class Criteria(Record):
    """What a prune is asked to remove and to keep."""

    keep: tuple[str, ...] = ()
    min_age: Age | None = None
    incomplete: bool = False
    max_prune: Limit | None = None
    in_use: str = SKIP
    min_free: Space | None = None
