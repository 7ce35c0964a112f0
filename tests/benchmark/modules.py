# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules cost on fleets of three sizes, next to ping and to what people write by hand."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

from contenders import FILE_LOOP, PING, PRUNES, REPORTS, SDK, WITH_SDK, seed
from controller import COLLECTION
from light_hosts.fleet import Fleet, running_fleet
from rounds import HOST_PYTHON, Measured, Seconds, added, comparison, measure, ratio, site_collections

SDK_PACKAGE = "aspose-ocr-python-net"
SDK_VENV = COLLECTION / ".cache/bench/sdk"
# Above that many calls of the file module a measurement takes minutes and says nothing new.
MOST_LOOP_CALLS = 1100


@dataclasses.dataclass(frozen=True)
class Case:
    """A size of fleet: hosts, models on each of them (half of them stale), and how often each way is measured.

    Those that are closer to each other are measured more often.
    """

    hosts: int
    models: int
    reports: int
    reports_with_sdk: int
    prunes: int

    @property
    def stale(self) -> int:
        """Stale models on each host."""
        return self.models // 2


Results = dict[Case, dict[str, Seconds]]


def give_models(fleet: Fleet, models: int) -> None:
    """Put that many small models on each host, every other one stale."""
    names = [f"{prefix}model_{number}.bin" for number in range(models // 2) for prefix in ("", "old_")]
    for host in fleet.hosts:
        host.put_models(dict.fromkeys(names, b"x\n"))


def measure_case(fleet: Fleet, case: Case) -> dict[str, Seconds]:
    """The seconds of every report and every prune of a fleet of this size."""
    give_models(fleet, case.models)
    reports = measure(fleet, [PING, *REPORTS], case.reports)
    reports_with_sdk = measure(fleet, [PING, *WITH_SDK], case.reports_with_sdk)
    prunes = measure(fleet, PRUNES, case.prunes, prepare=seed(case.models))
    if case.hosts * FILE_LOOP.calls(case.stale) <= MOST_LOOP_CALLS:
        prunes |= measure(fleet, [FILE_LOOP], 1, prepare=seed(case.models))
    return {"report": reports, "report with the SDK": reports_with_sdk, "prune": prunes}


def requirement_rows(results: Results) -> list[list[str]]:
    """What must hold, in the largest cases that were measured, and the figure that says whether it does."""
    rows = []
    ping, skip, bare, sdk = PING.name, REPORTS[0].name, WITH_SDK[0].name, WITH_SDK[1].name
    most_hosts = max(case.hosts for case in results)
    for case, measured in results.items():
        if case.hosts != most_hosts:
            continue
        report, with_sdk = measured["report"], measured["report with the SDK"]
        size = f"{case.hosts} hosts x {case.models} models"
        rows.append([f"report without the SDK, {size}", "at most 1.15 x `ping`", ratio(report[skip], report[ping])])
        share = ratio(added(with_sdk[sdk], with_sdk[ping]), added(with_sdk[bare], with_sdk[ping]))
        rows.append(
            [f"report with the SDK, {size}: what it adds to `ping`", "at most 1.2 x what the bare script adds", share]
        )
    prune, remove, loop = PRUNES[0].name, PRUNES[1].name, FILE_LOOP.name
    case, removal = max(
        ((case, measured["prune"]) for case, measured in results.items() if loop in measured["prune"]),
        key=lambda measured: measured[0].hosts * measured[0].stale,
    )
    size = f"{case.stale} of {case.models} models on {case.hosts} hosts"
    rows.append([f"prune of {size}", "at most 1.3 x `shell: rm -f`", ratio(removal[prune], removal[remove])])
    rows.append(
        [f"`find` + `file` loop, {size}", "at least 40 x `ocr_model_prune`", ratio(removal[loop], removal[prune])]
    )
    return rows


def make_sdk_venv(folder: Path) -> None:
    """Install the SDK for the hosts' Python, unless it is there already."""
    if not (folder / "bin/python").exists():
        subprocess.run([HOST_PYTHON, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin/pip"), "install", "--quiet", SDK_PACKAGE], check=True)


def rivals() -> str:
    """The releases of what the modules are compared with."""
    listing = [str(SDK_VENV / "bin/pip"), "list", "--format", "json"]
    listed = json.loads(subprocess.run(listing, capture_output=True, text=True, check=True).stdout)
    sdk = next(package["version"] for package in listed if package["name"] == SDK_PACKAGE)
    found = sorted(Path(site_collections()).glob("ansible_collections/community/general/MANIFEST.json"))
    general = json.loads(found[0].read_text(encoding="utf-8"))["collection_info"]["version"]
    return f"{SDK_PACKAGE} {sdk}, community.general {general}"


def measure_modules(quick: bool) -> Measured:
    """Measure reports and prunes by the modules, with 20 and 200 models on each host."""
    make_sdk_venv(SDK_VENV)
    sizes = [(1, 3, 3, 3), (2, 3, 3, 3)] if quick else [(1, 15, 9, 5), (10, 15, 9, 5), (50, 11, 5, 3)]
    results: Results = {}
    for hosts, *rounds in sizes:
        with running_fleet(hosts, shared={SDK: SDK_VENV.resolve()}) as fleet:
            for models in (20, 200):
                case = Case(hosts, models, *rounds)
                print(f"{hosts} hosts, {models} models each ...", flush=True)
                results[case] = measure_case(fleet, case)

    def rows(job: str, names: list[str], base: str) -> str:
        columns = {f"{case.hosts} x {case.models}": measured[job] for case, measured in results.items()}
        return comparison(columns, job, names, base)

    values = {
        "rivals": rivals(),
        "reports": rows("report", [c.name for c in (PING, *REPORTS)], PING.name),
        "reports_with_sdk": rows("report with the SDK", [c.name for c in (PING, *WITH_SDK)], PING.name),
        "prunes": rows("prune", [c.name for c in (*PRUNES, FILE_LOOP)], PRUNES[1].name),
    }
    return Measured(values, requirement_rows(results))
