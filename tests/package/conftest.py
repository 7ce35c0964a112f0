# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact, built from the checkout as a maintainer builds it, and installed in a home directory that is empty."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home directory of somebody who never used Ansible."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def run(home: Path) -> Run:
    """Run a command there, and fail with its output when it fails."""

    def run_command(*command: str, cwd: Path = home) -> subprocess.CompletedProcess[str]:
        # On PYTHONPATH, ansible-galaxy finds the collection under test, and installs nothing.
        settings = {
            key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_") and key != "PYTHONPATH"
        }
        completed = subprocess.run(
            command,
            cwd=cwd,
            env={**settings, "HOME": str(home), "ANSIBLE_INJECT_FACT_VARS": "False", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert completed.returncode == 0, f"{' '.join(command)} ended with {completed.returncode}:\n{completed.stdout}"
        return completed

    return run_command


@pytest.fixture(scope="session")
def artifact(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tar file."""
    folder = tmp_path_factory.mktemp("artifact")
    run("ansible-galaxy", "collection", "build", "--output-path", str(folder), cwd=CHECKOUT)
    (built,) = folder.glob("ocrfleet-aspose-*.tar.gz")
    return built


@pytest.fixture(scope="session")
def installed(run: Run, artifact: Path, home: Path) -> Path:
    """The folder into which the artifact is installed."""
    run("ansible-galaxy", "collection", "install", "--offline", str(artifact))
    return home / ".ansible" / "collections" / "ansible_collections" / "ocrfleet" / "aspose"


@pytest.fixture
def model_directory(tmp_path: Path) -> Path:
    """A model directory with a current and a stale model."""
    directory = tmp_path / "models"
    directory.mkdir()
    (directory / "en_ocr_v1.bin").write_bytes(b"current")
    (directory / "old_fr_ocr_v1.bin").write_bytes(b"stale")
    return directory


@pytest.fixture
def inventory(tmp_path: Path, model_directory: Path) -> Path:
    """This machine as the only OCR host, without the SDK."""
    file = tmp_path / "inventory.yml"
    file.write_text(
        f"""\
all:
  hosts:
    ocr-host:
      ansible_connection: local
      ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
      ocr_maintenance_path: {model_directory}
      ocr_maintenance_engine: skip
      ocr_maintenance_prune: true
"""
    )
    return file
