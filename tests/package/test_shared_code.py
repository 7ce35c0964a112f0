# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What folders of tests share: it lies where tests/pytest.ini says, and copes with whatever else runs beside it."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import controller
import ocr_host
from conftest import CHECKOUT

TESTS = CHECKOUT / "tests"
# Whatever makes a program find modules elsewhere.
EXTENSION = re.compile(r"\bsys\.path(\.(insert|append|extend)|\[[^]]*\] *=[^=]| *\+?=[^=])|\bsite\.addsitedir")
ALLOWED = {
    "noxfile.py": "nox is told of no folder",
    "tests/tooling/get_pip.py": "the wheel of pip itself",
    "tests/unit/plugins/module_utils/test_startup.py": "the modules as Ansible sends them, in an archive",
}


def test_no_folder_of_tests_puts_another_on_the_path() -> None:
    sources = [CHECKOUT / "noxfile.py", *TESTS.rglob("*.py")]
    extending = {
        str(source.relative_to(CHECKOUT))
        for source in sources
        if "output" not in source.parts and EXTENSION.search(source.read_text(encoding="utf-8"))
    }
    assert extending == set(ALLOWED)
    assert len(EXTENSION.findall((CHECKOUT / "noxfile.py").read_text(encoding="utf-8"))) == 1


def test_processes_are_found_whatever_bytes_are_on_their_command_lines() -> None:
    name = secrets.token_hex(8)
    program = b"print(flush=True); input()"
    command = [os.fsencode(sys.executable), b"-c", program, os.fsencode(name), b"\xe9"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        # It must have begun: for a moment after Popen() the kernel shows no command line of it.
        assert process.stdout is not None and process.stdout.readline() == b"\n"
        assert controller.processes(Path(sys.executable).name, name) == [process.pid]
        assert [line.split()[-2:] for line in ocr_host.processes_that_name(name)] == [[name, "\\xe9"]]
