# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the default nox sessions, all of them whatever fails, and end with the totals of the runners they used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

from totals import Totals, of_folder
from workspace import CHECKOUT, COVERAGE, RESULTS, WORK


def main() -> int:
    """Return 0 when every session passed, else 1."""
    report = WORK / "report.json"
    report.unlink(missing_ok=True)
    for folder in (RESULTS, COVERAGE):
        shutil.rmtree(folder, ignore_errors=True)
    status = subprocess.run(
        [sys.executable, "-m", "nox", "--report", str(report)], cwd=CHECKOUT, check=False
    ).returncode
    if not report.exists():
        print(f"nox ended with status {status} before it ran a session", file=sys.stderr)
        return 1

    total = Totals()
    print()
    for session in json.loads(report.read_text(encoding="utf-8"))["sessions"]:
        counts = of_folder(RESULTS / session["signatures"][0])
        if session["result"] == "skipped":
            counts += Totals(skipped=1)
        elif session["result"] != "success" and not counts.failed:
            counts += Totals(failed=1)  # it stopped before, or after, the tests that it counts
        total += counts
        reason = f"  ({session['reason']})" if session["reason"] else ""
        print(f"{session['signatures'][0]:20} {session['result']:8} {session['duration']:5.0f} s  {counts}{reason}")
    print(total)
    return 1 if status or total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
