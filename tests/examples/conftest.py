# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of the collection: a home directory, a folder with an inventory, and OCR hosts that SSH reaches.

What the documentation takes for granted is made here, and nothing else: the hosts ocr-01 to ocr-03, which systemd
booted, with the user ocr, the models in /srv/ocr/models and in that user's home, the service ocr, which does not run,
and an SDK in /opt/ocr/venv (stand_in.py). How to reach the hosts stands in group_vars/all.yml and host_vars beside the
user's inventory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import pytest
import stand_in
import yaml
from booted_hosts.hosts import THIS_MACHINE, Clock, Host, Hosts, missing_requirements, running_hosts
from controller import COLLECTION, Run, TaskResult
from ocr_host import OCR_USER_ID
from pages import Block
from possible import folders_of_this_python, need, need_a_fleet

NAMES = ("ocr-01", "ocr-02", "ocr-03")
SERVER_MODELS = "/srv/ocr/models"
HOME_MODELS = "/home/ocr/.local/share/Aspose.AI.LLM/models"
# All changed 90 days ago. Half of them are stale or incomplete.
CURRENT = {"de_ocr_v1.bin", "en_ocr_v1.bin", "llama-3.2.gguf", "pl_ocr_v1.bin"}
STALE = {"old_de_ocr_v1.bin", "old_fr_ocr_v1.bin", "old_qwen2-vl/weights.gguf"}
INCOMPLETE = {"llama-3.2.gguf.part"}
ALL = CURRENT | STALE | INCOMPLETE


class OcrHost:
    """A host by the name that the documentation gives it."""

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.host = host

    def path(self, path: str) -> Path:
        """An absolute path of the host, as this machine sees it."""
        return self.host.root / path.lstrip("/")

    def furnish(self) -> None:
        """Make the models in both places, as they are at the beginning of each test; end services and holders."""
        self.host.reset()
        unit = self.path("/etc/systemd/system/ocr.service")
        if not unit.exists():  # Of a test that has written its own, there is none left.
            unit.write_text(f"[Service]\nUser=ocr\nExecStart={Clock(self.host, 'ocr').command()}\n", encoding="utf-8")
            self.host.run("systemctl", "daemon-reload")
        self.put_models(SERVER_MODELS)
        self.put_models(HOME_MODELS)

    def put_models(self, directory: str, *, names: t.Iterable[str] = ALL, owner: int = OCR_USER_ID) -> None:
        """Make exactly these models in a directory of the host."""
        top = self.path(directory)
        for entry in top.iterdir() if top.exists() else ():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        changed = time.time() - 90 * 86400
        for name in sorted(names):
            model = top / name
            model.parent.mkdir(parents=True, exist_ok=True)
            model.write_bytes(name.encode() * 100)
            os.utime(model, (changed, changed))
        for made in (top, *top.rglob("*")):
            os.chown(made, owner, owner)

    def models(self, directory: str = SERVER_MODELS) -> set[str]:
        """Names of the models in a directory of the host."""
        top = self.path(directory)
        return {str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir()}


class User:
    """Somebody with a home directory, and a folder to work in that holds the inventory."""

    def __init__(self, fleet: Hosts, hosts: dict[str, OcrHost], programs: Path) -> None:
        self.fleet = fleet
        self.hosts = hosts
        self.programs = programs
        self.home = Path(tempfile.mkdtemp(dir=fleet.folder))
        self.folder = self.home / "ocr"
        self.folder.mkdir()
        for kept in (".config/pip", ".cache/pip"):  # which index, and what was downloaded before
            if (Path.home() / kept).exists():
                (self.home / kept).parent.mkdir(parents=True, exist_ok=True)
                (self.home / kept).symlink_to(Path.home() / kept)

    def write(self, name: str, content: str | dict[str, t.Any] | list[t.Any]) -> None:
        """Write a file of the folder: text, or data as YAML."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")

    def reach_hosts(self, *, interpreter: bool = True) -> None:
        """Write beside the inventory how its hosts are reached, and their Python unless Ansible shall look for it."""
        inventory = json.loads((self.fleet.folder / "inventory.json").read_text(encoding="utf-8"))
        reached = {**inventory["all"]["vars"], "ansible_python_interpreter": "/usr/bin/python3"}
        if not interpreter:
            del reached["ansible_python_interpreter"]
        self.write("group_vars/all.yml", reached)
        for name, host in self.hosts.items():
            self.write(f"host_vars/{name}.yml", {"ansible_host": host.host.address})

    def environment(self, **extra: str) -> dict[str, str]:
        """The user's environment: no setting of Ansible but that this machine's are left out."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
        return {**kept, "HOME": str(self.home), "PATH": f"{self.programs}:{kept['PATH']}", "LC_ALL": "C.UTF-8", **extra}

    def install_collection(self) -> None:
        """Put the collection where ansible-galaxy would."""
        namespace = self.home / ".ansible/collections/ansible_collections/ocrfleet"
        namespace.mkdir(parents=True)
        (namespace / "aspose").symlink_to(COLLECTION)

    def type(self, commands: str | Block, *, succeeds: bool = True) -> Run:
        """Run shell commands in the folder, in the network of the hosts; they have to succeed, or to fail."""
        script = commands if isinstance(commands, str) else commands.commands()
        assert script, f"no command in {commands}"
        record = Path(tempfile.mkstemp(dir=self.home)[1])
        environment = self.environment(
            ANSIBLE_CALLBACKS_ENABLED="record",
            ANSIBLE_CALLBACK_PLUGINS=str(COLLECTION / "tests/support/callback_plugins"),
            OCR_FLEET_RECORD=str(record),
            # Connections outlive a test.
            ANSIBLE_SSH_CONTROL_PATH_DIR=str(self.fleet.folder / "cp"),
        )
        started = time.monotonic()
        completed = subprocess.run(
            self.fleet.controller("sh", "-e", "-c", f"cd '{self.folder}'\n{script}"),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        results = [TaskResult(**json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]
        assert (completed.returncode == 0) is succeeds, (
            f"{script}\nended with {completed.returncode}\n{completed.stdout}"
        )
        return Run(completed.returncode, completed.stdout, results, time.monotonic() - started)


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Hosts]:
    """The hosts, brought up once."""
    need_a_fleet()
    need(missing_requirements([THIS_MACHINE]))
    wheels = tmp_path_factory.mktemp("wheels")
    environment = tmp_path_factory.mktemp("sdk") / "venv"
    stand_in.make_environment(environment, stand_in.make_wheel(wheels))
    shared = {"/opt/ocr/venv": environment, "/opt/wheels": wheels}
    shared["/usr/share/ansible/collections/ansible_collections/ocrfleet/aspose"] = COLLECTION
    shared |= folders_of_this_python()  # Ansible itself, for hosts that pull.
    with running_hosts([THIS_MACHINE] * len(NAMES), shared=shared) as fleet:
        for host in fleet.all:
            # The overlay that is the hosts' root has no leases, on which a plain user depends.
            host.run("mount", "-t", "tmpfs", "-o", f"size=16m,mode=755,uid={OCR_USER_ID}", "home", "/home/ocr")
        yield fleet


@pytest.fixture
def hosts(fleet: Hosts) -> dict[str, OcrHost]:
    """The hosts by name, as they are at the beginning of each example."""
    hosts = {name: OcrHost(name, host) for name, host in zip(NAMES, fleet.all, strict=True)}
    for host in hosts.values():
        host.furnish()
    return hosts


@pytest.fixture
def user(fleet: Hosts, hosts: dict[str, OcrHost]) -> User:
    """A user who has Ansible and the collection already, and the hosts' addresses."""
    user = User(fleet, hosts, Path(sys.executable).parent)
    user.install_collection()
    user.reach_hosts()
    return user
