# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do where hosts cannot come up, and what hosts need to run Ansible themselves."""

from __future__ import annotations

import os
import sys
import typing as t
from pathlib import Path

import pytest
from light_hosts.fleet import missing_requirements


def leave_out(reason: str) -> t.NoReturn:
    """Fail where nothing may be left out (CI=true), otherwise skip the test."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def need(missing: t.Sequence[str]) -> None:
    """Leave the test out where hosts lack something."""
    if missing:
        leave_out("no hosts here; missing " + "; ".join(missing))


def need_a_fleet() -> None:
    """Leave the test out where no fleet of light hosts can come up."""
    need(missing_requirements())


def tell_missing(reporter: pytest.TerminalReporter, missing: t.Sequence[str]) -> None:
    """Say loudly what hosts lack: skipped tests alone are easily overlooked."""
    if missing:
        reporter.write_sep("!", "NO TEST ON HOSTS RAN", red=True)
        reporter.write_line("missing " + "\nmissing ".join(missing))


def folders_of_this_python() -> dict[str, Path]:
    """The folders to share with hosts that run the commands of this environment, as running_fleet() takes them.

    The system's own are on the hosts already; shared, they could not be written to, nor anything be mounted in them.
    """
    return {folder: Path(folder) for folder in {sys.prefix, sys.base_prefix} - {"/usr", "/usr/local"}}
