# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests share."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import decision
from ansible_collections.ocrfleet.aspose.plugins.module_utils._backup import sets as backup_sets
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host import identity
from ansible_collections.ocrfleet.aspose.plugins.module_utils._host.directory import ModelDirectory
from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.files import opened, temporary_area


@pytest.fixture
def area(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Path]:
    """A folder for a test, see temporary_area."""
    with temporary_area() as path:
        yield path
        # What a test broke would break the cleaning too.
        monkeypatch.undo()


@pytest.fixture
def models(area: Path) -> Path:
    """An empty model directory."""
    path = area / "models"
    path.mkdir()
    return path


@pytest.fixture
def directory(models: Path) -> t.Iterator[ModelDirectory]:
    """The open model directory."""
    with opened(models) as directory:
        yield directory


@pytest.fixture
def backups(area: Path) -> Path:
    """The place of a backup directory that does not exist yet."""
    return area / "backups"


@pytest.fixture(params=["renamed", "copied"])
def way(request: t.Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """How models get into the backup directory and back; copied as if it were on another file system."""
    if request.param == "copied":
        monkeypatch.setattr(backup_sets.BackupDirectory, "renames_from", lambda _self, _directory: False)
        monkeypatch.setattr(decision, "_on_same_file_system", lambda _one, _other: False)
    return str(request.param)


@pytest.fixture
def as_user(monkeypatch: pytest.MonkeyPatch) -> int:
    """The user of the OCR application, whom the process, as root, has taken on; no ids change for that."""
    ids = [identity._Ids(number, number, (number,)) for number in (0, 61001)]
    account = identity.Account("ocr", 61001, 61001, (61001,), "/srv/ocr", "/bin/sh")
    now = [ids[1]]
    monkeypatch.setattr(identity, "_switches", [identity._Switch(account, *ids)])
    monkeypatch.setattr(identity, "_become", lambda wanted: now.__setitem__(0, wanted))
    monkeypatch.setattr(os, "geteuid", lambda: now[0].user_id)
    return account.user_id
