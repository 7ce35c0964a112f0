# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the default nox sessions, all of them whatever fails, and end with the totals of the runners they used.

One session more than there are processors runs at a time (or as many as the environment variable JOBS says), as
sessions often wait for downloads and hosts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

import borrowed_pythons
import tested_with
from totals import Totals, of_folder
from workspace import CHECKOUT, COVERAGE, RESULTS, WORK

REPORT = WORK / "report.json"


def totals_of(session: dict[str, Any]) -> Totals:
    """The tests that a session counted, and what nox reports of it beside them."""
    counts = of_folder(RESULTS / session["signatures"][0])
    if session["result"] == "skipped":
        return counts + Totals(skipped=1)
    if session["result"] == "success" and counts == Totals():
        return Totals(passed=1)  # a session of antsibull-nox counts nothing
    if session["result"] != "success" and not counts.failed:
        return counts + Totals(failed=1)  # it stopped before, or after, the tests that it counts
    return counts


def main() -> int:
    """Return 0 when every session passed, else 1."""
    for folder in (RESULTS, COVERAGE):
        shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    borrowed_pythons.borrow_missing(borrowed_pythons.KNOWN)
    jobs = os.environ.get("JOBS", str(len(os.sched_getaffinity(0)) + 1))
    command = (sys.executable, "-m", "nox", "--parallel", jobs, "--report", str(REPORT))
    REPORT.unlink(missing_ok=True)
    status = subprocess.run(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, check=False).returncode

    total = Totals()
    for session in json.loads(REPORT.read_text(encoding="utf-8"))["sessions"]:
        counts = totals_of(session)
        total += counts
        reason = f"  ({session['reason']})" if session["reason"] else ""
        name, result = session["signatures"][0], session["result"]
        print(f"{name:22} {result:8} {session['duration']:5.0f} s  {counts}{reason}")
    print(f"all of it: {time.monotonic() - started:.0f} s")
    differences = tested_with.differences()
    print("".join(f"{difference}\n" for difference in differences), end="")
    # A machine that had to leave something out cannot show all of it; in continuous integration none may.
    if os.environ.get("CI") == "true" or not total.skipped:
        total += Totals(failed=len(differences))
    print(total)
    return 1 if status or total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
