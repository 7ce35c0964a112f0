# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure, on a fleet of this machine, what docs/scale.md says of large ones; as root, where the fleet tests run:

    python tests/benchmark/scale.py unreachable    what hosts cost that do not answer
    python tests/benchmark/scale.py memory         what a fork takes
    python tests/benchmark/scale.py hosts          whether a host costs the same among many

Needs tests/support on PYTHONPATH. The figures are printed, not judged.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import typing as t
from pathlib import Path

from light_hosts.fleet import MODELS, Fleet, Host, running_fleet, wait_for

REPORT = {"ocrfleet.aspose.ocr_model_facts": {"path": MODELS, "engine": "skip"}}
# Addresses of the fleet's bridge that no host has: what is sent there is lost, and nobody says so.
NOWHERE = "02:00:00:00:00:01"


def play(task: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """A playbook of one task."""
    return [{"hosts": "all", "gather_facts": False, "become": True, "tasks": [dict(task)]}]


def lose_packets(fleet: Fleet, host: Host) -> None:
    """Have all packets to a host disappear, as a router would that knows no better."""
    enter = ["nsenter", "--target", str(fleet.supervisor), "--net", "--"]
    neighbour = ["ip", "neighbour", "replace", host.address, "lladdr", NOWHERE, "nud", "permanent", "dev", "fleet"]
    subprocess.run([*enter, *neighbour], check=True)


def unreachable() -> None:
    """Print the seconds of a report of 20 hosts, 10 of which do not answer, by timeout and forks."""
    print("timeout  forks  hosts down  seconds")
    with running_fleet(20) as fleet:
        for down in (0, 10):
            for host in fleet.hosts[:down]:
                lose_packets(fleet, host)
            for timeout, forks in ((10, 5), (10, 20), (5, 5), (5, 20)):
                run = fleet.playbook(play(REPORT), "--forks", str(forks), environment={"ANSIBLE_TIMEOUT": str(timeout)})
                lost = [result for result in run.results if result.status == "unreachable"]
                print(f"{timeout:7}  {forks:5}  {len(lost):10}  {run.seconds:7.1f}", flush=True)


def memory_of(pid: int) -> tuple[float, float]:
    """Megabytes of a process: its share of what it shares with others and all of its own, and its own alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    kilobytes = {name.rstrip(":"): int(value) for name, value, *_unit in (line.split() for line in lines)}
    return kilobytes["Pss"] / 1000, (kilobytes["Private_Dirty"] + kilobytes["Private_Clean"]) / 1000


def processes(fleet: Fleet, program: str) -> list[int]:
    """The processes of the controller side that run this program, told by the fleet's folder on their command line."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(fleet.folder) in command and program in (Path(word).name for word in command.split("\0")[:2]):
            found.append(int(file.parent.name))
    return found


def memory() -> None:
    """Print what the workers and ssh processes of a run with 50 forks take, all of them waiting for their host."""
    forks = 50
    with running_fleet(forks) as fleet:
        wait = {"ansible.builtin.command": "sh -c 'while [ ! -e /run/go ]; do sleep 0.2; done'"}
        with fleet.started_playbook(play(wait), "--forks", str(forks)) as finish:
            # Each host waits, so that each has a worker; one process more is the controller itself.
            wait_for(
                lambda: all((host.root / "run/module_calls").stat().st_size for host in fleet.hosts),
                "not every host was asked",
                seconds=120,
            )
            for program in ("ansible-playbook", "ssh"):
                taken = [memory_of(pid) for pid in processes(fleet, program)]
                shares, own = (sum(column) / len(taken) for column in zip(*taken, strict=True))
                print(
                    f"{program:16}  {len(taken):3} processes, each {shares:5.1f} MB (its own {own:5.1f} MB)", flush=True
                )
            for host in fleet.hosts:
                (host.root / "run/go").touch()
            finish()


def hosts() -> None:
    """Print processor time and seconds for each host, of reports of 10 to 400 hosts; above 100 under several names."""
    print("hosts  controller CPU, ms per host  seconds  ms per host")
    with running_fleet(100) as fleet:
        variables = json.loads((fleet.folder / "inventory.json").read_text(encoding="utf-8"))["all"]["vars"]
        for host in fleet.hosts:
            host.put_models({f"{prefix}{number}.bin": 1 for number in range(10) for prefix in ("", "old_")})
        for count in (10, 50, 100, 200, 400):
            names = {
                f"name{number:03d}": {"ansible_host": fleet.hosts[number % len(fleet.hosts)].address}
                for number in range(count)
            }
            inventory = fleet.folder / f"inventory-{count}.json"
            inventory.write_text(json.dumps({"all": {"vars": variables, "hosts": names}}), encoding="utf-8")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = fleet.playbook(play(REPORT), "--inventory", str(inventory), "--forks", "10")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if run.returncode != 0:
                raise RuntimeError(run.output)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"{count:5}  {1000 * spent / count:27.0f}  {run.seconds:7.1f}  {1000 * run.seconds / count:11.0f}",
                flush=True,
            )


def main() -> None:
    """Measure what the command line names."""
    measurements = {"unreachable": unreachable, "memory": memory, "hosts": hosts}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=measurements)
    measurements[parser.parse_args().what]()


if __name__ == "__main__":
    main()
