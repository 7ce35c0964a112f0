# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure, on a fleet of this machine, what docs/scale.md says of large ones; as root, where the fleet tests run:

    python tests/benchmark/scale.py unreachable    what hosts cost that do not answer
    python tests/benchmark/scale.py memory         what a fork takes
    python tests/benchmark/scale.py hosts          whether a host costs the same among many
    python tests/benchmark/scale.py slices         whether it costs the same in slices, each of a controller

Needs tests/support on PYTHONPATH, the last one ansible-runner. The figures are printed, not judged.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import time
import typing as t
from pathlib import Path

from controller import processes
from light_hosts.fleet import MODELS, Fleet, Host, running_fleet, wait_for
from slices import name_hosts, new_controller, slices_of, start_slice

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
                taken = [memory_of(pid) for pid in processes(program, str(fleet.folder))]
                shares, own = (sum(column) / len(taken) for column in zip(*taken, strict=True))
                print(
                    f"{program:16}  {len(taken):3} processes, each {shares:5.1f} MB (its own {own:5.1f} MB)", flush=True
                )
            for host in fleet.hosts:
                (host.root / "run/go").touch()
            finish()


def processor_time() -> float:
    """The seconds of all that this process has started and that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
            before = processor_time()
            run = fleet.playbook(play(REPORT), "--inventory", str(inventory), "--forks", "10")
            spent = processor_time() - before
            if run.returncode != 0:
                raise RuntimeError(run.output)
            print(
                f"{count:5}  {1000 * spent / count:27.0f}  {run.seconds:7.1f}  {1000 * run.seconds / count:11.0f}",
                flush=True,
            )


def slices() -> None:
    """Print processor time for each of 100 hosts, and seconds, in slices that run at once; connections are opened."""
    count = 100
    print("slices  controllers' CPU, ms per host  seconds")
    with running_fleet(count) as fleet:
        folder = name_hosts(fleet, fleet.hosts, count)
        for number in (1, 2, 4):
            before, started = processor_time(), time.monotonic()
            workers = []
            for part, hosts in enumerate(slices_of(count, number)):
                name = f"{number}-{part}"
                controller = new_controller(fleet, name, "[defaults]\npipelining = true\n")
                workers.append(start_slice(fleet, folder, name, hosts, controller))
            output = [worker.communicate()[0] for worker in workers]
            spent, seconds = processor_time() - before, time.monotonic() - started
            reported = sum(int(found) for text in output for found in re.findall(r"(\d+) reported", text))
            if reported != count:
                raise RuntimeError("\n".join(output))
            print(f"{number:6}  {1000 * spent / count:29.0f}  {seconds:7.1f}", flush=True)


def main() -> None:
    """Measure what the command line names."""
    measurements = {"unreachable": unreachable, "memory": memory, "hosts": hosts, "slices": slices}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=measurements)
    measurements[parser.parse_args().what]()


if __name__ == "__main__":
    main()
