# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of AWX and Automation Platform take the collection; no container engine is needed for that."""

from __future__ import annotations

from pathlib import Path

import yaml
from conftest import CHECKOUT, Run
from tested_with import Record

EXAMPLE = CHECKOUT / "docs" / "examples" / "execution-environment.yml"


def test_builder_finds_the_dependencies_of_the_collection(run: Run, installed: Path) -> None:
    collections = installed.parents[2]
    found = yaml.safe_load(run("ansible-builder", "introspect", str(collections)).stdout.split("---", 1)[1])
    assert found == {"python": [], "system": []}, "it needs nothing"


def test_builder_makes_the_build_context_of_the_example(run: Run, tmp_path: Path) -> None:
    run(
        "ansible-builder",
        "create",
        "--file",
        str(EXAMPLE),
        "--context",
        str(tmp_path),
        "--output-filename",
        "Containerfile",
    )
    assert "ansible-galaxy collection install" in (tmp_path / "Containerfile").read_text()
    requirements = yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text())
    assert [collection["name"] for collection in requirements["collections"]] == ["ocrfleet.aspose"]


def test_navigator_runs_the_playbook(
    run: Run, installed: Path, inventory: Path, model_directory: Path, record_property: Record
) -> None:
    record_property("tested", "Ansible by: ansible-navigator")
    assert installed.is_dir()
    settings = ("--execution-environment", "false", "--mode", "stdout", "--playbook-artifact-enable", "false")
    completed = run("ansible-navigator", "run", "ocrfleet.aspose.maintain", *settings, "-i", str(inventory))
    assert "failed=0" in completed.stdout
    assert {file.name for file in model_directory.iterdir()} == {"en_ocr_v1.bin"}
