# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests share."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import temporary_area


@pytest.fixture
def area() -> t.Iterator[Path]:
    """A folder for a test, see temporary_area."""
    with temporary_area() as path:
        yield path


@pytest.fixture
def models(area: Path) -> Path:
    """An empty model directory."""
    path = area / "models"
    path.mkdir()
    return path


@pytest.fixture
def backups(area: Path) -> Path:
    """The place of a backup directory that does not exist yet."""
    return area / "backups"
