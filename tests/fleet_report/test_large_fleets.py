# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/scale.md says of fleets that outgrow one controller, and of hosts that vanish."""

from __future__ import annotations

import json
import re
import subprocess
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import redis
from controller import processes
from light_hosts.fleet import COLLECTION, MODELS, Fleet, running_fleet
from possible import need_a_fleet
from redis_server import running_redis
from slices import name_hosts, new_controller, slices_of, start_slice
from supervision import CONTROLLER_ADDRESS

EXAMPLE_CFG = COLLECTION / "docs" / "examples" / "ansible.cfg"
HOSTS, SLICES = 100, 3
MORE_HOSTS = 3
TIME = "2026-11-28T12:00:00Z"
ALIVE = r" -o ServerAlive\w+=\d+"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """Hosts that every test here shares."""
    need_a_fleet()
    with running_fleet(HOSTS + MORE_HOSTS) as fleet:
        yield fleet


def run(fleet: Fleet, environment: Mapping[str, str], *command: str) -> str:
    """Run a command on a controller, and return what it printed. Fails the test when it does not succeed."""
    done = subprocess.run(
        fleet.controller(*command), env=environment, text=True, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def reasons(report: Path) -> dict[str, str | None]:
    """Each host of a report, and why it is missing there; None where it is not."""
    rows = json.loads((report / "report.json").read_text(encoding="utf-8"))["hosts"]
    return {row["host"]: row["reason"] for row in rows}


class Cache:
    """A database of the Redis server that controllers share as their fact cache."""

    # When a host was asked, and when it was maintained: of two runs, all else is the same. JSON is in quotes there.
    TIMES = re.compile(r"""((?:gathered_at|"time)\\*": *\\*")[^"\\]+""")

    def __init__(self, socket: Path, connection: str, database: int) -> None:
        self.client: t.Any = redis.Redis(unix_socket_path=str(socket), db=database, decode_responses=True)
        self.settings = (
            "[defaults]\nfact_caching = community.general.redis\n"
            f"fact_caching_connection = {connection.rpartition(':')[0]}:{database}\n"
        )

    def at_one_time(self) -> dict[str, str]:
        """Change the facts as if all hosts had been asked at once; return those of each host, as text, by their key."""
        facts = {}
        for key in self.client.keys("ansible_facts*"):
            facts[key] = self.TIMES.sub(rf"\g<1>{TIME}", self.client.get(key))
            self.client.set(key, facts[key])
        return facts


def report_from(fleet: Fleet, inventory: Path, name: str, cache: str) -> Path:
    """Have a new controller report from a fact cache, which these settings name; return the folder of the report."""
    controller = new_controller(fleet, name, cache)
    report = Path(controller["HOME"]) / "report"
    variables = {"from_cache": True, "time": TIME, "dir": str(report)}
    arguments = json.dumps({f"ocr_fleet_report_{key}": value for key, value in variables.items()})
    run(fleet, controller, "ansible-playbook", "-i", str(inventory), "ocrfleet.aspose.report", "-e", arguments)
    return report


class Started(t.NamedTuple):
    """A run of the report that has started on a controller."""

    controller: dict[str, str]
    process: subprocess.Popen[bytes]
    report: Path


@pytest.fixture(scope="module")
def runs_after_a_loss(fleet: Fleet) -> Iterator[list[Started]]:
    """Two runs on hosts whose first one vanished after another run: with the example's settings, and without ALIVE."""
    hosts = fleet.hosts[HOSTS:]
    reached = json.loads((fleet.folder / "inventory.json").read_text(encoding="utf-8"))["all"]["vars"]
    # Those of the fleet itself would hold for both.
    reached["ansible_ssh_common_args"] = re.sub(ALIVE, "", reached["ansible_ssh_common_args"])
    reached.update(ocr_maintenance_path=MODELS, ocr_maintenance_engine="skip")
    addresses = {host.name: {"ansible_host": host.address} for host in hosts}
    inventory = fleet.folder / "with-a-loss.json"
    inventory.write_text(json.dumps({"all": {"vars": reached, "hosts": addresses}}), encoding="utf-8")
    # Of a connection that is closed before the report, none of this could be seen.
    example = EXAMPLE_CFG.read_text(encoding="utf-8").replace("ControlPersist=60s", "ControlPersist=1h")
    controllers = [
        new_controller(fleet, "with", example),
        new_controller(fleet, "without", re.sub(ALIVE, "", example)),
    ]
    for controller in controllers:
        run(fleet, controller, "ansible", "all", "-i", str(inventory), "-m", "ansible.builtin.raw", "-a", "true")
    hosts[0].unplug()
    started = []
    for controller in controllers:
        report = Path(controller["HOME"]) / "report"
        command = (
            "ansible-playbook",
            "-i",
            str(inventory),
            "ocrfleet.aspose.report",
            "-e",
            f"ocr_fleet_report_dir={report}",
        )
        process = subprocess.Popen(
            fleet.controller(*command), env=controller, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        started.append(Started(controller, process, report))
    yield started
    for _controller, process, _report in started:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("runs_after_a_loss")  # which wait for half a minute; meanwhile this is done
def test_slices_report_what_one_controller_does(fleet: Fleet) -> None:
    """Several workers at the same time, each a controller of its own, and one fact cache."""
    folder = name_hosts(fleet, fleet.hosts[:HOSTS], HOSTS)
    socket = fleet.folder / "redis.sock"
    options = ("--unixsocket", str(socket))
    with running_redis(fleet.folder, CONTROLLER_ADDRESS, *options, inside=fleet.controller) as connection:
        one, sliced = (Cache(socket, connection, database) for database in (0, 1))
        alone = new_controller(fleet, "alone", one.settings)
        run(fleet, alone, "ansible-playbook", "-i", f"{folder}/inventory", "ocrfleet.aspose.maintain")
        workers = {
            f"slice-{number}": start_slice(
                fleet, folder, f"slice-{number}", hosts, new_controller(fleet, f"slice-{number}", sliced.settings)
            )
            for number, hosts in enumerate(slices_of(HOSTS, SLICES))
        }
        # Each has seconds of work before it, and to start them takes milliseconds.
        assert [worker.poll() for worker in workers.values()] == [None] * SLICES
        for name, worker in workers.items():
            printed = worker.communicate(timeout=300)[0]
            assert (folder / "artifacts" / name / "rc").read_text(encoding="ascii") == "0", printed
        found = [cache.at_one_time() for cache in (one, sliced)]
        assert len(found[1]) == HOSTS
        assert found[0] == found[1]

        reports = [
            report_from(fleet, folder / "inventory", f"reports-{number}", cache.settings)
            for number, cache in enumerate((one, sliced))
        ]
    assert list(reasons(reports[1]).values()) == [None] * HOSTS
    first, second = ({file.name: file.read_bytes() for file in report.iterdir()} for report in reports)
    assert first == second


def test_a_host_that_vanishes_between_two_runs_holds_up_no_other(
    fleet: Fleet, runs_after_a_loss: list[Started]
) -> None:
    """Without a sign of life, ssh waits on a connection that is open already."""
    lost, *others = fleet.hosts[HOSTS:]
    with_settings, without = runs_after_a_loss
    assert with_settings.process.wait(timeout=120) == 0
    why = reasons(with_settings.report)
    assert str(why.pop(lost.name)).startswith("unreachable: ")
    assert why == dict.fromkeys(host.name for host in others)
    assert without.process.poll() is None
    assert not without.report.exists()
    assert processes("ssh", without.controller["HOME"], lost.address)
