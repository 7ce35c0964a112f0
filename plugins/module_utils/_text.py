# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""How everything that comes from a host's disk and processes is shown: in one line, and never as two names alike."""

from __future__ import annotations

import fnmatch
import functools
import os
import re
import time

# Patterns are compiled when one is needed: most names need none.
# Control characters, line separators, the characters that turn the direction of text, and those that cannot be seen.
_INVISIBLE = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_SPELLED = r"\\(?:\\|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))"
_SURROGATE = "[\ud800-\udfff]"

# 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799


def displayed(name: bytes | str) -> str:
    r"""Return a name or path as text in one line that every report can carry; no two names give the same text.

    A byte that is not UTF-8 becomes ``\xNN``, a character that cannot be seen ``\uNNNN``, and a backslash two of them.
    """
    raw = name if isinstance(name, bytes) else os.fsencode(name)
    text = raw.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return text if text.isprintable() else re.sub(_INVISIBLE, _spell, text)


def as_displayed(text: str) -> bytes:
    """Return the name or path that is displayed as this text. Raises ValueError where none is."""
    name = re.sub(_SPELLED, _unspell, text).encode("utf-8", "surrogateescape")
    if displayed(name) != text:
        raise ValueError(f"no name is displayed as {text!r}")
    return name


def one_line(message: str) -> str:
    """Return a message, which may name things that were not displayed, as one line that every report can carry."""
    if message.isprintable():
        return message
    return re.sub(_SURROGATE, _spell_surrogate, re.sub(_INVISIBLE, _spell, message))


@functools.lru_cache(maxsize=1024)
def timestamp(seconds: int) -> str:
    """Return a time, in seconds since the epoch, in UTC as ISO 8601 text.

    A time before the year 1 or after 9999, which a file can have but ISO 8601 cannot write, becomes the first or last
    one between: consumers expect a time.
    """
    moment = time.gmtime(min(max(seconds, _FIRST_SECOND), _LAST_SECOND))
    # Not every strftime fills the year up to four digits.
    return f"{moment.tm_year:04}-{time.strftime('%m-%dT%H:%M:%SZ', moment)}"


def matches(name: bytes, pattern: str) -> bool:
    """Whether a pattern of the shell fits a model's name, or its file name alone, as it is or as it is displayed."""
    file_name = name.rpartition(b"/")[2]
    return any(
        fnmatch.fnmatchcase(text, pattern)
        for text in (displayed(name), displayed(file_name), os.fsdecode(name), os.fsdecode(file_name))
    )


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _unspell(match: re.Match[str]) -> str:
    byte, *character = match.groups()
    if byte is not None:
        return chr(0xDC00 + int(byte, 16))
    code = "".join(filter(None, character))
    return chr(int(code, 16)) if code else "\\"


def _spell_surrogate(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
