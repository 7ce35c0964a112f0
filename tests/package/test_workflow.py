# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be known of the GitHub workflow without running it there."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import typing as t

import interpreters
import pytest
import yaml
from ansible_test._util.target.common import constants
from conftest import CHECKOUT

WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))
SUPPORTED = ["2.17", "2.18", "2.19", "2.20", "2.21", "2.22", "devel"]


@pytest.fixture(scope="module")
def workflow() -> dict[str, t.Any]:
    """The only workflow."""
    (file,) = WORKFLOWS
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def combinations(job: dict[str, t.Any]) -> list[dict[str, str]]:
    """The values of the matrix of a job, one dictionary for each run of it."""
    matrix = job.get("strategy", {}).get("matrix", {})
    return [dict(zip(matrix, values, strict=True)) for values in itertools.product(*matrix.values())]


def filled_in(text: str, values: dict[str, str]) -> str:
    """A text with these values of the matrix."""
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: values[found[1]], text)


def sessions_of(job: dict[str, t.Any]) -> list[str]:
    """The nox sessions that a job runs."""
    found = []
    for values in combinations(job):
        for step in job["steps"]:
            if "nox --session" in step.get("run", ""):
                names = step["run"].split("nox --session", 1)[1].split("\n")[0]
                variables = {name: filled_in(text, values) for name, text in step.get("env", {}).items()}
                words = re.findall(r'"([^"]*)"|(\S+)', names)
                found += [variables.get((quoted or plain).lstrip("$"), quoted or plain) for quoted, plain in words]
    return found


def nox_sessions(*options: str) -> set[str]:
    """The sessions of the noxfile."""
    command = [sys.executable, "-m", "nox", "--list", "--json", *options]
    listed = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True, text=True).stdout
    return {entry["session"] for entry in json.loads(listed)}


def test_it_runs_on_pull_requests_and_weekly(workflow: dict[str, t.Any]) -> None:
    assert "pull_request" in workflow["on"]
    (schedule,) = workflow["on"]["schedule"]
    _minute, _hour, day, month, weekday = schedule["cron"].split()
    assert (day, month) == ("*", "*")
    assert re.fullmatch("[0-6]", weekday)


def test_it_may_only_read_and_leaves_no_credentials(workflow: dict[str, t.Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False]
        assert job["timeout-minutes"] <= 60


def test_actions_are_pinned_by_commit(workflow: dict[str, t.Any]) -> None:
    used = {step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step}
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action), action


def test_its_sessions_are_those_of_the_noxfile(workflow: dict[str, t.Any]) -> None:
    run = [session for job in workflow["jobs"].values() for session in sessions_of(job)]
    every = nox_sessions("--session", *run)
    assert set(run) == every, "nox knows each of them"
    bare = {session.split("(")[0] for session in run}
    # Integration, which the workflow runs on each ansible-core, contains the modules on each Python.
    assert {session.split("(")[0] for session in nox_sessions()} - bare == {"managed_pythons"}


def test_it_covers_every_ansible_core_on_a_python_that_runs_it(workflow: dict[str, t.Any]) -> None:
    assert list(interpreters.CONTROLLER_PYTHONS) == SUPPORTED
    job = workflow["jobs"]["ansible-test"]
    expected = {f"{kind}({core})" for kind in ("sanity", "units", "integration") for core in SUPPORTED}
    assert set(sessions_of(job)) == expected
    (installed,) = [
        step["with"]["python-version"].split() for step in job["steps"] if "python-version" in step.get("with", {})
    ]
    for core in SUPPORTED:
        assert set(installed) & set(interpreters.CONTROLLER_PYTHONS[core]), core
        assert set(interpreters.UNIT_TEST_PYTHONS[core]) <= set(installed), core
    # The last one is the `python3` that sets up nox.
    assert tuple(map(int, installed[-1].split("."))) >= (3, 11)
    tolerated = " || ".join(f"matrix.core == '{core}'" for core in interpreters.NOT_RELEASED)
    assert job["continue-on-error"] == f"${{{{ {tolerated} }}}}", "only a core that is not released may fail"


def test_the_pythons_are_those_that_ansible_core_supports() -> None:
    """Of the core that is installed here: ansible-test knows the Pythons of controllers and of managed hosts."""
    core = interpreters.newest_core()
    assert set(interpreters.CONTROLLER_PYTHONS[core]) == set(constants.CONTROLLER_PYTHON_VERSIONS)
    known = {*constants.CONTROLLER_PYTHON_VERSIONS, *constants.REMOTE_ONLY_PYTHON_VERSIONS}
    assert set(interpreters.UNIT_TEST_PYTHONS[core]) <= known


@pytest.mark.parametrize("page", ["CONTRIBUTING.md"])
def test_contributors_find_every_session_and_target(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    described = {name.split("(")[0] for name in re.findall(r'^\| `"?([\w.()-]+)"?` \|', text, flags=re.MULTILINE)}
    assert {session.split("(")[0] for session in nox_sessions()} - described == set()
    assert described <= {session.split("(")[0] for session in nox_sessions("--session", *described)}
    targets = re.findall(r"^(\w+):.*## ", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = set(re.findall(r"`make (\w+)", text))
    assert named == set(targets) - {"help"}
