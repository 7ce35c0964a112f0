# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ages and limits as users write them."""

from __future__ import annotations

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError
from ansible_collections.ocrfleet.aspose.plugins.module_utils._quantities import (
    Age,
    Limit,
    parse_age,
    parse_limit,
)


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("0", 0),
        ("90", 90),
        ("90s", 90),
        ("5m", 300),
        ("12h", 43200),
        ("30d", 2592000),
        ("2w", 1209600),
        ("1D", 86400),
        (" 7d ", 604800),
    ],
)
def test_ages_that_are_understood(text: str, seconds: int) -> None:
    assert parse_age("min_age", text) == Age(text.strip(), seconds)


@pytest.mark.parametrize("text", ["", " ", "d", "-1d", "1.5h", "1 d", "1y", "1d2h", "\u0663d", "30 days", "None"])
@pytest.mark.parametrize("option", ["min_age", "backup_max_age"])
def test_ages_that_are_refused_with_the_option_named(option: str, text: str) -> None:
    with pytest.raises(OcrModelError, match=rf"^{option}: .* is not an age; .*, for example 30d or 12h$"):
        parse_age(option, text)


@pytest.mark.parametrize(
    "text, limit",
    [
        ("0", Limit("0", 0, False)),
        ("20", Limit("20", 20, False)),
        (" 20 ", Limit("20", 20, False)),
        ("0%", Limit("0%", 0, True)),
        ("50%", Limit("50%", 50, True)),
        ("100%", Limit("100%", 100, True)),
        ("250", Limit("250", 250, False)),
    ],
)
def test_limits_that_are_understood(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "%", "-1", "101%", "1.5%", "5 %", "50%%", "half", "\u0663"])
def test_limits_that_are_refused_with_the_option_named(text: str) -> None:
    with pytest.raises(OcrModelError, match=r"^max_prune: .* is neither a count nor a share; write for example 20"):
        parse_limit(text)


def test_options_that_are_not_set_stay_so() -> None:
    assert parse_age("min_age", None) is None
    assert parse_limit(None) is None


@pytest.mark.parametrize(
    "limit, planned, total, allowed",
    [
        ("2", 2, 100, True),
        ("2", 3, 100, False),
        ("0", 0, 100, True),
        ("0", 1, 100, False),
        ("50%", 2, 4, True),
        ("50%", 3, 4, False),
        ("50%", 0, 0, True),
        ("33%", 1, 3, False),
        ("34%", 1, 3, True),
        ("100%", 3, 3, True),
    ],
)
def test_what_a_limit_allows(limit: str, planned: int, total: int, allowed: bool) -> None:
    parsed = parse_limit(limit)
    assert parsed is not None
    assert parsed.allows(planned, total) is allowed
