# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the default nox sessions, all of them whatever fails, and end with the totals of the runners they used.

One session more than there are processors runs at a time (or as many as the environment variable JOBS says), as
sessions often wait for downloads and hosts. Each has a nox of its own; what it prints is shown when it ends, and goes
to .cache/logs meanwhile.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import borrowed_pythons
import root_file_systems
from totals import Totals, of_folder
from workspace import CHECKOUT, COVERAGE, RESULTS, WORK

LOGS = WORK / "logs"
REPORTS = WORK / "reports"
NOX = (sys.executable, "-m", "nox")

# The sessions that take longest begin first, so that none of them is left over at the end.
LONGEST = (
    "fleet",
    "integration(2.21)",
    "units(2.21)",
    "hosts",
    "units(2.19)",
    "fleet_report",
    "integration(2.19)",
    "safety",
    "sanity(2.21)",
    "sanity(2.19)",
    "fresh(trixie)",
    "fresh(forky)",
    "examples",
    "lint",
    "browser",
    "fresh(bookworm)",
)
# Seconds after which a session that hangs is ended; none needs a third of it on a machine that is not busy.
TIME_LIMIT = 1800
# These sessions read what others leave.
AFTER = {"coverage": ("units(2.21)",)}
# Of these only one runs at a time: they prepare the same releases of the SDK.
WITH_SDK = ("integration", "managed_pythons", "demo")


@dataclass(frozen=True)
class Outcome:
    """How a session ended."""

    session: str
    result: str
    seconds: float
    totals: Totals
    reason: str

    def __str__(self) -> str:
        reason = f"  ({self.reason})" if self.reason else ""
        return f"{self.session:22} {self.result:8} {self.seconds:5.0f} s  {self.totals}{reason}"


def slug(session: str) -> str:
    """A name for files of this session."""
    return "".join(letter if letter.isalnum() or letter in ".-_" else "-" for letter in session).strip("-")


def default_sessions() -> list[str]:
    """The names of the sessions that nox runs by default, in the order of the noxfile."""
    listed = subprocess.run([*NOX, "--list", "--json"], cwd=CHECKOUT, stdout=subprocess.PIPE, check=True).stdout
    return [entry["session"] for entry in json.loads(listed)]


class Board:
    """Which sessions wait, run and are done."""

    def __init__(self, sessions: list[str]) -> None:
        self.waiting = sorted(sessions, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))
        self.all = frozenset(sessions)
        self.running: set[str] = set()
        self.outcomes: dict[str, Outcome] = {}
        self.changed = threading.Condition()

    def take(self) -> str | None:
        """Wait for a session that may run now, and return it; None when no session is left."""
        with self.changed:
            while self.waiting:
                for session in self.waiting:
                    if self._may_run(session):
                        self.waiting.remove(session)
                        self.running.add(session)
                        return session
                self.changed.wait()
            return None

    def _may_run(self, session: str) -> bool:
        if not self.all.intersection(AFTER.get(session, ())) <= self.outcomes.keys():
            return False
        return not (session.startswith(WITH_SDK) and any(other.startswith(WITH_SDK) for other in self.running))

    def done(self, outcome: Outcome) -> None:
        """Note and show how a session ended."""
        with self.changed:
            self.running.remove(outcome.session)
            self.outcomes[outcome.session] = outcome
            log = LOGS / f"{slug(outcome.session)}.log"
            sys.stdout.write(log.read_text(encoding="utf-8", errors="replace"))
            print(f"[{clock()}] {outcome}\n", flush=True)
            self.changed.notify_all()


def clock() -> str:
    """The time of day."""
    return time.strftime("%H:%M:%S")


def run(session: str) -> Outcome:
    """Run a session in a nox of its own."""
    started = time.monotonic()
    report = REPORTS / f"{slug(session)}.json"
    log = LOGS / f"{slug(session)}.log"
    print(f"[{clock()}] {session} begins: {log.relative_to(CHECKOUT)}", flush=True)
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*NOX, "--report", str(report), "--session", session],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            status = process.wait(timeout=TIME_LIMIT)
        except BaseException:  # the limit, or a key that ends all of it
            os.killpg(process.pid, signal.SIGKILL)
            raise
    seconds = time.monotonic() - started
    reported = json.loads(report.read_text(encoding="utf-8"))["sessions"] if report.exists() else []
    if len(reported) != 1:
        return Outcome(session, "failed", seconds, Totals(failed=1), f"nox ended with status {status} and no report")
    counts = of_folder(RESULTS / reported[0]["signatures"][0])
    result = reported[0]["result"]
    if result == "skipped":
        counts += Totals(skipped=1)
    elif (result != "success" or status) and not counts.failed:
        counts += Totals(failed=1)  # it stopped before, or after, the tests that it counts
    return Outcome(session, result, seconds, counts, reported[0]["reason"] or "")


def work(board: Board) -> None:
    """Run sessions until none is left."""
    while (session := board.take()) is not None:
        try:
            outcome = run(session)
        except Exception as error:  # whatever it is, the other sessions run, and this one counts as failed
            (LOGS / f"{slug(session)}.log").touch()
            outcome = Outcome(session, "failed", 0, Totals(failed=1), repr(error))
        board.done(outcome)


def main() -> int:
    """Return 0 when every session passed, else 1."""
    for folder in (RESULTS, COVERAGE, LOGS, REPORTS):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (LOGS, REPORTS):
        folder.mkdir(parents=True)
    started = time.monotonic()
    borrowed_pythons.borrow_missing(root_file_systems.SUITES.values())
    sessions = default_sessions()
    jobs = int(os.environ.get("JOBS", len(os.sched_getaffinity(0)) + 1))
    board = Board(sessions)
    with ThreadPoolExecutor(jobs) as pool:
        for worker in [pool.submit(work, board) for _lane in range(jobs)]:
            worker.result()

    for session in sessions:
        print(board.outcomes[session])
    print(f"all of it: {time.monotonic() - started:.0f} s")
    total = sum((outcome.totals for outcome in board.outcomes.values()), Totals())
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
