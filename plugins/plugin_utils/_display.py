# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""How the reports show sizes, times and untrusted text to people."""

from __future__ import annotations

from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import one_line

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
