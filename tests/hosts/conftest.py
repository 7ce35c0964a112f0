# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that the tests share, one of each Debian, and hosts that a test has for itself: see booted_hosts."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from booted_hosts.hosts import SUITES, Host, Hosts, missing_requirements, running_hosts
from controller import COLLECTION
from payload import Payload, make_payload
from possible import need, tell_missing

# The releases of the SDK that prepare_sdk.py prepares, here and on every host.
SDK = COLLECTION / ".cache" / "sdk"
SDK_ON_HOSTS = "/opt/sdk"
# As pip leaves an environment with the SDK, but for the copies.
_MAKE_ENVIRONMENTS = """
for release; do
    python3 -m venv --without-pip "/opt/ocr/$release"
    rmdir "/opt/ocr/$release"/lib/python3*/site-packages
    ln -s "$0/packages/$release" "$(echo "/opt/ocr/$release"/lib/python3*)/site-packages"
done
"""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tell_missing(terminalreporter, missing_requirements())


def python_of(release: str) -> str:
    """The Python of the OCR application on a host, in whose environment this release of the SDK is."""
    return f"/opt/ocr/{release}/bin/python"


def make_environments(host: Host, *releases: str) -> None:
    """Make an environment of the host's own Python for each of these releases of the SDK."""
    host.run("sh", "-euc", _MAKE_ENVIRONMENTS, SDK_ON_HOSTS, *releases)


def require(*suites: str) -> None:
    """Leave the test out where hosts of these suites cannot come up."""
    need(missing_requirements(suites))


@pytest.fixture(scope="session")
def possible() -> None:
    """All that hosts need, but for their root file systems."""
    require()


@pytest.fixture(scope="session")
def all_hosts() -> t.Iterator[Hosts]:
    """One host of each suite, in whatever state the tests left it."""
    require(*SUITES)
    SDK.mkdir(parents=True, exist_ok=True)
    with running_hosts(list(SUITES), shared={SDK_ON_HOSTS: SDK.resolve()}) as hosts:
        yield hosts


@pytest.fixture
def hosts(all_hosts: Hosts) -> Hosts:
    """One host of each suite, in working order: none of the units and models of earlier tests."""
    for host in all_hosts.all:
        host.reset()
    return all_hosts


@pytest.fixture
def host(hosts: Hosts) -> Host:
    """A host for tests that need one only."""
    return hosts["bookworm1"]


@pytest.fixture
def make_hosts() -> t.Iterator[t.Callable[..., Hosts]]:
    """Makes hosts for this test alone: make_hosts(3, "trixie", disk_size="16m")."""
    with contextlib.ExitStack() as stack:

        def make(count: int = 1, suite: str = "bookworm", **settings: t.Any) -> Hosts:
            require(suite)
            return stack.enter_context(running_hosts([suite] * count, **settings))

        yield make


@pytest.fixture(scope="session")
def prune_payload(all_hosts: Hosts) -> Payload:
    """ocr_model_prune as Ansible sends it, for models that begin with old_."""
    return make_payload(all_hosts, "ocr_model_prune", engine="skip", stale_prefixes=["old_"])
