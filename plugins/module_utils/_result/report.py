# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a module that changes models hands back."""

from __future__ import annotations

import typing as t


class Report(t.NamedTuple):
    """The result, why the task fails if it does, and what else the user should know."""

    result: dict[str, t.Any]
    failure: str | None
    warnings: list[str]
