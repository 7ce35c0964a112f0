# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do where a fleet cannot come up, and what the hosts of one need to run Ansible themselves."""

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


def need_a_fleet() -> None:
    """Leave the test out where no fleet can come up."""
    if missing := missing_requirements():
        leave_out("no fleet here; missing " + "; ".join(missing))


def folders_of_this_python() -> dict[str, Path]:
    """The folders to share with hosts that run the commands of this environment, as running_fleet() takes them.

    The system's own are on the hosts already; shared, they could not be written to, nor anything be mounted in them.
    """
    return {folder: Path(folder) for folder in {sys.prefix, sys.base_prefix} - {"/usr", "/usr/local"}}
