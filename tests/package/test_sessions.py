# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions that run in parallel: one that hangs is ended, and the others are told of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import run_all
from totals import Totals, write

NOXFILE = """
import nox
import time_limit

nox.options.allow_parallel = True
time_limit.end_a_worker_in_time(3)


@nox.session(python=False)
def hangs(session):
    session.run({python!r}, "-c", {forever!r}, external=True)


@nox.session(python=False, default=False)
def lasts(session):
    session.run({python!r}, "-c", "import time; time.sleep(4)", external=True)


@nox.session(python=False)
def passes(session):
    pass
"""
FOREVER = "import os, time; open({file!r}, 'w').write(str(os.getpid())); time.sleep(100000)"


def run_nox(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run nox with NOXFILE in this folder, as the first process of a session of its own."""
    noxfile = NOXFILE.format(python=sys.executable, forever=FOREVER.format(file=str(folder / "started")))
    (folder / "noxfile.py").write_text(noxfile, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "nox", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(run_all.__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,
    )


def test_a_session_that_a_person_started_may_last(tmp_path: Path) -> None:
    ran = run_nox(tmp_path, "--session", "lasts")
    assert ran.returncode == 0, ran.stdout


def test_a_session_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    ran = run_nox(tmp_path, "--parallel", "2", "--report", "report.json")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["sessions"]
    assert {session["name"]: session["result"] for session in report} == {"hangs": "failed", "passes": "success"}
    assert ran.returncode == 1
    assert "It takes longer than 3 seconds, and is ended." in ran.stdout
    process = Path("/proc", started.read_text(encoding="utf-8"))
    deadline = time.monotonic() + 60
    while process.exists() and time.monotonic() < deadline:  # a signal arrives when it may
        time.sleep(0.05)
    assert not process.exists()


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("success", Totals(passed=2)),
        ("failed", Totals(passed=2, failed=1)),
        ("aborted", Totals(passed=2, failed=1)),
        ("skipped", Totals(passed=2, skipped=1)),
    ],
)
def test_a_session_that_did_not_end_well_counts_beside_its_tests(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, result: str, expected: Totals
) -> None:
    monkeypatch.setattr(run_all, "RESULTS", tmp_path)
    write(tmp_path / "units(2.21)" / "steps.xml", "units", {"one": None, "two": None})
    assert run_all.totals_of({"signatures": ["units(2.21)"], "result": result}) == expected


def test_a_session_without_tests_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run_all, "RESULTS", tmp_path)
    assert run_all.totals_of({"signatures": ["yamllint"], "result": "success"}) == Totals(passed=1)
    assert run_all.totals_of({"signatures": ["yamllint"], "result": "failed"}) == Totals(failed=1)


def test_a_test_that_failed_is_all_that_is_wrong_with_its_session(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run_all, "RESULTS", tmp_path)
    write(tmp_path / "lint" / "steps.xml", "lint", {"one": None, "two": "it is wrong"})
    assert run_all.totals_of({"signatures": ["lint", "lint-3.13"], "result": "failed"}) == Totals(passed=1, failed=1)
