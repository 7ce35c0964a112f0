# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts themselves: systemd, logind, sshd and sudo are real, hosts are separate, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from booted_hosts.hosts import (
    SUITES,
    THIS_MACHINE,
    Clock,
    Host,
    Hosts,
    missing_requirements,
    running_hosts,
    wait_for,
)
from controller import environment_of_scripts
from ocr_host import processes_that_name

# Prints the folder of the hosts and the inner supervisor, then dies.
PROGRAM = """
import os, signal, subprocess, sys
from booted_hosts.hosts import running_hosts
with running_hosts(["bookworm"]) as hosts:
    subprocess.Popen(hosts.controller("sleep", "1000"))
    hosts.all[0].put_models({"old_fr.bin": 4096})
    hosts.all[0].clock("ocr.service", "old_fr.bin")
    print(hosts.folder, flush=True)
    os.kill({"test": os.getpid(), "supervisor": hosts.supervisor}[sys.argv[1]], signal.SIGKILL)
    sys.stdin.read()
"""


def left_of(folder: Path) -> list[str]:
    """What is still there of hosts with this folder: processes, mounts, control groups, files."""
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    groups = [str(group) for group in Path("/sys/fs/cgroup").rglob(folder.name)]
    files = [str(folder)] if folder.exists() else []
    nspawn = [str(path) for path in Path("/run/systemd/nspawn").rglob("bookworm1")]
    return [
        *processes_that_name(folder.name),
        *(line for line in mounts if folder.name in line),
        *groups,
        *files,
        *nspawn,
    ]


def test_systemd_has_started_all_of_it_on_every_debian(hosts: Hosts) -> None:
    states = {host.name: host.run("systemctl", "is-system-running", check=False).stdout.strip() for host in hosts.all}
    assert states == {f"{suite}1": "running" for suite in SUITES}


def test_each_debian_has_the_python_that_it_is_here_for(hosts: Hosts) -> None:
    run = hosts.module("all", "ansible.builtin.setup", {"gather_subset": ["!all", "!min", "python"]})
    versions = {result.host: result.result["ansible_facts"]["ansible_python"]["version"] for result in run.results}
    found = {host: f"{version['major']}.{version['minor']}" for host, version in versions.items()}
    assert found == {f"{suite}1": python for suite, python in SUITES.items()}


@pytest.mark.parametrize("suite", SUITES)
def test_a_connection_is_a_session_of_logind(hosts: Hosts, suite: str) -> None:
    host = hosts[f"{suite}1"]
    session = hosts.ssh(host, 'echo "$XDG_RUNTIME_DIR"; tail -n1 /proc/self/cgroup', user="guest").stdout.splitlines()
    assert session[0] == "/run/user/9003"
    assert session[1].startswith("0::/user.slice/user-9003.slice/session-")
    assert session[1].endswith(".scope")


def test_users_may_what_they_are_there_for(hosts: Hosts, host: Host) -> None:
    assert hosts.ssh(host, "sudo -n id -u").stdout == "0\n"
    assert hosts.ssh(host, "sudo -n -u ocr id -un").stdout == "ocr\n"
    assert hosts.ssh(host, "sudo -n id -u", user="guest", check=False).returncode == 1
    assert hosts.ssh(host, "id -un; touch /srv/ocr/models/touched", user="ocr").stdout == "ocr\n"
    assert hosts.ssh(host, "touch /srv/ocr/models/more", user="guest", check=False).returncode == 1
    assert host.model_names() == {"touched"}


def test_what_a_session_leaves_behind_dies_with_it_where_logind_says_so(make_hosts: t.Callable[..., Hosts]) -> None:
    """setsid does not help, a scope of the system does: without PAM and logind both would live on."""
    hosts = make_hosts()
    host = hosts.all[0]
    (host.root / "etc/systemd/logind.conf").write_text("[Login]\nKillUserProcesses=yes\n", encoding="utf-8")
    host.run("systemctl", "restart", "systemd-logind")
    quiet = ">/dev/null 2>&1 </dev/null &"
    scope = f"sudo sh -c 'systemd-run --scope --slice=system.slice sleep 1002 {quiet}'"
    during = hosts.ssh(host, f"setsid sleep 1001 {quiet} {scope}; sleep 0.5; pgrep -a sleep").stdout
    assert ("sleep 1001" in during, "sleep 1002" in during) == (True, True)
    wait_for(lambda: "1001" not in host.run("pgrep", "-a", "sleep", check=False).stdout, "setsid saved the process")
    assert "sleep 1002" in host.run("pgrep", "-a", "sleep").stdout


def test_units_of_other_kinds_work(host: Host) -> None:
    clock = Clock(host, "worker")
    host.unit("ocr.slice", "[Slice]\n")
    host.unit("worker@.service", f"[Service]\nUser=ocr\nSlice=ocr.slice\nExecStart={clock.command('a.bin')}\n")
    host.unit("worker@.service.d/restart.conf", "[Service]\nRestart=always\nRestartSec=0\n")
    host.unit("tick.service", "[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/ocr/ticked\n")
    host.unit("tick.timer", "[Timer]\nOnActiveSec=0\nAccuracySec=1ms\n")
    host.run("systemctl", "start", "tick.timer", "worker@1.service")
    clock.wait()
    pid = host.show("worker@1.service", "MainPID", "ControlGroup")
    assert pid["ControlGroup"] == "/ocr.slice/worker@1.service"
    host.run("kill", "-KILL", pid["MainPID"])
    wait_for(lambda: host.show("worker@1.service", "NRestarts") == {"NRestarts": "1"}, "systemd did not restart it")
    clock.wait()
    wait_for((host.root / "srv/ocr/ticked").exists, "the timer did not start its service")


def test_a_clock_has_models_and_knows_how_long_it_was_down(host: Host) -> None:
    host.put_models({"old_fr.bin": 4096, "old_en.bin": 4096})
    clock = host.clock("ocr.service", "old_fr.bin")
    pid = host.show("ocr.service", "MainPID")["MainPID"]
    mapped = (host.root / "proc" / pid / "maps").read_text(encoding="utf-8")
    assert ("old_fr.bin" in mapped, "old_en.bin" in mapped) == (True, False)
    begin = time.monotonic()
    host.run("systemctl", "stop", "ocr")
    stopped = time.monotonic()
    time.sleep(0.5)
    started = time.monotonic()
    host.run("systemctl", "start", "ocr")
    clock.wait()
    end = time.monotonic()
    assert started - stopped <= clock.down_seconds(since=begin) <= end - begin + 0.05
    host.run("systemctl", "stop", "ocr")
    stopped = time.monotonic()
    time.sleep(0.5)
    assert clock.down_seconds(since=end) >= time.monotonic() - stopped - 0.01, "a service that stays down counts"


def test_the_next_test_finds_nothing_of_this_one(host: Host) -> None:
    host.put_models({"old/fr.bin": 4096})
    host.clock("ocr", "old/fr.bin", service="KillMode=none\nTimeoutStopSec=600\nExecStop=/bin/sleep 600")
    host.unit("broken@.service", "[Service]\nExecStart=/bin/false\n")
    host.run("systemctl", "start", "broken@1.service", check=False)
    (host.root / "srv/ocr/backup").mkdir()
    host.unplug()
    host.reset()
    assert host.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "ocr*", "broken*").stdout == ""
    assert host.run("pgrep", "-u", "ocr", check=False).returncode == 1
    assert [path.name for path in (host.root / "srv/ocr").rglob("*")] == ["models"]
    assert host.run("systemctl", "is-system-running").stdout == "running\n"


def test_root_on_a_host_changes_neither_others_nor_what_they_are_made_of(make_hosts: t.Callable[..., Hosts]) -> None:
    first, second = make_hosts(2).all
    first.run("sh", "-c", "rm /usr/bin/env /dev/null && echo changed >/etc/hosts-canary && hostname elsewhere")
    for folder in (Path("/"), second.root):
        assert (folder / "usr/bin/env").exists()
        assert (folder / "dev/null").is_char_device()
        assert not (folder / "etc/hosts-canary").exists()
    assert (os.uname().nodename, second.run("hostname").stdout) != ("elsewhere", "elsewhere\n")
    with running_hosts(["bookworm"]) as third:
        assert (third.all[0].root / "usr/bin/env").exists()
        assert not (third.all[0].root / "etc/hosts-canary").exists()


def test_ten_hosts_come_up_with_separate_keys_names_and_networks(make_hosts: t.Callable[..., Hosts]) -> None:
    hosts = make_hosts(10, "trixie", disk_size="8m")
    assert hosts.module("all", "ansible.builtin.ping").statuses("ping") == {f"trixie{n}": "ok" for n in range(1, 11)}
    for file in ("etc/ssh/hosts_host_key", "etc/machine-id", "etc/hostname"):
        assert len({(host.root / file).read_bytes() for host in hosts.all}) == 10, file
    assert len({os.stat(f"/proc/{host.pid}/ns/net").st_ino for host in hosts.all}) == 10
    assert {os.statvfs(host.root / "srv/ocr").f_blocks * 4096 for host in hosts.all} == {8 << 20}


def test_a_host_can_be_made_of_this_machine(make_hosts: t.Callable[..., Hosts]) -> None:
    hosts = make_hosts(1, THIS_MACHINE)
    host = hosts.all[0]
    assert host.run("systemctl", "is-system-running").stdout == "running\n"
    assert (host.root / "etc/debian_version").read_bytes() == Path("/etc/debian_version").read_bytes()
    assert hosts.module("all", "ansible.builtin.ping", become=True).statuses("ping") == {host.name: "ok"}
    assert list((host.root / "home").iterdir()) != [], "users of the host have homes"
    assert {path.name for path in (host.root / "home").iterdir()} == {"deploy", "ocr", "guest"}


@pytest.mark.parametrize("killed", ["test", "supervisor"])
def test_nothing_stays_when_a_process_is_killed(possible: None, killed: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, killed],
        env=environment_of_scripts(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        folder = Path(process.stdout.readline().strip())
        assert folder.name.startswith("ocr-hosts-")
        if killed == "test":
            assert process.wait() == -signal.SIGKILL
        wait_for(lambda: left_of(folder) == [], f"something is left of {folder}", seconds=60)


def test_nothing_stays_when_the_hosts_do_not_come_up(
    possible: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="did not come up"), running_hosts(["bookworm"], disk_size="nonsense"):
        pass
    assert list(tmp_path.iterdir()) == []
    assert processes_that_name(str(tmp_path)) == []


def test_what_is_missing_is_said_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    lacking = {"systemd-nspawn", "ip"}
    monkeypatch.setattr("shutil.which", lambda name, path=None: None if name in lacking else f"/usr/bin/{name}")
    named = ["ip: apt-get install iproute2", "systemd-nspawn: apt-get install systemd-container"]
    assert missing_requirements() == named
    assert missing_requirements(["nosuch"])[2].startswith("a root file system of nosuch: ")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "root" in missing_requirements()[0]
