# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work folder of the tests: copies of the collection where Ansible's tools want them, a home, and results."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
WORK = CHECKOUT / ".cache"
RESULTS = WORK / "results"
COVERAGE = WORK / "coverage"


def stage(name: str) -> Path:
    """Copy the checkout to <work>/trees/<name>/ansible_collections/ocrfleet/aspose and return that folder.

    Parentheses, as in the names of sessions, become hyphens in the name.

    ansible-test accepts no other physical path, and no link to it. The copy is a git repository of its own: below the
    ignored work folder, ansible-test would otherwise find every file ignored, and report success without a test.
    """
    tree = WORK / "trees" / name.replace("(", "-").replace(")", "")
    collection = tree / "ansible_collections" / "ocrfleet" / "aspose"
    shutil.rmtree(tree, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    for name_bytes in sorted(set(listed.stdout.split(b"\0")) - {b""}):
        relative = os.fsdecode(name_bytes)
        source, target = CHECKOUT / relative, collection / relative
        if source.is_symlink() or source.is_file():  # a file that git still lists may be deleted in the work tree
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    subprocess.run(["git", "-c", "init.defaultBranch=main", "init", "-q"], cwd=collection, check=True)
    return collection


def tree_of(collection: Path) -> Path:
    """The folder to put on ANSIBLE_COLLECTIONS_PATH for a staged collection."""
    return collection.parents[2]


def shared_code(checkout: Path = CHECKOUT) -> list[str]:
    """The folders of tests/pytest.ini, for the PYTHONPATH of programs of the tests that pytest does not run."""
    settings = configparser.ConfigParser()
    settings.read(checkout / "tests" / "pytest.ini", encoding="utf-8")
    return [str(checkout / "tests" / name) for name in settings["pytest"]["pythonpath"].split()]


def mypy_paths(collection: Path) -> dict[str, str]:
    """What mypy checks by itself, each with its MYPYPATH: two folders of tests may have a module of one name."""
    shared = [str(tree_of(collection)), *shared_code(collection)]
    checked = {"noxfile.py": os.pathsep.join(shared)}
    for folder in sorted((collection / "tests").iterdir()):
        if folder.is_dir() and any(folder.rglob("*.py")):
            # Unit tests are a package within the collections; all others are found by their own folder.
            own = [] if (folder / "plugins").is_dir() else [str(folder)]
            checked[f"tests/{folder.name}"] = os.pathsep.join([*own, *shared])
    return checked


def private_home(name: str) -> Path:
    """A home directory for Ansible's tools, which keep environments and caches there; pip finds its settings in it.

    Each staged copy has its own, as the tools do not expect another of them to set up the same environment meanwhile.
    """
    home = WORK / "home" / name
    for kept in (".config/pip", ".cache/pip"):
        link, target = home / kept, Path.home() / kept
        link.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not link.exists():
            link.symlink_to(target)
    # Python compiles what is imported, which is the smaller part.
    own_settings = home / ".pip" / "pip.conf"
    own_settings.parent.mkdir(exist_ok=True)
    own_settings.write_text("[install]\ncompile = false\n", encoding="utf-8")
    return home


def results_of(session_name: str) -> Path:
    """The empty folder in which this session leaves its JUnit files."""
    folder = RESULTS / session_name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
