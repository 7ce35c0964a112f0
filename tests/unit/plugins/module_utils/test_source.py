# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a file, from wherever it is imported."""

from __future__ import annotations

import sys
import typing as t
from importlib.machinery import ModuleSpec
from pathlib import Path
from zipfile import ZipFile

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import probe
from ansible_collections.ocrfleet.aspose.plugins.module_utils._source import source_of

TEXT = "WORD = 'Käse'\n"


def test_a_file_in_a_folder() -> None:
    assert source_of(probe.__name__) == Path(str(probe.__file__)).read_bytes()


def test_a_file_in_a_zip_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ZipFile(tmp_path / "files.zip", "w") as archive:
        archive.writestr("zipped_words.py", TEXT)
    monkeypatch.syspath_prepend(str(tmp_path / "files.zip"))
    assert source_of("zipped_words") == TEXT.encode()
    assert "zipped_words" not in sys.modules


class Fetching:
    """Finds one file, and has its text only once it was imported, as Mitogen."""

    def __init__(self) -> None:
        self.fetched = False

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, t.cast(t.Any, self)) if name == "fetched_words" else None

    def create_module(self, _spec: ModuleSpec) -> None:
        self.fetched = True

    def exec_module(self, module: t.Any) -> None:
        exec(TEXT, vars(module))

    def get_source(self, _name: str) -> str | None:
        return TEXT if self.fetched else None


def test_a_file_that_is_fetched_when_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [Fetching(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "fetched_words", raising=False)
    assert source_of("fetched_words") == TEXT.encode()


@pytest.mark.parametrize("name", ["no_such_words", "sys"])
def test_a_file_that_is_not_there(name: str) -> None:
    with pytest.raises(ImportError, match=name):
        source_of(name)
