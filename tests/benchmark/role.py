# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role and the playbooks cost on fleets of three sizes, next to ping and to a module."""

from __future__ import annotations

from contenders import (
    MAINTAIN_PRUNE,
    MAINTAIN_REPORT,
    PING,
    REPORT_WITH_FILES,
    REPORTS,
    ROLE_PRUNE,
    ROLE_REPORT,
    seed,
)
from light_hosts.fleet import running_fleet
from rounds import Measured, comparison, ratio, run_rounds

CONTENDERS = (PING, REPORTS[0], ROLE_REPORT, MAINTAIN_REPORT, REPORT_WITH_FILES, ROLE_PRUNE, MAINTAIN_PRUNE)
# What must hold, in times of ping.
MOST = {
    REPORTS[0].name: 1.15,
    ROLE_REPORT.name: 1.3,
    MAINTAIN_REPORT.name: 1.3,
    ROLE_PRUNE.name: 1.4,
    MAINTAIN_PRUNE.name: 1.4,
}
SEEDED = (PING, MAINTAIN_PRUNE)


def measure_role(quick: bool) -> Measured:
    """Measure reports and prunes of 20 models on each host, and of 200 on 10 hosts."""
    sizes = {1: {20: 2}, 2: {20: 2}} if quick else {1: {20: 11}, 10: {20: 7, 200: 3}, 50: {20: 3}}
    columns = {}
    rows = []
    for hosts, repeats in sizes.items():
        with running_fleet(hosts) as fleet:
            for models, repeat in repeats.items():
                print(f"{hosts} hosts, {models} models each ...", flush=True)
                # The first prune comes after the reports, which find all that it takes.
                entries = [(contender, seed(models) if contender in SEEDED else None) for contender in CONTENDERS]
                rounds = run_rounds(fleet, entries, repeat)
                seconds = {name: [one.seconds for one in taken] for name, taken in rounds.items()}
                columns[f"{hosts} x {models}"] = seconds
                if models == 20 and hosts != 1:
                    for name, most in MOST.items():
                        what = f"{name}, {hosts} hosts x {models} models"
                        rows.append([what, f"at most {most} x `ping`", ratio(seconds[name], seconds[PING.name])])
    names = [contender.name for contender in CONTENDERS]
    return Measured({"role": comparison(columns, "with the role", names, PING.name)}, rows)
