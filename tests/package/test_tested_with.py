# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README.md claims to be tested with exactly what the sessions have shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import tested_with
from conftest import CHECKOUT

README = """
## Tested with

| what | with |
|---|---|
| ansible-core | 2.17, 2.19 |
| file system | xfs, [FUSE](docs) |

## Next

| other | table |
"""
CASE = '<testcase name="x"><properties><property name="tested" value="file system: {}"/></properties>{}</testcase>'


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the results of sessions that showed all that README claims."""
    monkeypatch.setattr(tested_with, "CHECKOUT", tmp_path)
    monkeypatch.setattr(tested_with, "RESULTS", tmp_path / "results")
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    tested_with.note("units(2.17)", "ansible-core: 2.17")
    tested_with.note("units(2.19)", "ansible-core: 2.19", "ansible-core: 2.17")
    add_tests(tmp_path / "results", CASE.format("xfs", ""), CASE.format("[FUSE](docs)", ""))
    return tmp_path / "results"


def add_tests(results: Path, *cases: str) -> None:
    """Write what pytest writes about these tests."""
    file = results / "safety" / "pytest.xml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>", encoding="utf-8")


def test_all_that_is_claimed_was_shown(results: Path) -> None:
    assert tested_with.differences() == []


def test_what_failed_or_was_left_out_shows_nothing(results: Path) -> None:
    add_tests(results, CASE.format("xfs", "<failure/>"), CASE.format("[FUSE](docs)", "<skipped/>"))
    assert tested_with.differences() == [
        "README.md says 'file system: [FUSE](docs)', which no session has shown",
        "README.md says 'file system: xfs', which no session has shown",
    ]


def test_what_nobody_claims_is_named(results: Path) -> None:
    tested_with.note("units(2.21)", "ansible-core: 2.21")
    assert tested_with.differences() == ["README.md does not say 'ansible-core: 2.21', which a session has shown"]


def test_this_readme_has_claims() -> None:
    assert len(tested_with.claimed((CHECKOUT / "README.md").read_text(encoding="utf-8"))) > 30
