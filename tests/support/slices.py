# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet, which may look larger than it is, cut into slices; an ansible-runner worker has each for itself."""

from __future__ import annotations

import itertools
import json
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

from controller import COLLECTION
from ocr_host import MODELS

if t.TYPE_CHECKING:
    from light_hosts.fleet import Fleet, Host

TRANSMIT = COLLECTION / "docs" / "examples" / "transmit.py"


def name_hosts(fleet: Fleet, hosts: t.Sequence[Host], count: int) -> Path:
    """Give each of these hosts as many names in a row, each with a model directory of its own that has a stale model.

    Returns the folder that ansible-runner takes; the inventory in it has the names.
    """
    names = [f"name{number:04d}" for number in range(count)]
    of_name = {name: hosts[number * len(hosts) // count] for number, name in enumerate(names)}
    for host in hosts:
        own = [name for name in names if of_name[name] is host]
        # No two names have models of the same size.
        host.put_models({f"{name}/{prefix}fr.bin": 100 + names.index(name) for name in own for prefix in ("", "old_")})
    reached = json.loads((fleet.folder / "inventory.json").read_text(encoding="utf-8"))["all"]["vars"]
    inventory = {
        "vars": {**reached, "ocr_maintenance_engine": "skip"},
        "hosts": {
            name: {"ansible_host": host.address, "ocr_maintenance_path": f"{MODELS}/{name}"}
            for name, host in of_name.items()
        },
    }
    folder = fleet.folder / f"runner-{count}"
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory" / "hosts.json").write_text(json.dumps({"all": inventory}), encoding="utf-8")
    return folder


def slices_of(count: int, slices: int) -> list[str]:
    """Patterns that cut that many hosts into slices of about the same size."""
    bounds = [count * number // slices for number in range(slices + 1)]
    return [f"all[{first}:{end - 1}]" for first, end in itertools.pairwise(bounds)]


def new_controller(fleet: Fleet, name: str, settings: str) -> dict[str, str]:
    """Make the home of a controller with these settings as its ansible.cfg; return the environment of its commands."""
    home = fleet.folder / name
    home.mkdir()
    (home / "ansible.cfg").write_text(settings, encoding="utf-8")
    usual = fleet.environment()
    own = {"HOME": str(home), "ANSIBLE_CONFIG": str(home / "ansible.cfg")}
    own["ANSIBLE_COLLECTIONS_PATH"] = usual["ANSIBLE_COLLECTIONS_PATH"]
    # All else that Ansible is told stands in its settings.
    return {**{key: value for key, value in usual.items() if not key.startswith("ANSIBLE_")}, **own}


def start_slice(
    fleet: Fleet, folder: Path, name: str, hosts: str, environment: t.Mapping[str, str]
) -> subprocess.Popen[str]:
    """Start the playbook maintain on a slice of the hosts, in a worker that lives in its controller's home."""
    send = [sys.executable, str(TRANSMIT), str(folder), name, hosts]
    work = ["ansible-runner", "worker", "--private-data-dir", f"{environment['HOME']}/private"]
    receive = ["ansible-runner", "process", str(folder), "--ident", name]
    script = " | ".join(map(shlex.join, (send, work, receive)))
    return subprocess.Popen(
        fleet.controller("sh", "-c", script),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
