# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the modules share."""

from __future__ import annotations

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._arguments import parse_path, parse_stale_prefixes
from ansible_collections.ocrfleet.aspose.plugins.module_utils._errors import OcrModelError


def test_stale_prefixes_are_taken_as_they_are() -> None:
    assert parse_stale_prefixes(["old_", " x", "*", "."]) == ("old_", " x", "*", ".")


@pytest.mark.parametrize(
    "prefixes, wrong", [([], "is empty"), (["old_", ""], "has an empty prefix"), (["old_", "a/b"], "'a/b' has a slash")]
)
def test_stale_prefixes_that_are_refused_with_the_option_named(prefixes: list[str], wrong: str) -> None:
    with pytest.raises(OcrModelError, match=f"^stale_prefixes.*{wrong}"):
        parse_stale_prefixes(prefixes)


@pytest.mark.parametrize("home", [None, "/srv/ocr"])
def test_a_path_is_expanded_for_whoever_it_is_taken_for(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/root")
    whose = home or "/root"
    assert parse_path("path", None, home) is None
    assert parse_path("path", "/a path", home) == "/a path"
    assert parse_path("path", "~", home) == whose
    assert parse_path("path", "~/models", home) == f"{whose}/models"
    assert parse_path("path", "/a/~", home) == "/a/~"
    assert parse_path("path", "~no-such-user/models", home) == "~no-such-user/models"


def test_a_variable_in_a_path_is_refused_with_a_user() -> None:
    with pytest.raises(OcrModelError, match=r"^backup_dir: \$HOME/x has a \$, but with user set"):
        parse_path("backup_dir", "$HOME/x", "/srv/ocr")


def test_a_variable_in_a_path_is_expanded_without_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELS", "/srv/models")
    assert parse_path("path", "$MODELS/a", None) == "/srv/models/a"
