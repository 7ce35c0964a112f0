# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sessions are made of: commands in a staged collection, and their results."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import nox
import nox.command
import root_file_systems
import totals
import workspace


def ansible_environment(collection: Path) -> dict[str, str]:
    """The environment in which Ansible's tools see the staged collection and a home of their own; no injected facts."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(workspace.tree_of(collection)),
        "ANSIBLE_INJECT_FACT_VARS": "False",
        "HOME": str(workspace.private_home(workspace.tree_of(collection).name)),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
    }


class Steps:
    """Commands that all run, whatever the others do; each shows its output when it fails."""

    def __init__(self, session: nox.Session, cwd: Path) -> None:
        self.session = session
        self.cwd = cwd
        self.env = ansible_environment(cwd)
        self.outcomes: dict[str, str | None] = {}

    def run(
        self,
        name: str,
        *command: str,
        refuse: str | None = None,
        require: Sequence[str] = (),
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command; it fails, too, when a line of its output has this pattern, or none has one of these texts."""
        environment = {**self.env, **(environment or {})}
        with self.session.chdir(cwd or self.cwd):
            try:
                output = str(self.session.run(*command, silent=True, env=environment, external=True))
            except nox.command.CommandFailed as error:
                self.outcomes[name] = str(error)
                return
        refused = [line for line in output.splitlines() if refuse and re.search(refuse, line)]
        missing = [f"no such line: {text}" for text in require if text not in output]
        self.check(name, "\n".join(refused + missing))

    def check(self, name: str, error: str) -> None:
        """Record a step by what is wrong: nothing, when the text is empty."""
        if error:
            self.session.warn(f"{name}: {error}")
        self.outcomes[name] = error or None

    def count(self) -> None:
        """Let each step count as a test."""
        totals.write(workspace.results_of(self.session.name) / "steps.xml", self.session.name, self.outcomes)

    def finish(self) -> None:
        """Fail the session when a step failed."""
        failed = [name for name, error in self.outcomes.items() if error]
        if failed:
            self.session.error(f"failed: {', '.join(failed)}")


def ansible_test(session: nox.Session, collection: Path, command: str, runs: Mapping[str, Sequence[str]]) -> Steps:
    """Run an ansible-test command in the staged collection, once with each of these lists of arguments."""
    steps = Steps(session, collection)
    session.run("python", str(workspace.CHECKOUT / "tests" / "tooling" / "get_pip.py"), env=steps.env, silent=True)
    for name, arguments in runs.items():
        call = ("ansible-test", command, *arguments, "--color", "no")
        steps.run(name, *call, refuse="All targets skipped")  # with exit status 0
    keep(collection / "tests" / "output" / "coverage", workspace.COVERAGE / session.name)
    return steps


def keep(written: Path, kept: Path) -> None:
    """Copy what ansible-test wrote, before the collection is staged anew."""
    shutil.rmtree(kept, ignore_errors=True)
    if written.is_dir():
        shutil.copytree(written, kept)


def keep_test_results(session: nox.Session, collection: Path) -> None:
    """Count the tests within ansible-test's run instead of the run."""
    keep(collection / "tests" / "output" / "junit", workspace.RESULTS / session.name)


def run_pytest(session: nox.Session, folder: str) -> None:
    """Run the tests in this folder against the staged collection."""
    collection = workspace.stage(folder)
    environment = {
        **ansible_environment(collection),
        "PYTHONPATH": str(workspace.tree_of(collection)),
        root_file_systems.FOLDER_VARIABLE: str(root_file_systems.ROOTS),
    }
    results = workspace.results_of(session.name) / "pytest.xml"
    command = ("pytest", f"tests/{folder}", "-p", "no:cacheprovider", "--junit-xml", str(results))
    session.run(*command, *session.posargs, env=environment)
