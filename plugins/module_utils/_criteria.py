# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""What a prune is asked to do: ages, limits and rules, checked as the user wrote them."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError

SKIP = "skip"
FAIL = "fail"
IGNORE = "ignore"

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_AGE = re.compile(r"([0-9]+)([smhdw]?)")
_LIMIT = re.compile(r"([0-9]+)(%?)")


class Age(t.NamedTuple):
    """A minimum age: as the user wrote it, and in seconds."""

    text: str
    seconds: int


# A download that was written to within a day may still be running.
INCOMPLETE_AGE = Age("24h", 86400)


class Limit(t.NamedTuple):
    """The most models that one run may remove: a count, or a share of all models in percent."""

    text: str
    number: int
    is_share: bool

    def allows(self, planned: int, total: int) -> bool:
        """Whether ``planned`` of ``total`` models may be removed."""
        return planned * 100 <= self.number * total if self.is_share else planned <= self.number


class Criteria(t.NamedTuple):
    """What a prune is asked to remove and to keep."""

    keep: tuple[str, ...] = ()
    min_age: Age | None = None
    incomplete: bool = False
    max_prune: Limit | None = None
    in_use: str = SKIP


def parse_age(option: str, text: str | None) -> Age | None:
    """Return an age written like those of ansible.builtin.find: ``30d``, ``12h``, or seconds. None stays None.

    Raises OcrModelError that names ``option`` for anything else.
    """
    if text is None:
        return None
    match = _AGE.fullmatch(text.strip().lower())
    if match is None:
        raise OcrModelError(
            f"{option}: {text!r} is not an age; write a number and a unit (s, m, h, d, w), for example 30d or 12h"
        )
    return Age(text.strip(), int(match.group(1)) * _UNITS[match.group(2)])


def parse_limit(text: str | None) -> Limit | None:
    """Return max_prune: a count, or a share up to 100%. Raises OcrModelError for anything else. None stays None."""
    if text is None:
        return None
    match = _LIMIT.fullmatch(text.strip())
    if match is None or (match.group(2) and int(match.group(1)) > 100):
        raise OcrModelError(
            f"max_prune: {text!r} is neither a count nor a share; write for example 20, or 50% (at most 100%)"
        )
    return Limit(text.strip(), int(match.group(1)), bool(match.group(2)))
