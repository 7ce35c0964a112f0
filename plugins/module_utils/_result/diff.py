# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What ``--diff`` shows of a change to a model directory."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed


def names_diff(path: str, before: t.Iterable[bytes], after: t.Iterable[bytes]) -> dict[str, str]:
    """Return the names of the models before and after a change, one a line, in the form that ``--diff`` shows."""
    shown = displayed(path)
    return {"before_header": shown, "after_header": shown, "before": _lines(before), "after": _lines(after)}


def _lines(locations: t.Iterable[bytes]) -> str:
    return "".join(f"{displayed(location)}\n" for location in locations)
