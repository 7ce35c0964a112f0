# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of OCR hosts on this one Linux machine, reached over true SSH, and gone without a trace afterwards.

    with running_fleet(20) as fleet:
        fleet.hosts[0].put_models({"old_fr.bin": b"..."})
        run = fleet.playbook(text)

Each host has namespaces, a root, an sshd, a host key and a model directory of its own, and Ansible runs in the
namespaces of the fleet. See supervisor.py for how the fleet ends, whatever happens to the process that started it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

HERE = Path(__file__).parent
COLLECTION = HERE.parent.parent
MODELS = "/srv/ocr/models"
OCR_USER_ID = 9002
# A command on a host that ends all processes of its open sessions; new ones are welcome. Where only the first process
# of a session ends, another holds its connection.
CUT_SESSIONS = "pkill -KILL -f '^sshd(-session)?: (deploy|root)'"
COMMANDS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "sshd": "openssh-server",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sudo": "sudo",
    "start-stop-daemon": "dpkg",
    "service": "init-system-helpers",
    "/usr/bin/python3": "python3",
}


def missing_requirements() -> list[str]:
    """What keeps a fleet from running here, each with its cure; empty when nothing does."""
    if os.geteuid() != 0:
        return ["root: namespaces and sshd need it (try sudo)"]
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [
        f"{name}: apt-get install {package}" for name, package in COMMANDS.items() if not shutil.which(name, path=path)
    ]
    if not missing:
        probe = [
            "unshare",
            "--pid",
            "--fork",
            "--mount",
            "--uts",
            "--ipc",
            "--net",
            "--cgroup",
            "ip",
            "link",
            "add",
            "type",
            "bridge",
        ]
        attempt = subprocess.run(probe, capture_output=True, text=True, check=False)
        if attempt.returncode != 0:
            missing.append(f"namespaces: this machine does not let root make them ({attempt.stderr.strip()})")
    return missing


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


@dataclasses.dataclass(frozen=True)
class Host:
    """One host of the fleet. pid is its process 1 as this machine sees it."""

    name: str
    address: str
    pid: int
    supervisor: int

    @property
    def root(self) -> Path:
        """The root folder of the host."""
        return Path(f"/proc/{self.pid}/root")

    @property
    def models(self) -> Path:
        """The model directory of the host."""
        return self.root / MODELS.lstrip("/")

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command on the host, as root."""
        enter = ["nsenter", "--target", str(self.pid), "--all", "--"]
        return subprocess.run([*enter, *command], capture_output=True, text=True, check=check)

    def reset(self) -> None:
        """Back to working order, whatever a test did: reachable, no models, no backups, no services, no holders."""
        self.plug_in()
        if self._hold.exists():
            self.accept_connections()
        self.run("mount", "-o", "remount,rw", "/srv/ocr")
        self.run("pkill", "-KILL", "-f", "/opt/ocr/model_holder.py", check=False)
        for pid_file in (self.root / "run").glob("ocr*.pid"):
            pid_file.unlink()
        for defaults in (self.root / "etc/default").glob("ocr*"):
            defaults.unlink()
        for entry in (self.root / "srv/ocr").iterdir():
            if entry.name != "models":
                _remove(entry)
        self.clear_models()

    def put_models(self, models: t.Mapping[str, bytes | int]) -> None:
        """Make exactly these models, with this content or, given a number, that many bytes of a sparse file."""
        self.clear_models()
        for name, content in models.items():
            path = self.models / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, int):
                with path.open("wb") as model:
                    model.truncate(content)
            else:
                path.write_bytes(content)
            for made in (path, *(parent for parent in path.parents if parent.is_relative_to(self.models))):
                os.chown(made, OCR_USER_ID, OCR_USER_ID)

    def clear_models(self) -> None:
        """Empty the model directory."""
        for entry in self.models.iterdir():
            _remove(entry)

    def model_names(self) -> set[str]:
        """Names of the files in the model directory, at any depth."""
        return {str(path.relative_to(self.models)) for path in self.models.rglob("*") if not path.is_dir()}

    def module_calls(self) -> int:
        """How often Ansible has started Python on this host since it came up."""
        return len((self.root / "run/module_calls").read_text(encoding="utf-8").splitlines())

    def start_holder(self, *models: str, user: str = "ocr") -> int:
        """Start a process that is no service and maps these models; give its pid on the host once it does."""
        ready = f"/tmp/holder-{time.monotonic_ns()}"
        paths = [f"{MODELS}/{model}" for model in models]
        command = [
            "start-stop-daemon",
            "--start",
            "--background",
            "--make-pidfile",
            "--pidfile",
            f"{ready}.pid",
            "--chuid",
            user,
        ]
        self.run(*command, "--startas", "/usr/bin/python3", "--", "/opt/ocr/model_holder.py", ready, *paths)
        wait_for((self.root / ready.lstrip("/")).exists, f"the holder on {self.name} did not get ready")
        return int((self.root / f"{ready.lstrip('/')}.pid").read_text(encoding="utf-8"))

    def kill(self, pid: int) -> None:
        """End a process of the host, given its pid there, and wait until it is gone."""
        self.run("kill", "-KILL", str(pid), check=False)
        wait_for(
            lambda: not (self.root / "proc" / str(pid) / "maps").exists(), f"process {pid} of {self.name} did not end"
        )

    def configure_service(self, name: str, *models: str, before_start: str = "", after_stop: str = "") -> None:
        """Say which models a service (ocr, ocr-batch) maps when it starts, and what goes wrong, as shell commands."""
        settings = {
            "MODELS": " ".join(f"{MODELS}/{model}" for model in models),
            "BEFORE_START": before_start,
            "AFTER_STOP": after_stop,
        }
        lines = [f"{key}={shlex.quote(value)}\n" for key, value in settings.items()]
        (self.root / "etc/default" / name).write_text("".join(lines), encoding="utf-8")

    def service(self, name: str, action: str) -> subprocess.CompletedProcess[str]:
        """Do something (start, stop, status) with a service; its status alone may fail."""
        return self.run("service", name, action, check=action != "status")

    def service_pid(self, name: str) -> int | None:
        """The process of a service that runs, otherwise None."""
        if self.service(name, "status").returncode != 0:
            return None
        return int((self.root / f"run/{name}.pid").read_text(encoding="utf-8"))

    def unplug(self) -> None:
        """Cut the host off the network: nothing gets through, and nobody says so."""
        self._link("down")

    def plug_in(self) -> None:
        """Undo unplug()."""
        self._link("up")

    def _link(self, state: str) -> None:
        enter = ["nsenter", "--target", str(self.supervisor), "--net", "--"]
        subprocess.run([*enter, "ip", "link", "set", self.name, state], check=True)

    def cut_sessions(self) -> None:
        """Kill the sshd processes of all sessions that are open now; new ones are welcome."""
        self.run("sh", "-c", CUT_SESSIONS)

    def refuse_connections(self) -> None:
        """End sshd, with its sessions, until accept_connections()."""
        self._hold.touch()
        self.run("pkill", "-KILL", "sshd")
        wait_for(lambda: not self._sshd.exists(), f"the sshd of {self.name} did not end")

    def accept_connections(self) -> None:
        """Undo refuse_connections(); returns when sshd listens, so that the next refusal finds it."""
        self._hold.unlink()
        wait_for(self._sshd.exists, f"the sshd of {self.name} did not start")

    @property
    def _hold(self) -> Path:
        """While it is there, process 1 of the host does not start sshd."""
        return self.root / "run/sshd.hold"

    @property
    def _sshd(self) -> Path:
        """A file of sshd that is there while it listens."""
        return self.root / "run/sshd.pid"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def wait_for(condition: t.Callable[[], bool], otherwise: str, *, seconds: float = 30.0) -> None:
    """Return once condition holds; TimeoutError with the text of otherwise after that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.02)


@dataclasses.dataclass
class Fleet:
    """Hosts that are up. folder is readable from here and from the controller side, and goes with the fleet."""

    folder: Path
    hosts: list[Host]
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


def _make_keys(keys: Path, names: t.Sequence[str]) -> None:
    keys.mkdir()
    for name in ("controller", *names):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(keys / name)], check=True)


def _write_inventory(folder: Path, addresses: t.Mapping[str, str]) -> None:
    known = [
        f"{address} {(folder / 'keys' / f'{name}.pub').read_text(encoding='utf-8').strip()}"
        for name, address in addresses.items()
    ]
    (folder / "known_hosts").write_text("\n".join(known) + "\n", encoding="utf-8")
    options = f"-F none -o UserKnownHostsFile={folder}/known_hosts -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
    options += " -o ServerAliveInterval=3 -o ServerAliveCountMax=4"
    variables = {
        "ansible_user": "deploy",
        "ansible_python_interpreter": "/usr/local/bin/counted-python",
        "ansible_ssh_private_key_file": str(folder / "keys/controller"),
        "ansible_ssh_common_args": options,
    }
    hosts = {name: {"ansible_host": address} for name, address in addresses.items()}
    inventory = {"all": {"vars": variables, "children": {"fleet": {"hosts": hosts}}}}
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


@contextlib.contextmanager
def running_fleet(
    count: int, *, disk_size: str = "64m", shared: t.Mapping[str, Path] | None = None
) -> t.Iterator[Fleet]:
    """Bring up that many hosts, each with an OCR disk of that size, and take them down at the end; needs root.

    shared: path on the hosts to a folder of this machine that they may read there.
    """
    missing = missing_requirements()
    if missing:
        raise RuntimeError("no fleet here; missing " + "; ".join(missing))
    from supervisor import host_address, host_name

    addresses = {host_name(number): host_address(number) for number in range(1, count + 1)}
    folder = Path(tempfile.mkdtemp(prefix="ocr-fleet-"))
    (folder / "state").mkdir()
    (folder / "ansible.cfg").touch()
    namespace = folder / "tree/ansible_collections/ocrfleet"
    namespace.mkdir(parents=True)
    (namespace / "aspose").symlink_to(COLLECTION)
    _make_keys(folder / "keys", list(addresses))
    _write_inventory(folder, addresses)
    command = [
        "unshare",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount",
        "--mount-proc",
        "--net",
        "--propagation",
        "private",
    ]
    process = subprocess.Popen(
        [*command, sys.executable, str(HERE / "supervisor.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        folders = {target: str(source) for target, source in (shared or {}).items()}
        process.stdin.write(
            json.dumps({"folder": str(folder), "count": count, "disk_size": disk_size, "shared": folders}) + "\n"
        )
        process.stdin.flush()
        if process.stdout.readline() != "up\n":
            raise RuntimeError("the fleet did not come up; what the supervisor printed above says why")
        (supervisor,) = _children(process.pid)
        inits = [_children(child) for child in _children(supervisor)]
        pids = {
            Path(f"/proc/{init[0]}/root/etc/hostname").read_text(encoding="utf-8").strip(): init[0]
            for init in inits
            if init
        }
        hosts = [Host(name, address, pids[name], supervisor) for name, address in addresses.items()]
        yield Fleet(folder, hosts, supervisor)
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()
