# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the processor time of the controller for a host, as docs/scale.md has it; as root, where the fleet tests run:

    python tests/benchmark/costs.py

Needs tests/support on PYTHONPATH. Other work on the machine changes processor time less than seconds, but it does: the
figures are medians of rounds in which all run in turn. They are printed, not judged.
"""

from __future__ import annotations

import resource
import statistics
import typing as t

from contenders import MAINTAIN_PRUNE, MAINTAIN_REPORT, PING, REPORT_WITH_FILES, REPORTS, ROLE_PRUNE, ROLE_REPORT, seed
from light_hosts.fleet import Fleet, running_fleet
from rounds import play

HOSTS = 10
ROUNDS = 5
# How often a run has the play; the time of a run that has it once is taken off, and with it the start of Ansible.
PLAYS = 5
HOST_PYTHON = "/usr/bin/python3"
SEED = seed(20)


def processor_time(fleet: Fleet, plays: t.Sequence[dict[str, t.Any]]) -> float:
    """Seconds of the controller's processes in one run of these plays."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = fleet.playbook(
        [play(PING), play(SEED), *plays],
        variables={"ansible_python_interpreter": HOST_PYTHON},
        environment={"OCR_FLEET_RECORD_VALUES": "no"},
    )
    if run.returncode != 0:
        raise RuntimeError(run.output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cost(fleet: Fleet, plays: t.Sequence[dict[str, t.Any]]) -> float:
    """Milliseconds of the controller for each host."""
    more = processor_time(fleet, [*plays] * PLAYS) - processor_time(fleet, plays)
    return 1000 * more / (PLAYS - 1) / len(fleet.hosts)


def main() -> None:
    """Print what each way costs."""
    plays = {way.name: [play(way)] for way in (PING, REPORTS[0], ROLE_REPORT, MAINTAIN_REPORT, REPORT_WITH_FILES)}
    # A prune needs something to remove each time, which is put there at the cost of a task.
    plays[SEED.name] = [play(SEED)]
    plays.update({way.name: [play(SEED), play(way)] for way in (ROLE_PRUNE, MAINTAIN_PRUNE)})
    costs: dict[str, list[float]] = {name: [] for name in plays}
    with running_fleet(HOSTS) as fleet:
        for _round in range(ROUNDS):
            for name, taken in costs.items():
                taken.append(cost(fleet, plays[name]))
    medians = {name: statistics.median(taken) for name, taken in costs.items()}
    print("controller CPU, ms per host")
    for name, median in medians.items():
        if name != SEED.name:
            print(f"{median - medians[SEED.name] * (len(plays[name]) - 1):27.0f}  {name}")


if __name__ == "__main__":
    main()
