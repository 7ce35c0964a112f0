# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet itself: its hosts are separate, and whatever happens, nothing of it stays behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from controller import environment_of_scripts
from light_hosts.fleet import Fleet, Host, missing_requirements, running_fleet, wait_for
from ocr_host import processes_that_name
from possible import folders_of_this_python


def test_hosts_differ_from_each_other_and_from_this_machine(fleet: Fleet) -> None:
    play = {"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.command": "hostname"}]}
    run = fleet.playbook([play], "--forks", "10")
    names = {result.host: result.result["stdout"] for result in run.results}
    assert names == {host.name: host.name for host in fleet.hosts}
    keys = {(host.root / "etc/ssh/hosts_host_key").read_bytes() for host in fleet.hosts}
    assert len(keys) == len(fleet.hosts)


def test_root_on_a_host_cannot_change_this_machine(fleet: Fleet) -> None:
    first, second = fleet.hosts[:2]
    first.put_models({"old_fr.bin": b"first"})
    first.run(
        "sh", "-c", "rm /dev/null && echo changed >/dev/null && echo changed >/etc/fleet-canary && rm /usr/bin/env"
    )
    first.run("hostname", "elsewhere")
    try:
        assert Path("/dev/null").is_char_device()
        assert not Path("/etc/fleet-canary").exists()
        assert Path("/usr/bin/env").exists()
        assert (second.root / "usr/bin/env").exists()
        assert second.model_names() == set()
        assert os.uname().nodename != "elsewhere"
    finally:
        first.run("sh", "-c", "rm /dev/null && mknod -m 666 /dev/null c 1 3")
        first.run("hostname", first.name)
        shutil.copy2("/usr/bin/env", first.root / "usr/bin/env")


def test_a_host_refuses_connections_until_it_shall_accept_them(host: Host) -> None:
    """Turn by turn without a pause: an sshd that is about to start when the next refusal comes must not survive it."""
    connect = f"import socket; socket.create_connection(({host.address!r}, 22), timeout=5)"
    connected = []
    for _round in range(5):
        host.refuse_connections()
        connected.append(host.run("/usr/bin/python3", "-c", connect, check=False).returncode == 0)
        host.accept_connections()
        connected.append(host.run("/usr/bin/python3", "-c", connect, check=False).returncode == 0)
    assert connected == [False, True] * 5


def test_a_host_that_refuses_connections_has_ended_those_it_had(fleet: Fleet, host: Host) -> None:
    play = {"hosts": host.name, "gather_facts": False, "tasks": [{"ansible.builtin.ping": None}]}
    assert fleet.playbook([play]).returncode == 0
    sessions = host.run("pgrep", "-f", "^sshd(-session)?: deploy").stdout.split()
    host.refuse_connections()
    left = host.run("pgrep", "sshd", check=False).stdout.split()
    host.accept_connections()
    assert (len(sessions) > 0, left) == (True, [])
    assert fleet.playbook([play]).returncode == 0


def test_nothing_stays_when_the_test_process_is_killed(possible: None) -> None:
    program = (
        "import os, signal, subprocess\n"
        "from light_hosts.fleet import running_fleet\n"
        "with running_fleet(3) as three:\n"
        "    subprocess.Popen(three.controller('sleep', '1000'))\n"
        "    three.hosts[0].put_models({'old_fr.bin': 4096})\n"
        "    three.hosts[0].start_holder('old_fr.bin')\n"
        "    print(three.folder, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command, environment = [sys.executable, "-c", program], environment_of_scripts()
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    folder = Path(killed.stdout.strip())
    wait_for(lambda: not folder.exists(), f"{folder} is still there")
    wait_for(lambda: not processes_that_name(str(folder)), f"processes of {folder} are still there")
    assert str(folder) not in Path("/proc/self/mounts").read_text(encoding="utf-8")


def test_nothing_stays_when_the_fleet_does_not_come_up(
    possible: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="did not come up"), running_fleet(2, disk_size="nonsense"):
        pass
    assert list(tmp_path.iterdir()) == []
    assert processes_that_name(str(tmp_path)) == []


def test_what_is_missing_is_said_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name, path=None: None if name in {"sshd", "ip"} else f"/usr/bin/{name}")
    assert missing_requirements() == ["ip: apt-get install iproute2", "sshd: apt-get install openssh-server"]
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "root" in missing_requirements()[0]


def test_hosts_do_not_share_the_folders_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/site/venv")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert folders_of_this_python() == {"/site/venv": Path("/site/venv")}
