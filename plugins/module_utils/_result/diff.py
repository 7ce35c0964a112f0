# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What ``--diff`` shows of a change to a model directory."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed


def names_diff(directories: t.Sequence[tuple[str, t.Iterable[bytes], t.Iterable[bytes]]]) -> dict[str, str]:
    """Return the names of the models before and after a change, one a line, in the form that ``--diff`` shows.

    Of each directory are given its path and the locations before and after. Of several the lines are whole paths.
    """
    header = ", ".join(displayed(path) for path, _before, _after in directories)
    shown = {"before_header": header, "after_header": header, "before": "", "after": ""}
    for path, before, after in directories:
        start = "" if len(directories) == 1 else displayed(path.rstrip("/")) + "/"
        shown["before"] += _lines(start, before)
        shown["after"] += _lines(start, after)
    return shown


def _lines(start: str, locations: t.Iterable[bytes]) -> str:
    return "".join(f"{start}{displayed(location)}\n" for location in locations)
