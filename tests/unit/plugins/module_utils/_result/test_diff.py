# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``--diff`` shows: a line for each model that goes or comes, whatever their number."""

from __future__ import annotations

import difflib
import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ocrfleet.aspose.plugins.module_utils._result import diff
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.diff import MOST_LINES, Presence, names_diff

SHOWN = """\
--- before: /srv/ocr/models
+++ after: /srv/ocr/models
@@ -1,5 +1,3 @@
 en_ocr_v1.bin
 llama-3.2.gguf.part
 old_fr_ocr_v1.bin
-old_qwen2-vl/mmproj.gguf
-old_qwen2-vl/weights.gguf
"""


def shown(parts: diff.Diff | list[diff.Diff]) -> list[str]:
    """The lines that Ansible prints, and how it comes to them."""
    lines: list[str] = []
    for part in parts if isinstance(parts, list) else [parts]:
        before, after = part["before"].splitlines(True), part["after"].splitlines(True)
        headers = f"before: {part['before_header']}", f"after: {part['after_header']}"
        lines += difflib.unified_diff(before, after, *headers, "", "", n=3)
    return lines


def presence(names: t.Iterable[bytes], before: t.Container[bytes], after: t.Container[bytes]) -> list[Presence]:
    """Of each name, whether it is there before and after."""
    return [(name, name in before, name in after) for name in names]


def changes(lines: t.Iterable[str]) -> list[str]:
    return [line for line in lines if line[0] in "+-" and not line.startswith(("--- ", "+++ "))]


def test_it_is_shown_as_the_readme_has_it() -> None:
    kept = [b"en_ocr_v1.bin", b"llama-3.2.gguf.part", b"old_fr_ocr_v1.bin"]
    before = [*kept, b"old_qwen2-vl/mmproj.gguf", b"old_qwen2-vl/weights.gguf"]
    assert "".join(shown(names_diff([("/srv/ocr/models", presence(before, before, kept))]))) == SHOWN


@given(fates=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40), second=st.integers(0, 20))
def test_in_parts_the_same_lines_go_and_come(fates: list[tuple[bool, bool]], second: int) -> None:
    names = [f"{number:02}".encode() for number in range(len(fates))]
    first = [(name, *fate) for name, fate in zip(names, fates) if any(fate)]
    directories = [("/srv/a", first), ("/srv/b", presence(names[:second], names, names[1:]))][: 1 + bool(second)]
    whole = names_diff(directories)
    assert isinstance(whole, dict)
    try:
        diff.MOST_LINES = 7
        parts = names_diff(directories)
    finally:
        diff.MOST_LINES = MOST_LINES
    listed = parts if isinstance(parts, list) else [parts]
    for side in ("before", "after"):
        assert "".join(part[side] for part in listed) == whole[side]
    assert sorted(changes(shown(parts))) == sorted(changes(shown(whole)))
    assert all(len({*part["before"].splitlines(), *part["after"].splitlines()}) <= 7 for part in listed)


def test_each_part_is_small_and_says_which_models_it_has() -> None:
    names = [b"%05d" % number for number in range(600)]
    parts = names_diff([("/srv/m", presence(names, names, names[::2]))])
    assert [part["before_header"] for part in parts if isinstance(part, dict)] == [
        "/srv/m, models 1 to 250",
        "/srv/m, models 251 to 500",
        "/srv/m, models 501 to 600",
    ]
    assert len(changes(shown(parts))) == 300


def test_a_name_with_a_line_break_is_one_line() -> None:
    assert changes(shown(names_diff([("/srv/m", [(b"old_\n+x\r\x85\xe2\x80\xa8y", True, False)])]))) == [
        "-old_\\u000a+x\\u000d\\x85\\u2028y\n"
    ]
