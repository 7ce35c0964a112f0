# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What ``--diff`` shows of a change to model directories."""

from __future__ import annotations

import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import displayed

# Ansible compares the lines on the controller with difflib, whose time grows with the square of their number where
# every other model goes: 10,000 take 12 s, in parts of this size 0.2 s.
MOST_LINES = 250

Diff = t.Dict[str, str]

# The location of a model, and whether it was there before a change and is there after it.
Presence = t.Tuple[bytes, bool, bool]


def names_diff(directories: t.Sequence[tuple[str, t.Iterable[Presence]]]) -> Diff | list[Diff]:
    """Return the names of the models before and after a change, one a line, in the form that ``--diff`` shows.

    Of each directory are given its path and its models, sorted by location. Of several the lines are whole paths. Of
    more than MOST_LINES names there are several parts, one after the other.
    """
    header = ", ".join(displayed(path) for path, _models in directories)
    lines: list[tuple[str, bool, bool]] = []
    for path, models in directories:
        start = "" if len(directories) == 1 else displayed(path.rstrip("/")) + "/"
        lines += [(f"{start}{displayed(location)}\n", was_there, is_there) for location, was_there, is_there in models]
    if len(lines) <= MOST_LINES:
        return _part(header, lines)
    return [
        _part(
            f"{header}, models {first + 1} to {min(first + MOST_LINES, len(lines))}", lines[first : first + MOST_LINES]
        )
        for first in range(0, len(lines), MOST_LINES)
    ]


def _part(header: str, lines: t.Sequence[tuple[str, bool, bool]]) -> Diff:
    return {
        "before_header": header,
        "after_header": header,
        "before": "".join(line for line, was_there, _is_there in lines if was_there),
        "after": "".join(line for line, _was_there, is_there in lines if is_there),
    }
