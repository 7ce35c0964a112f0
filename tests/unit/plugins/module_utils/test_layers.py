# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of module_utils: a file imports only from files further up in the list of CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from ansible_collections.ocrfleet.aspose.plugins.module_utils import _startup

FOLDER = Path(_startup.__file__).parent
COLLECTION = FOLDER.parents[1]
PACKAGE = _startup.__name__.rpartition(".")[0]


def listed() -> list[str]:
    """The files of module_utils in the order in which CONTRIBUTING.md lists them: "_host.mounts" for example."""
    text = (COLLECTION / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = text.split("plugins/module_utils/ ", 1)[1].split("    plugins/modules/ ", 1)[0]
    names: list[str] = []
    for line in block.splitlines()[1:]:
        words = re.split(r"\s{2,}", line.strip())[0].split() if re.match(r"\s{8}_\w+/", line) else line.split()
        if words[0].endswith("/"):
            names += [f"{words[0][:-1]}.{name}" for name in words[1:]]
        else:
            names.append(words[0])
    return names


def imports_of(source: Path) -> set[str]:
    """The files of module_utils that a file imports anywhere in it, also for its types only."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGE):
            base = node.module[len(PACKAGE) + 1 :]
            names = [base] + [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
            found |= {name for name in names if (FOLDER / f"{name.replace('.', '/')}.py").is_file()}
    return found


def test_the_list_names_every_file_once() -> None:
    sources = (source.relative_to(FOLDER) for source in FOLDER.rglob("*.py") if source.name != "__init__.py")
    assert sorted(listed()) == sorted(".".join(source.with_suffix("").parts) for source in sources)


def test_each_file_imports_only_from_files_above_it() -> None:
    order = listed()
    against = {
        name: later
        for place, name in enumerate(order)
        for later in [sorted(imports_of(FOLDER / f"{name.replace('.', '/')}.py") - set(order[:place]))]
        if later
    }
    assert not against


def sent_with(module: str) -> set[str]:
    """The files of module_utils that Ansible sends with a module."""
    found: set[str] = set()
    new = imports_of(FOLDER.parent / "modules" / f"{module}.py")
    while new:
        found |= new
        new = set().union(*(imports_of(FOLDER / f"{name.replace('.', '/')}.py") for name in new)) - found
    return found


def test_a_host_is_sent_nothing_that_the_module_does_not_need() -> None:
    of_a_change = {name for name in listed() if name.startswith(("_prune.", "_backup."))} | {"_result.report"}
    of_the_facts = {"_models.usage", "_models.processes", "_models.rules", "_result.facts", "_result.totals"}
    of_the_engine = {name for name in listed() if name.startswith("_engine.")}
    assert not sent_with("ocr_model_facts") & of_a_change
    sent = sent_with("ocr_model_restore")
    assert {name for name in sent if name.startswith("_backup.")} and not sent & (of_the_facts | of_the_engine)
    assert not [name for name in sent if name.startswith("_prune.")]


def test_no_file_and_no_function_is_longer_than_one_reads_at_once() -> None:
    for source in FOLDER.rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 300, source
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                # Python 3.7 does not tell where a function ends.
                assert getattr(node, "end_lineno", node.lineno) - node.lineno < 60, f"{source}: {node.name}"


def test_the_packages_are_empty() -> None:
    packages = [source for source in FOLDER.rglob("__init__.py") if source.parent != FOLDER]
    assert packages
    assert not [source for source in packages if source.read_bytes()]


def test_the_unit_tests_mirror_the_folders() -> None:
    tests = Path(__file__).parent
    folders = {source.parent.name for source in tests.glob("_*/test_*.py")}
    assert folders == {source.parent.name for source in FOLDER.glob("_*/__init__.py")}
