# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Ages, numbers of models, and room on a file system, as users write them."""

from __future__ import annotations

import re

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._record import Record

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# Patterns are compiled when one is needed: most runs need none.
_AGE = r"([0-9]+)([smhdw]?)"
_LIMIT = r"([0-9]+)(%?)"
_SPACE = r"([0-9]+)(?:\.([0-9]+))? ?(%|[KMGTP]iB)"


class Age(Record):
    """A minimum age: as the user wrote it, and in seconds."""

    text: str
    seconds: int


class Limit(Record):
    """The most models that one run may remove: a count, or a share of all models in percent."""

    text: str
    number: int
    is_share: bool

    def allows(self, planned: int, total: int) -> bool:
        """Whether ``planned`` of ``total`` models may be removed."""
        return planned * 100 <= self.number * total if self.is_share else planned <= self.number


class Space(Record):
    """Room on a file system: as the user wrote it, and ``number`` / ``divisor`` bytes, or that share of the whole."""

    text: str
    number: int
    divisor: int
    is_share: bool

    def of(self, total: int) -> int:
        """Return the bytes that this is on a file system of ``total`` bytes, rounded up."""
        return -(-self.number * (total if self.is_share else 1) // self.divisor)


def parse_age(option: str, text: str | None) -> Age | None:
    """Return an age written like those of ansible.builtin.find: ``30d``, ``12h``, or seconds. None stays None.

    Raises OcrModelError that names ``option`` for anything else.
    """
    if text is None:
        return None
    match = re.fullmatch(_AGE, text.strip().lower())
    if match is None:
        raise OcrModelError(
            f"{option}: {text!r} is not an age; write a number and a unit (s, m, h, d, w), for example 30d or 12h"
        )
    return Age(text.strip(), int(match.group(1)) * _UNITS[match.group(2)])


def parse_limit(text: str | None) -> Limit | None:
    """Return max_prune: a count, or a share up to 100%. Raises OcrModelError for anything else. None stays None."""
    if text is None:
        return None
    match = re.fullmatch(_LIMIT, text.strip())
    if match is None or (match.group(2) and int(match.group(1)) > 100):
        raise OcrModelError(
            f"max_prune: {text!r} is neither a count nor a share; write for example 20, or 50% (at most 100%)"
        )
    return Limit(text.strip(), int(match.group(1)), bool(match.group(2)))


def parse_space(option: str, text: str | None) -> Space | None:
    """Return room on a file system: a share up to 100%, or a size, ``50GiB``. None stays None.

    Raises OcrModelError that names ``option`` for anything else.
    """
    if text is None:
        return None
    match = re.fullmatch(_SPACE, text.strip(), re.IGNORECASE)
    if match is not None:
        whole, decimals, unit = match.group(1), match.group(2) or "", match.group(3).upper()
        number, divisor = int(whole + decimals), 10 ** len(decimals)
        if unit != "%":
            return Space(text.strip(), number << 10 * ("KMGTP".index(unit[0]) + 1), divisor, False)
        if number <= 100 * divisor:
            return Space(text.strip(), number, 100 * divisor, True)
    raise OcrModelError(
        f"{option}: {text!r} is neither a share nor a size; write for example 20% (at most 100%), or 50GiB (KiB to PiB)"
    )
