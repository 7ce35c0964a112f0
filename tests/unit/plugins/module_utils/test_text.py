# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How names and messages are shown."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._text import (
    as_displayed,
    displayed,
    matches,
    one_line,
)

# What terminals and readers of lines act on, what turns the direction of text, and what begins an escape.
PIECES = [b"\n", b"\r", b"\x0b", b"\x1b[31m", b"\x7f", "\x85\u2028\u2029\u202e\u200b\ufeff".encode(), b"\xff", b"\xe9"]
PIECES += [b"\\", b"\\xff", b"\\u000a", b"\\\\", b"a", b"xff", b"u000a", "\u00fc\U000e0041".encode()]
NAMES = st.one_of(st.binary(max_size=6), st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join))


def is_harmless(text: str) -> bool:
    """Whether text is one line that a terminal shows as it is and every report can carry."""
    kinds = {unicodedata.category(character) for character in text}
    directions = {unicodedata.bidirectional(character) for character in text}
    return (
        len(text.splitlines()) <= 1
        and not kinds & {"Cc", "Cs", "Zl", "Zp"}
        and not directions & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    )


@pytest.mark.parametrize(
    "name, text",
    [
        (b"a b-c_\xc3\xbc.bin", "a b-c_\u00fc.bin"),
        (b"x\xff", r"x\xff"),
        (rb"x\xff", r"x\\xff"),
        (b"two\nlines", r"two\u000alines"),
        ("\x85\u2028".encode(), r"\u0085\u2028"),
        ("\U000e0041".encode(), r"\U000e0041"),
        ("of\udcfftext", r"of\xfftext"),
    ],
)
def test_names_are_shown_in_one_line(name: bytes | str, text: str) -> None:
    assert displayed(name) == text


@given(NAMES, NAMES)
def test_no_name_is_shown_in_two_lines_and_no_two_alike(one: bytes, other: bytes) -> None:
    assert is_harmless(displayed(one))
    assert (displayed(one) == displayed(other)) is (one == other)


@given(NAMES)
def test_what_is_shown_leads_back_to_the_name(name: bytes) -> None:
    assert as_displayed(displayed(name)) == name


@given(st.one_of(NAMES.map(os.fsdecode), st.text(st.sampled_from("\\xu0123abfU\n"))))
def test_what_no_name_is_shown_as_is_refused(text: str) -> None:
    try:
        name = as_displayed(text)
    except ValueError:
        assert text != displayed(text.encode("utf-8", "surrogateescape"))
    else:
        assert displayed(name) == text


@given(st.text(st.characters()))
def test_a_message_is_one_line(text: str) -> None:
    assert is_harmless(one_line(text))
    assert is_harmless(str(OcrModelError(text)))


def test_a_message_keeps_what_is_displayed_in_it() -> None:
    shown = f"{displayed(b'old_ ' + bytes([255, 92, 10]))} cannot be read"
    assert one_line(shown) == shown


@pytest.mark.parametrize("pattern", [r"old_?b*", r"old_\xffb.bin\u000a", "*\n", "*u000a", "sub/*", "old_\udcff*"])
def test_a_pattern_fits_a_name_as_it_is_and_as_it_is_shown(pattern: str) -> None:
    assert matches(b"sub/old_\xffb.bin\n", pattern)


@pytest.mark.parametrize("pattern", ["", "sub", "old_", "OLD_*", "/sub/*", r"old_\\xff*"])
def test_a_pattern_that_does_not_fit(pattern: str) -> None:
    assert not matches(b"sub/old_\xffb.bin\n", pattern)
