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
import shlex
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from controller import COLLECTION, Controller, Run, TaskResult, make_folder
from light_hosts.supervisor import host_name
from ocr_host import MODELS, OCR_USER_ID, OcrHost, children, remove, wait_for
from supervision import host_address, missing_commands, supervised

# What tests need of these is imported from here, too.
__all__ = ["COLLECTION", "MODELS", "OCR_USER_ID", "Fleet", "Host", "Run", "TaskResult", "running_fleet", "wait_for"]

# A command on a host that ends all processes of its open sessions; new ones are welcome. Where only the first process
# of a session ends, another holds its connection.
CUT_SESSIONS = "pkill -KILL -f '^sshd(-session)?: (deploy|root)'"
COMMANDS = {
    "mount": "mount",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    # Before Debian 14 it is in util-linux itself.
    "pivot_root": "util-linux-extra",
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
    missing = missing_commands(COMMANDS)
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
class Host(OcrHost):
    """One host of the fleet, with init scripts."""

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
                remove(entry)
        self.clear_models()

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


@dataclasses.dataclass
class Fleet(Controller):
    """Hosts that are up, and the controller that reaches them."""

    hosts: list[Host]


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
    addresses = {host_name(number): host_address(number) for number in range(1, count + 1)}
    variables = {"ansible_user": "deploy", "ansible_python_interpreter": "/usr/local/bin/counted-python"}
    folder = make_folder("ocr-fleet-", addresses, {"fleet": list(addresses)}, variables)
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
    folders = {target: str(source) for target, source in (shared or {}).items()}
    settings = {"folder": str(folder), "count": count, "disk_size": disk_size, "shared": folders}
    with supervised([*command, sys.executable, "-m", "light_hosts.supervisor"], settings) as outer:
        (supervisor,) = children(outer)
        inits = [children(child) for child in children(supervisor)]
        pids = {
            Path(f"/proc/{init[0]}/root/etc/hostname").read_text(encoding="utf-8").strip(): init[0]
            for init in inits
            if init
        }
        hosts = [Host(name, address, pids[name], supervisor) for name, address in addresses.items()]
        yield Fleet(folder, supervisor, hosts)
