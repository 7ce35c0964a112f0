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


def names_diff(
    directories: t.Sequence[tuple[str, t.Iterable[bytes], t.Iterable[bytes]]],
) -> Diff | list[Diff]:
    """Return the names of the models before and after a change, one a line, in the form that ``--diff`` shows.

    Of each directory are given its path and the locations before and after. Of several the lines are whole paths. Of
    more than MOST_LINES names there are several parts, one after the other.
    """
    header = ", ".join(displayed(path) for path, _before, _after in directories)
    lines: list[tuple[str, bool, bool]] = []
    for path, before, after in directories:
        start = "" if len(directories) == 1 else displayed(path.rstrip("/")) + "/"
        old, new = set(before), set(after)
        lines += [(f"{start}{displayed(name)}\n", name in old, name in new) for name in sorted(old | new)]
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
        "before": "".join(line for line, is_old, _is_new in lines if is_old),
        "after": "".join(line for line, _is_old, is_new in lines if is_new),
    }
