# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the modules share."""

from __future__ import annotations

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import parse_stale_prefixes
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError


def test_stale_prefixes_are_taken_as_they_are() -> None:
    assert parse_stale_prefixes(["old_", " x", "*", "."]) == ("old_", " x", "*", ".")


@pytest.mark.parametrize(
    "prefixes, wrong", [([], "is empty"), (["old_", ""], "has an empty prefix"), (["old_", "a/b"], "'a/b' has a slash")]
)
def test_stale_prefixes_that_are_refused_with_the_option_named(prefixes: list[str], wrong: str) -> None:
    with pytest.raises(OcrModelError, match=f"^stale_prefixes.*{wrong}"):
        parse_stale_prefixes(prefixes)
