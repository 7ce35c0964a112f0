# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact is small and clean, and what it installs works."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

from conftest import CHECKOUT, Run

SIZE_LIMIT = 1_000_000


def in_repository() -> set[str]:
    """The files that git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return set(subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines())


def members(artifact: Path) -> set[str]:
    """The names of the files in the artifact."""
    with tarfile.open(artifact) as tar:
        return {member.name for member in tar if member.isfile()}


def test_artifact_is_smaller_than_the_limit(artifact: Path) -> None:
    assert artifact.stat().st_size < SIZE_LIMIT


def test_artifact_holds_nothing_that_is_not_in_the_repository(artifact: Path) -> None:
    generated = {"MANIFEST.json", "FILES.json"}
    assert members(artifact) - generated - in_repository() == set()


def test_artifact_leaves_out_what_belongs_to_the_repository_alone(artifact: Path) -> None:
    unwanted = re.compile(r"\.(cache|ci|github|gitignore|nox)(/|$)|changelogs/fragments/|\.tar\.gz$|\.pyc$")
    assert [name for name in sorted(members(artifact)) if unwanted.match(name)] == []


def test_artifact_holds_what_users_need(artifact: Path) -> None:
    needed = {
        "COPYING",
        "README.md",
        "meta/runtime.yml",
        "playbooks/maintain.yml",
        "plugins/modules/ocr_model_facts.py",
        "plugins/modules/ocr_model_prune.py",
        "roles/ocr_maintenance/meta/argument_specs.yml",
    }
    assert needed - members(artifact) == set()


def test_installed_playbook_dry_run_predicts_and_changes_nothing(
    run: Run, installed: Path, inventory: Path, model_directory: Path
) -> None:
    assert installed.is_dir()
    completed = run("ansible-playbook", "ocrfleet.aspose.maintain", "--check", "--diff", "-i", str(inventory))
    assert "-old_fr_ocr_v1.bin" in completed.stdout
    assert re.search(r"ocr-host +: ok=\d+ +changed=1 +unreachable=0 +failed=0", completed.stdout), completed.stdout
    assert {file.name for file in model_directory.iterdir()} == {"en_ocr_v1.bin", "old_fr_ocr_v1.bin"}


def test_installed_modules_and_roles_are_documented(run: Run, installed: Path) -> None:
    assert installed.is_dir()
    for module in sorted((installed / "plugins" / "modules").glob("*.py")):
        assert "EXAMPLES" in run("ansible-doc", f"ocrfleet.aspose.{module.stem}").stdout
    for role in sorted((installed / "roles").iterdir()):
        assert f"{role.name}_" in run("ansible-doc", "--type", "role", f"ocrfleet.aspose.{role.name}").stdout
