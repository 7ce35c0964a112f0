# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module's process is spared: compiling files twice, and looking for garbage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
import zipfile
from pathlib import Path

import pytest

from ansible_collections.ocrfleet.aspose.plugins.module_utils import _startup

FOLDER = Path(_startup.__file__).parent
PACKAGE = _startup.__name__.rpartition(".")[0]
COLLECTIONS = FOLDER.parents[PACKAGE.count(".")]

# Imports what the arguments name from the zip file, and tells how often Python compiled which file of it: each run of
# the compiler is an event for audit hooks, which there are since Python 3.8.
IMPORT = """
import importlib, json, sys
compiled = {}
def hook(event, arguments):
    if event == "compile" and str(arguments[1]).startswith(sys.argv[1]):
        name = arguments[1].partition("/plugins/module_utils/")[2]
        compiled[name] = compiled.get(name, 0) + 1
if hasattr(sys, "addaudithook"):
    sys.addaudithook(hook)
sys.path.insert(0, sys.argv[1])
files = [importlib.import_module(name).__file__ for name in sys.argv[2:]]
print(json.dumps([files, {name: count for name, count in compiled.items() if name.endswith(".py")}]))
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A zip file of all module_utils, with the empty packages above them that Ansible makes up."""
    path = tmp_path / "payload.zip"
    parts = PACKAGE.split(".")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for depth in range(1, len(parts) + 1):
            archive.writestr("/".join([*parts[:depth], "__init__.py"]), "")
        for source in FOLDER.rglob("*.py"):
            archive.write(str(source), "/".join([*parts, *source.relative_to(FOLDER).parts]))
    return path


def imported(archive: Path, *names: str) -> tuple[list[str], dict[str, int]]:
    """Import these module_utils in a Python of their own: where they came from, and how often each was compiled."""
    command = [sys.executable, "-c", IMPORT, str(archive), *(f"{PACKAGE}.{name}" for name in names)]
    files, compiled = json.loads(subprocess.check_output(command, timeout=60))
    return t.cast("list[str]", files), t.cast("dict[str, int]", compiled)


def test_every_file_is_found_in_the_zip_file_and_compiled_once(archive: Path) -> None:
    sources = sorted(str(source.relative_to(FOLDER)) for source in FOLDER.rglob("_*/*.py"))
    modules = [source for source in sources if not source.endswith("__init__.py")]
    names = [source[: -len(".py")].replace("/", ".") for source in modules]
    files, compiled = imported(archive, "_startup", *names)
    folder = "/".join([str(archive), *PACKAGE.split(".")])
    assert files[1:] == [f"{folder}/{source}" for source in modules]
    if sys.version_info >= (3, 8):
        assert {source: compiled[source] for source in sources} == dict.fromkeys(sources, 1)
        assert compiled["_errors.py"] == compiled["_arguments.py"] == 1


@pytest.mark.parametrize("missing", ["_missing", "_host.missing", "_missing.mounts"])
def test_a_file_that_is_not_in_the_zip_file_is_an_import_error(archive: Path, missing: str) -> None:
    command = [sys.executable, "-c", IMPORT, str(archive), f"{PACKAGE}._startup", f"{PACKAGE}.{missing}"]
    failed = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert failed.returncode == 1
    assert "missing" in failed.stderr.decode().splitlines()[-1]


@pytest.mark.parametrize(("from_zip", "searches"), [(True, b"False True"), (False, b"True False")])
def test_only_in_a_process_of_its_own_a_module_does_without_the_search_for_garbage(
    archive: Path, from_zip: bool, searches: bytes
) -> None:
    # What is registered first is called last.
    code = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 1000)); "
    code += f"import {_startup.__name__}; print(gc.isenabled(), end=' ')"
    environment = {**os.environ, "PYTHONPATH": str(archive if from_zip else COLLECTIONS)}
    assert subprocess.check_output([sys.executable, "-c", code], timeout=60, env=environment).strip() == searches


def test_where_the_files_come_from_a_folder_the_finders_stay_as_they_are() -> None:
    assert not [finder for finder in sys.meta_path if isinstance(finder, _startup._ZipFinder)]
