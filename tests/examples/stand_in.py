# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in for the SDK on the hosts: a package of the same name, version and answers, without the 142 MB.

The real SDK is in the integration tests. This one is there so that examples that name its Python, or install it, run as
they are written.
"""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

VERSION = "26.10.0"
ANSWERS = '''\
import os


class AsposeAI:
    """Answers as the real one does for a user with a home directory."""

    def get_local_path(self):
        return os.path.expanduser("~/.local/share/Aspose.AI.LLM/models")

    def list_local(self):
        return []

    def is_initialized(self):
        return True

    def free_resources(self):
        return None
'''
RESOURCES = '''\
import os


class Resources:
    """Answers as the real one does, which makes the folder that it names."""

    @staticmethod
    def get_local_path():
        os.makedirs("aspose_data", exist_ok=True)
        return os.path.abspath("aspose_data")
'''


def make_wheel(folder: Path) -> Path:
    """Write the package as pip installs it, and return the file."""
    wheel = folder / f"aspose_ocr_python_net-{VERSION}-py3-none-any.whl"
    info = f"aspose_ocr_python_net-{VERSION}.dist-info"
    files = {
        "aspose/__init__.py": "",
        "aspose/ocr/__init__.py": RESOURCES,
        "aspose/ocr/ai.py": ANSWERS,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: aspose-ocr-python-net\nVersion: {VERSION}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: stand-in\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


def make_environment(folder: Path, wheel: Path) -> None:
    """Make a virtual environment of the hosts' Python with that package."""
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
