# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible on the controller side of a fleet: in its network, ended with it, and each task result noted."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from ocr_host import command_lines

HERE = Path(__file__).parent
COLLECTION = HERE.parent.parent


def environment_of_scripts(**extra: str) -> dict[str, str]:
    """Environment for a Python program of the tests that shall find what this process finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **extra}


@dataclasses.dataclass(frozen=True)
class TaskResult:
    """What one task gave on one host; status is ok, changed, failed, ignored, unreachable or skipped. at: seconds."""

    at: float
    play: str
    host: str
    task: str
    action: str
    status: str
    result: dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Run:
    """A run of ansible-playbook: its exit status, what it printed, and each task result in order."""

    returncode: int
    output: str
    results: list[TaskResult]
    seconds: float

    def of(self, host: str, action: str = "") -> list[TaskResult]:
        """The results on one host, if wanted of one action only (its name's end will do)."""
        return [result for result in self.results if result.host == host and result.action.endswith(action)]

    def last(self, host: str, action: str) -> TaskResult:
        """The last result of this action on this host."""
        found = self.of(host, action)
        if not found:
            raise LookupError(f"{host} has no result of {action}:\n{self.output}")
        return found[-1]

    def statuses(self, action: str) -> dict[str, str]:
        """Host to status of the last result of this action."""
        return {result.host: result.status for result in self.results if result.action.endswith(action)}


@dataclasses.dataclass
class Controller:
    """The controller of a fleet that is up.

    folder is readable from here and from the controller side, and goes with the fleet. supervisor is the process whose
    namespaces are the fleet's, as this machine numbers it.
    """

    folder: Path
    supervisor: int

    def controller(self, *command: str) -> list[str]:
        """The command line that runs a command on the controller side: in the fleet's network, ended with the fleet."""
        return [
            "nsenter",
            "--target",
            str(self.supervisor),
            "--pid",
            "--mount",
            "--net",
            f"--wd={self.folder}",
            "--",
            *command,
        ]

    def environment(self, **extra: str) -> dict[str, str]:
        """Environment for Ansible on the controller side: the user's own settings are left out."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        kept["PATH"] = f"{Path(sys.executable).parent}:{kept.get('PATH', '/usr/bin:/bin')}"
        settings = {
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "tree"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_INVENTORY": str(self.folder / "inventory.json"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"),
            "ANSIBLE_INJECT_FACT_VARS": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "True",
            "ANSIBLE_TIMEOUT": "10",
            "LC_ALL": "C.UTF-8",
        }
        return {**kept, **settings, **extra}

    def playbook(
        self,
        playbook: str | t.Sequence[t.Mapping[str, t.Any]],
        *arguments: str,
        variables: t.Mapping[str, t.Any] | None = None,
        environment: t.Mapping[str, str] | None = None,
        time_limit: float = 300,
    ) -> Run:
        """Run a playbook, given by its name or as a list of plays, with these arguments and extra variables.

        Raises subprocess.TimeoutExpired when it is not over after ``time_limit`` seconds.
        """
        with self.started_playbook(
            playbook, *arguments, variables=variables, environment=environment, time_limit=time_limit
        ) as run:
            pass
        return run()

    @contextlib.contextmanager
    def started_playbook(
        self,
        playbook: str | t.Sequence[t.Mapping[str, t.Any]],
        *arguments: str,
        variables: t.Mapping[str, t.Any] | None = None,
        environment: t.Mapping[str, str] | None = None,
        time_limit: float = 300,
    ) -> t.Iterator[t.Callable[[], Run]]:
        """Like playbook(), for a caller that has something to do meanwhile; what it yields waits for the Run."""
        scratch = Path(tempfile.mkdtemp(dir=self.folder))
        if not isinstance(playbook, str):
            (scratch / "playbook.json").write_text(json.dumps(list(playbook)), encoding="utf-8")
            playbook = str(scratch / "playbook.json")
        record = scratch / "record"
        record.touch()
        extra = {"ANSIBLE_CALLBACKS_ENABLED": "record", "OCR_FLEET_RECORD": str(record), **(environment or {})}
        command = ["ansible-playbook", playbook, *arguments, "--extra-vars", json.dumps(dict(variables or {}))]
        started = time.monotonic()
        with (scratch / "output").open("wb") as output:
            process = subprocess.Popen(
                self.controller(*command),
                env=self.environment(**extra),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

        def finish() -> Run:
            returncode = process.wait(timeout=time_limit)
            seconds = time.monotonic() - started
            results = [TaskResult(**json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]
            return Run(returncode, (scratch / "output").read_text(encoding="utf-8"), results, seconds)

        try:
            yield finish
        finally:
            process.wait(timeout=time_limit)


def processes(program: str, *texts: str) -> list[int]:
    """The processes of this machine that run this program and have all these texts on their command line."""
    return [
        pid
        for pid, words in command_lines()
        if program in (Path(word).name for word in words[:2]) and all(text in " ".join(words) for text in texts)
    ]


def make_folder(
    prefix: str,
    addresses: t.Mapping[str, str],
    groups: t.Mapping[str, t.Sequence[str]],
    variables: t.Mapping[str, str],
) -> Path:
    """Make the folder of a fleet: keys, known hosts, inventory, the collection, and `state` for what the fleet keeps.

    addresses has each host by name, groups the hosts of each group, variables what the inventory says of all of them.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    (folder / "state").mkdir()
    (folder / "ansible.cfg").touch()
    namespace = folder / "tree/ansible_collections/ocrfleet"
    namespace.mkdir(parents=True)
    (namespace / "aspose").symlink_to(COLLECTION)
    _make_keys(folder / "keys", list(addresses))
    known = [
        f"{address} {(folder / 'keys' / f'{name}.pub').read_text(encoding='utf-8').strip()}"
        for name, address in addresses.items()
    ]
    (folder / "known_hosts").write_text("\n".join(known) + "\n", encoding="utf-8")
    common = {
        "ansible_ssh_private_key_file": str(folder / "keys/controller"),
        "ansible_ssh_common_args": ssh_options(folder),
        **variables,
    }
    children = {
        group: {"hosts": {name: {"ansible_host": addresses[name]} for name in names}} for group, names in groups.items()
    }
    inventory = {"all": {"vars": common, "children": children}}
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    return folder


def ssh_options(folder: Path) -> str:
    """The options with which ssh knows the hosts of this folder and nothing of this machine's user."""
    options = f"-F none -o UserKnownHostsFile={folder}/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
    return options + " -o ServerAliveInterval=3 -o ServerAliveCountMax=4"


def _make_keys(keys: Path, names: t.Sequence[str]) -> None:
    keys.mkdir()
    for name in ("controller", *names):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(keys / name)], check=True)
