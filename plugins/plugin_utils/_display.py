# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""How the reports show sizes, times and untrusted text to people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import one_line

_DIGITS = re.compile(r"(\d+)")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def human_size(size: int) -> str:
    """Return a number of bytes with three significant digits and its unit, for example C(4.20 GiB)."""
    value = float(size)
    exponent = 0
    # 999.5 would be rounded to a fourth digit.
    while value >= 999.5 and exponent < len(_UNITS) - 1:
        value /= 1024
        exponent += 1
    if not exponent:
        return f"{size} B"
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{decimals}f} {_UNITS[exponent]}"


def short_time(time: str) -> str:
    """Return a time in UTC by ISO 8601 to the minute, for example C(2026-11-20 12:00). A year may have any digits."""
    return time[: time.index(":") + 3].replace("T", " ")


def visible(text: str) -> str:
    """Return the text in one line, by the rule of the modules: what cannot be seen is spelled out as C(\\uNNNN)."""
    return one_line(text)


def text_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def fitted(text: str, width: int) -> str:
    """Return a text that takes at most that many columns, with an ellipsis in its middle where it is longer."""
    if text_width(text) <= width:
        return text
    half = (width - 1) // 2
    return f"{_start(text, width - 1 - half)}…{_start(text[::-1], half)[::-1]}"


def padded(text: str, width: int) -> str:
    """Return a text with spaces behind it, so that it takes that many columns."""
    return text + " " * (width - text_width(text))


def _start(text: str, width: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += _character_width(character)
        if taken > width:
            return text[:index]
    return text


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def counted(number: int, noun: str) -> str:
    """Return C(1 host) or C(2 hosts)."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def some(names: Sequence[str], most: int) -> str:
    """Return the first names and the number of the others, for example C(a, b and 3 more)."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def natural_order(text: str) -> tuple[list[tuple[int, str]], str]:
    """Sort C(26.9.1) before C(26.10.0); the text itself decides between texts that are otherwise alike.

    Compares numbers by length, then digits: an untrusted version may have more digits than int() takes.
    """
    parts = (part.lstrip("0") if part.isdecimal() else part for part in _DIGITS.split(text))
    return [(len(part) if index % 2 else 0, part) for index, part in enumerate(parts)], text
