# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs over a fleet in which every kind of fault has a host: each is readable, and no other host notices."""

from __future__ import annotations

import typing as t

import pytest
from light_hosts.fleet import MODELS, Fleet, Host, wait_for
from maintenance import facts_of, give_models, limit_to, maintain, maintained, outcomes, pruned_names, stale

SDK_PYTHON = "/opt/ocr/sdk-stand-in/bin/python"

# What stands in for the SDK on a host. The engine is asked in a child process, so these are faults of that child.
ANSWERS = (
    "class AsposeAI:\n"
    f"    def get_local_path(self): return {MODELS!r}\n"
    "    def list_local(self): return []\n"
    "    def is_initialized(self): return True\n"
    "    def free_resources(self): return None\n"
)
ABORTS = "import os\nos.abort()\n"
HANGS = "import pathlib, time\npathlib.Path('/tmp/engine-started').touch()\ntime.sleep(1000)\n"


def install_stand_in(host: Host, source: str) -> None:
    """Make a Python on a host in which aspose.ocr.ai is this source."""
    folder = SDK_PYTHON.rsplit("/", 2)[0]
    host.run("rm", "-rf", folder)
    host.run("/usr/bin/python3", "-m", "venv", "--without-pip", folder)
    (packages,) = (host.root / folder.lstrip("/") / "lib").glob("python3*/site-packages")
    (packages / "aspose/ocr").mkdir(parents=True)
    for package in ("aspose", "aspose/ocr"):
        (packages / package / "__init__.py").touch()
    (packages / "aspose/ocr/ai.py").write_text(source, encoding="utf-8")
    info = packages / "aspose_ocr_python_net-26.10.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: aspose-ocr-python-net\nVersion: 26.10.0\n", encoding="utf-8"
    )


@pytest.fixture
def fleet_with_sdk(fleet: Fleet) -> Fleet:
    """The fleet with a stand-in on every host that answers at once."""
    for host in fleet.hosts:
        install_stand_in(host, ANSWERS)
    return fleet


def test_one_bad_host_neither_stops_nor_falsifies_the_others(fleet_with_sdk: Fleet) -> None:
    fleet = fleet_with_sdk
    sets = give_models(fleet)
    down, refusing, full, read_only, no_python, no_sdk, aborting, hanging, in_use, *good = fleet.hosts
    down.unplug()
    refusing.refuse_connections()
    full.run("sh", "-c", "cat /dev/zero >/srv/ocr/filling || true")
    read_only.run("mount", "-o", "remount,ro", "/srv/ocr")
    (no_python.root / "usr/local/bin/counted-python").rename(no_python.root / "usr/local/bin/hidden-python")
    no_sdk.run("rm", "-rf", SDK_PYTHON.rsplit("/", 2)[0])
    no_sdk.run("/usr/bin/python3", "-m", "venv", "--without-pip", SDK_PYTHON.rsplit("/", 2)[0])
    install_stand_in(aborting, ABORTS)
    install_stand_in(hanging, HANGS)
    holder = in_use.start_holder("old_fr_ocr_v1.bin")
    try:
        run = maintain(fleet, prune=True, engine="auto", engine_timeout=3, sdk_python=SDK_PYTHON)
    finally:
        (no_python.root / "usr/local/bin/hidden-python").rename(no_python.root / "usr/local/bin/counted-python")
    assert run.returncode != 0

    assert outcomes(run) == {
        **{host.name: "changed" for host in (full, no_sdk, aborting, hanging, *good)},
        in_use.name: "changed" if len(stale(sets[in_use.name])) > 1 else "ok",
        down.name: "unreachable",
        refusing.name: "unreachable",
        read_only.name: "failed",
        no_python.name: "failed",
    }
    for host in (*good, full, no_sdk, aborting, hanging):
        assert pruned_names(run, host.name) == set(stale(sets[host.name])), host.name
        assert host.model_names() == set(sets[host.name]) - set(stale(sets[host.name])), host.name
    for host in (down, refusing, read_only, no_python):
        assert host.model_names() == set(sets[host.name]), host.name

    def message(host: Host) -> str:
        return str(maintained(run, host.name).result)

    assert "Connection refused" in message(refusing)
    assert "Read-only file system" in message(read_only)
    assert "counted-python" in message(no_python)
    states = {host.name: facts_of(run, host.name)["engine"] for host in (no_sdk, aborting, hanging, *good)}
    assert states[no_sdk.name]["state"] == "absent"
    assert states[aborting.name]["state"] == states[hanging.name]["state"] == "failed"
    assert "SIGABRT" in states[aborting.name]["message"]
    assert "within 3 s" in states[hanging.name]["message"]
    assert {states[host.name]["state"] for host in good} == {"released"}
    assert in_use.model_names() == {"en_ocr_v1.bin", "old_fr_ocr_v1.bin"}
    (kept,) = maintained(run, in_use.name).result["kept"]
    assert str(holder) in kept["reason"]


@pytest.mark.parametrize("fault", ["unplug", "cut_sessions"])
def test_a_host_that_is_lost_during_the_run(fleet_with_sdk: Fleet, fault: str) -> None:
    """The module is at work on the host, waiting for the engine, when the network or its sshd goes."""
    fleet = fleet_with_sdk
    lost, *others = some = fleet.hosts[:5]
    sets = give_models(fleet)
    install_stand_in(lost, HANGS)
    # That of another test would have the fault come before the module runs.
    (lost.root / "tmp/engine-started").unlink(missing_ok=True)
    settings: dict[str, t.Any] = {"path": MODELS, "engine_timeout": 60, "prune": True, "sdk_python": SDK_PYTHON}
    prefixed = {f"ocr_maintenance_{name}": value for name, value in settings.items()}
    with fleet.started_playbook("ocrfleet.aspose.maintain", "--become", *limit_to(some), variables=prefixed) as finish:
        wait_for((lost.root / "tmp/engine-started").exists, "the module did not start the engine", seconds=60)
        getattr(lost, fault)()
        run = finish()
    assert outcomes(run) == {lost.name: "unreachable", **{host.name: "changed" for host in others}}, run.output
    for host in others:
        assert host.model_names() == set(sets[host.name]) - set(stale(sets[host.name]))
    lost.plug_in()
    lost.run("pkill", "-KILL", "-f", SDK_PYTHON, check=False)
    install_stand_in(lost, ANSWERS)
    again = fleet.playbook("ocrfleet.aspose.maintain", "--become", *limit_to([lost]), variables=prefixed)
    assert again.returncode == 0, again.output
    assert lost.model_names() == set(sets[lost.name]) - set(stale(sets[lost.name]))


def test_no_room_for_the_backup_is_refused_before_anything_moves(fleet: Fleet, host: Host) -> None:
    """The backup folder lies on another, full disk."""
    sets = give_models(fleet)
    host.run("sh", "-c", "mkdir -p /srv/small && mount -t tmpfs -o size=8k small /srv/small")
    host.put_models({"old_big.bin": b"x" * 100_000, "en.bin": b"y"})
    well = fleet.hosts[1]
    well.run("mkdir", "-p", "/srv/small")
    try:
        run = maintain(fleet, *limit_to([host, well]), prune=True, backup_dir="/srv/small/backup")
    finally:
        host.run("umount", "/srv/small")
    assert outcomes(run) == {host.name: "failed", well.name: maintained(run, well.name).status}
    assert host.model_names() == {"old_big.bin", "en.bin"}
    assert "8192" in maintained(run, host.name).result["msg"]
    assert well.model_names() == set(sets[well.name]) - set(stale(sets[well.name]))


def test_a_report_goes_on_past_a_host_without_models(fleet: Fleet) -> None:
    give_models(fleet)
    empty = fleet.hosts[0]
    empty.run("rm", "-rf", MODELS)
    try:
        run = maintain(fleet)
    finally:
        empty.run("install", "-d", "-o", "ocr", "-g", "ocr", MODELS)
    assert run.returncode == 0, run.output
    assert [row["exists"] for row in facts_of(run, empty.name)["directories"]] == [False]
    assert set(outcomes(run)) == {host.name for host in fleet.hosts}
