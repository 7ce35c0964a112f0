# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all unit tests share."""

from __future__ import annotations

import os
import sys
import typing as t

import pytest
from hypothesis import settings

from ansible_collections.ocrfleet.aspose.tests.unit.plugins.module_utils.processes import HOLDER_PIDS

# A busy machine is no failure of a test.
settings.register_profile("no clock", deadline=None, database=None)
settings.load_profile("no clock")


def pytest_configure(config: pytest.Config) -> None:
    """Have no process for each test, as ansible-test does: it costs a fifth of the time, with coverage much more.

    The tests keep nothing that another one could find; without those processes, one that does shows.
    """
    plugins = config.pluginmanager
    forked = plugins.get_plugin("ansible_forked")
    if forked is not None:
        plugins.unregister(forked)


def pytest_sessionfinish() -> None:
    """Keep the lines that ran: ansible-test's plugin does so only where one of those processes ends."""
    coverage = sys.modules.get("coverage")
    noting = coverage.Coverage.current() if coverage is not None else None
    if noting is not None:
        noting.stop()
        noting.save()


@pytest.fixture
def own_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let /proc list only processes of the test: there may be some that even root may not look into."""
    listdir = os.listdir

    def listed(path: t.Any = ".") -> list[str]:
        return [str(pid) for pid in sorted(HOLDER_PIDS)] if path == "/proc" else listdir(path)

    monkeypatch.setattr("os.listdir", listed)
