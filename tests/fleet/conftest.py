# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet that all fleet tests share: brought up once, made clean before each test."""

from __future__ import annotations

import typing as t

import pytest
from light_hosts.fleet import Fleet, Host, missing_requirements, running_fleet
from possible import need_a_fleet, tell_missing

HOSTS = 20


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tell_missing(terminalreporter, missing_requirements())


@pytest.fixture(scope="session")
def possible() -> None:
    """For tests that need a fleet, however they bring it up."""
    need_a_fleet()


@pytest.fixture(scope="session")
def whole_fleet(possible: None) -> t.Iterator[Fleet]:
    """The fleet, in whatever state the tests left it."""
    with running_fleet(HOSTS) as fleet:
        yield fleet


@pytest.fixture
def fleet(whole_fleet: Fleet) -> Fleet:
    """The fleet with every host in working order: no models, no services, no faults."""
    for host in whole_fleet.hosts:
        host.reset()
    return whole_fleet


@pytest.fixture
def host(fleet: Fleet) -> Host:
    """A host for tests that need one only."""
    return fleet.hosts[0]
