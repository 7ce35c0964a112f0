# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake of the Aspose OCR SDK, which breaks in the ways that were seen of the real one."""

from __future__ import annotations

import textwrap
import typing as t
from pathlib import Path

PACKAGE = "aspose-ocr-python-net"
VERSION = "26.10.0"


def install(
    site_packages: Path,
    *,
    ai: str | None = None,
    ocr: str = "",
    builds: t.Sequence[str] = (),
    package: str = PACKAGE,
    version: str = VERSION,
) -> None:
    """Write the package ``aspose`` and its metadata, as pip would.

    ``ocr`` and ``ai`` are the sources of ``aspose.ocr`` and ``aspose.ocr.ai``; without ``ai`` there is no such module.
    ``builds`` are the tags of the extension modules of a release that cannot be imported here; these are empty files.
    """
    root = site_packages / "aspose"
    (root / "__pycache__").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    record = ["aspose/__init__.py,,"]
    for tag in builds:
        (root / f"ocr.cpython-{tag}-x86_64-linux-gnu.so").touch()
        record.append(f"aspose/ocr.cpython-{tag}-x86_64-linux-gnu.so,,")
    if not builds:
        (root / "ocr").mkdir()
        (root / "ocr" / "__init__.py").write_text(textwrap.dedent(ocr))
        record.append("aspose/ocr/__init__.py,,")
    if ai is not None:
        (root / "ocr" / "ai.py").write_text(textwrap.dedent(ai))
        record.append("aspose/ocr/ai.py,,")
    metadata = site_packages / f"{package.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "RECORD").write_text("\n".join(record))
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n\nVersion: none\n")


def source(*, model_dir: str, listed: str = "[]", start: str = "pass", release: str = "pass") -> str:
    """The source of an ``aspose.ocr.ai``: a path, and Python for what its three methods give or do."""
    return f"""
import mmap, os, signal, subprocess, sys, time

class AsposeAI:
    def __init__(self):
        {start}

    def get_local_path(self):
        return {model_dir!r}

    def list_local(self):
        return iter({listed})

    def free_resources(self):
        {release}
"""


def resources(answer: str = "os.path.join(os.getcwd(), 'aspose_data')") -> str:
    """The source of an ``aspose.ocr`` that keeps OCR models: like the real one it makes the folder that it names."""
    return f"""
import os

class Resources:
    @staticmethod
    def get_local_path():
        path = {answer}
        os.makedirs(path, exist_ok=True)
        return path

    @staticmethod
    def get_repository():
        raise AssertionError("that goes to the network")
"""
