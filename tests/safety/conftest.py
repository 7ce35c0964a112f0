# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all safety tests share."""

from __future__ import annotations

import os
import shutil
import typing as t
from pathlib import Path

import pytest
from accounts import account
from collection import RunAs
from namespaces import AREA

from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import import_module_utils


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run where nothing could be proven."""
    if os.geteuid() != 0:
        raise pytest.UsageError("the safety tests mount file systems and change users; run them as root")
    for command in ("mount", "mkfs.ext4", "chattr", "strace"):
        if shutil.which(command) is None:
            raise pytest.UsageError(f"the safety tests need the command {command} (util-linux, e2fsprogs, strace)")
    # Now: the users that tests become may not be able to enter the folder of the checkout.
    import_module_utils()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every test that did not run: a missing proof is easily overlooked."""
    for report in terminalreporter.getreports("skipped"):
        terminalreporter.write_line(f"NOT PROVEN HERE: {report.nodeid}", red=True)


@pytest.fixture(params=["root", "user"])
def run_as(request: pytest.FixtureRequest) -> t.Iterator[str]:
    """Run the test twice: as root, and as root that takes on the service user's identity (the option ``user``)."""
    RunAs.account = account(AREA) if request.param == "user" else None
    yield request.param
    RunAs.account = None


@pytest.fixture
def area() -> Path:
    """The folder in which an isolated test works, see namespaces.isolated."""
    return AREA
