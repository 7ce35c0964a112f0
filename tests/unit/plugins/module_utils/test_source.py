# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a file, from wherever it is imported."""

from __future__ import annotations

import sys
import types
import typing as t
from importlib.machinery import ModuleSpec
from pathlib import Path
from zipfile import ZipFile

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils._engine import probe
from ansible_collections.ocrfleet.aspose.plugins.module_utils._source import source_of

TEXT = "WORD = 'Käse'\n"


def test_a_file_in_a_folder() -> None:
    assert source_of("probe", beside=probe.__name__) == Path(str(probe.__file__)).read_bytes()


def test_a_file_in_a_zip_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ZipFile(tmp_path / "files.zip", "w") as archive:
        archive.writestr("zipped/__init__.py", "")
        archive.writestr("zipped/words.py", TEXT)
    monkeypatch.syspath_prepend(str(tmp_path / "files.zip"))
    assert source_of("words", beside="zipped.other") == TEXT.encode()
    assert "zipped.words" not in sys.modules


class Fetching:
    """Finds one file, and has its text only once it was imported, as Mitogen."""

    def __init__(self) -> None:
        self.fetched = False

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, t.cast(t.Any, self)) if name == "fetched.words" else None

    def create_module(self, _spec: ModuleSpec) -> None:
        self.fetched = True

    def exec_module(self, module: t.Any) -> None:
        exec(TEXT, vars(module))

    def get_source(self, _name: str) -> str | None:
        return TEXT if self.fetched else None


def test_a_file_that_is_fetched_when_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [Fetching(), *sys.meta_path])
    monkeypatch.setitem(sys.modules, "fetched", types.ModuleType("fetched"))
    monkeypatch.setattr(sys.modules["fetched"], "__path__", [], raising=False)
    monkeypatch.delitem(sys.modules, "fetched.words", raising=False)
    assert source_of("words", beside="fetched.other") == TEXT.encode()


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ImportError, match="no_such_words cannot be found"):
        source_of("no_such_words", beside=probe.__name__)
