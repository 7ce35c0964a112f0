# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit tests on a Python that this machine lacks and a release of Debian has: in a root file system of that one.

`ansible-test units` takes the Pythons of this machine only; there, plain pytest runs the same tests.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import nox
import root_file_systems
import workspace
from steps import Steps

IN_ROOT = Path(__file__).with_name("in_root.sh")
SUITE_OF_PYTHON = {python: suite for suite, python in root_file_systems.SUITES.items()}


def roots(session: nox.Session, versions: Sequence[str]) -> dict[str, Path]:
    """Of these Pythons, those that a root file system has, each with that; why one cannot be made is shown."""
    found = {}
    for version in versions:
        if version in SUITE_OF_PYTHON and os.geteuid() == 0:
            try:
                found[version] = root_file_systems.root_file_system(SUITE_OF_PYTHON[version])
            except root_file_systems.CannotMake as error:
                session.warn(f"no root file system with Python {version}: {error}")
    return found


def run(steps: Steps, requirement: str, version: str, root: Path) -> None:
    """Run the unit tests in this root file system, with ansible-core as required; counted as ansible-test's own are."""
    tree = workspace.tree_of(steps.cwd)
    packages = tree / f"packages-{version}"
    chosen = ["--target", str(packages), "--python-version", version, "--only-binary", ":all:"]
    tools = [requirement, "pytest", "pytest-mock", "pytest-xdist", "-r", "tests/unit/requirements.txt"]
    constraints = ["--constraint", str(workspace.CHECKOUT / "tests/tooling/constraints.txt")]
    with steps.session.chdir(steps.cwd):
        steps.session.run("python", "-m", "pip", "install", "--quiet", *chosen, *tools, *constraints)
    results = steps.cwd / "tests/output/junit" / f"python{version}-in-root.xml"
    results.parent.mkdir(parents=True, exist_ok=True)
    namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    # Not by PYTHONPATH alone, which tests set for the processes that they start.
    site = f"/usr/local/lib/python{version}/dist-packages"
    known = ["sh", "-c", f'mkdir -p {site} && echo "$0" >{site}/units.pth && exec "$@"', str(packages)]
    environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", f"PYTHONPATH={tree}"]
    pytest = [f"python{version}", "-m", "pytest", "-p", "no:cacheprovider", "-n", "auto", str(steps.cwd / "tests/unit")]
    command = [*namespaces, str(IN_ROOT), str(root.resolve()), str(tree), *known, *environment, *pytest]
    steps.run(f"Python {version}", *command, "--junit-xml", str(results))
