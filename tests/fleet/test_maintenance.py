# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks on the whole fleet: report, dry run, prune, second run, restore, and the ways to roll a change out."""

from __future__ import annotations

import json
import shutil
import typing as t

import pytest
from light_hosts.fleet import CUT_SESSIONS, MODELS, Fleet, Host, Run
from maintenance import (
    BACKUP,
    MAINTAIN,
    RESTORE,
    facts_of,
    give_models,
    hosts_without_change,
    limit_to,
    maintain,
    maintained,
    pruned_names,
    python_that_loses,
    role_play,
    stale,
)


def calls_since(fleet: Fleet, before: dict[str, int]) -> set[int]:
    """The numbers of module calls that the hosts have seen since calls() gave before."""
    return {count - before[host] for host, count in calls(fleet).items()}


def calls(fleet: Fleet) -> dict[str, int]:
    """Host to number of module calls so far."""
    return {host.name: host.module_calls() for host in fleet.hosts}


def test_report_tells_each_host_its_own_models_in_one_call_and_changes_nothing(fleet: Fleet) -> None:
    sets = give_models(fleet)
    before = calls(fleet)
    run = maintain(fleet)
    assert run.returncode == 0, run.output
    assert calls_since(fleet, before) == {1}
    for host in fleet.hosts:
        facts = facts_of(run, host.name)
        assert {model["name"]: model["bytes"] for model in facts["models"]} == {
            name: len(content) for name, content in sets[host.name].items()
        }
        assert facts["stale_bytes"] == sum(len(content) for content in stale(sets[host.name]).values())
        assert host.model_names() == set(sets[host.name])
    assert hosts_without_change(run) == {host.name for host in fleet.hosts}
    # What is done once for the batch, the first host has. A task more on each costs the controller a third of a ping.
    assert {len(run.of(host.name)) for host in fleet.hosts[1:]} == {1}, run.output


def test_the_playbook_report_asks_each_host_in_one_task(fleet: Fleet) -> None:
    hosts = fleet.hosts[:3]
    variables = {"ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip"}
    folder = {"ocr_fleet_report_dir": str(fleet.folder / "report")}
    run = fleet.playbook("ocrfleet.aspose.report", "--become", *limit_to(hosts), variables={**variables, **folder})
    assert run.returncode == 0, run.output
    assert [len(run.of(host.name)) for host in hosts[1:]] == [1, 1], run.output


def test_dry_run_then_prune_then_again(fleet: Fleet) -> None:
    sets = give_models(fleet)
    dry = maintain(fleet, "--check", "--diff", prune=True)
    assert {host.name: host.model_names() for host in fleet.hosts} == {
        name: set(models) for name, models in sets.items()
    }
    before = calls(fleet)
    real = maintain(fleet, "--diff", prune=True)
    assert calls_since(fleet, before) == {1}
    again = maintain(fleet, prune=True)
    assert (dry.returncode, real.returncode, again.returncode) == (0, 0, 0), real.output
    for host in fleet.hosts:
        expected = stale(sets[host.name])
        predicted, done = maintained(dry, host.name).result, maintained(real, host.name).result
        for key in ("pruned", "kept", "freed_bytes", "pending_bytes", "diff", "changed"):
            assert predicted[key] == done[key], (host.name, key)
        assert pruned_names(real, host.name) == set(expected)
        assert host.model_names() == set(sets[host.name]) - set(expected)
        assert facts_of(real, host.name)["stale_count"] == 0
        assert "diff" not in maintained(again, host.name).result
    assert hosts_without_change(again) == {host.name for host in fleet.hosts}


def test_restore_brings_every_byte_back(fleet: Fleet) -> None:
    sets = give_models(fleet)
    pruned = maintain(fleet, prune=True, backup_dir=BACKUP)
    assert pruned.returncode == 0, pruned.output
    where = {"ocr_maintenance_path": MODELS, "ocr_maintenance_backup_dir": BACKUP}
    dry = fleet.playbook("ocrfleet.aspose.restore", "--become", "--check", "--diff", variables=where)
    assert all(not stale(dict.fromkeys(host.model_names(), b"")) for host in fleet.hosts)
    real = fleet.playbook("ocrfleet.aspose.restore", "--become", variables=where)
    assert (dry.returncode, real.returncode) == (0, 0), dry.output + real.output
    for host in fleet.hosts:
        assert dry.last(host.name, RESTORE).result["restored"] == real.last(host.name, RESTORE).result["restored"]
        assert {name: (host.models / name).read_bytes() for name in host.model_names()} == sets[host.name]
        owners = {(host.models / name).stat().st_uid for name in host.model_names()}
        assert owners == {(host.models).stat().st_uid}


def test_restore_lists_the_sets_and_takes_every_value_for_what_it_says(fleet: Fleet) -> None:
    three = fleet.hosts[:3]
    sets = give_models(fleet)
    assert maintain(fleet, *limit_to(three), prune=True, backup_dir=BACKUP).returncode == 0
    where = {"ocr_maintenance_path": MODELS, "ocr_maintenance_backup_dir": BACKUP}

    def play(**variables: t.Any) -> Run:
        return fleet.playbook("ocrfleet.aspose.restore", "--become", *limit_to(three), variables={**where, **variables})

    listed = play(ocr_restore_list="true")
    assert listed.returncode == 0, listed.output
    for host in three:
        (found,) = listed.last(host.name, RESTORE).result["sets"]
        assert found["models"] == len(stale(sets[host.name]))
        assert found["name"] in listed.output
    for wrong in ({"ocr_restore_list": "perhaps"}, {"ocr_restore_backup": "none"}, {"ocr_maintenance_paths": MODELS}):
        refused = play(**wrong)
        assert refused.returncode != 0
        assert all(f"({name})" in refused.last(host.name, RESTORE).result["msg"] for name in wrong for host in three)
        assert "Module failed" not in refused.output, "Ansible shows the module's own words"
    for nothing in ({"ocr_maintenance_backup_dir": ""}, {"ocr_maintenance_backup_dir": None}):
        refused = play(**nothing)
        assert refused.returncode != 0
        assert refused.output.count("Set ocr_maintenance_backup_dir to the directory that the prune had") >= len(three)
        assert "undefined" not in refused.output
    assert all(not stale(dict.fromkeys(host.model_names(), b"")) for host in three)
    for host in three:
        host.put_models({**sets[host.name], "old_fr_ocr_v1.bin": b"newer"})
    unset = {"ocr_restore_backup": "", "ocr_restore_names": None, "ocr_restore_list": "off"}
    for force, left in (("no", True), (None, True), ("", True), (0, True), ("yes", False)):
        run = play(ocr_restore_force=force, **unset)
        assert run.returncode == 0, run.output
        assert all(((host.models / "old_fr_ocr_v1.bin").read_bytes() == b"newer") is left for host in three)


def test_serial_rolls_out_in_batches_and_stops_at_the_first_bad_one(fleet: Fleet) -> None:
    sets = give_models(fleet)
    bad = fleet.hosts[1]
    bad.run("mount", "-o", "remount,ro", "/srv/ocr")
    run = maintain(fleet, prune=True, serial=5, max_fail_percentage=0)
    assert run.returncode != 0
    touched = {host.name for host in fleet.hosts[:5]}
    assert {result.host for result in run.results} == touched
    for host in fleet.hosts:
        left_alone = host is bad or host.name not in touched
        assert bool(stale(dict.fromkeys(host.model_names(), b""))) is left_alone, host.name
        if left_alone:
            assert host.model_names() == set(sets[host.name])


@pytest.mark.parametrize(
    ("rollout", "reached"),
    [({}, 6), ({"serial": 2}, 6), ({"serial": 2, "max_fail_percentage": 0}, 2)],
    ids=["at once", "serial", "broken off"],
)
def test_the_fleet_report_has_every_host(fleet: Fleet, rollout: dict[str, t.Any], reached: int) -> None:
    """Those of earlier batches, one that fails, one that is down, and those that a broken-off run did not reach."""
    six = fleet.hosts[:6]
    sets = give_models(fleet)
    failing, down = six[1], six[2]
    failing.run("mount", "-o", "remount,ro", "/srv/ocr")
    down.unplug()
    folder = fleet.folder / "report"
    variables = {"path": MODELS, "engine": "skip", "prune": True, **rollout}
    prefixed = {f"ocr_maintenance_{name}": value for name, value in variables.items()}
    run = fleet.playbook(
        MAINTAIN, "--become", *limit_to(six), variables={**prefixed, "ocr_fleet_report_dir": str(folder)}
    )
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    shutil.rmtree(folder)
    assert run.returncode != 0
    hosts = {row["host"]: row for row in report["hosts"]}
    assert list(hosts) == [host.name for host in six]
    for host in six[:reached]:
        if host is down:
            assert "unreachable" in hosts[host.name]["reason"]
        else:
            left = len(stale(sets[host.name])) if host is failing else 0
            assert (hosts[host.name]["reason"], hosts[host.name]["stale_count"]) == (None, left)
    assert [hosts[host.name]["reason"] for host in six[reached:]] == ["not yet reached"] * (6 - reached)


@pytest.mark.parametrize(
    ("settings", "reached"),
    [({}, 3), ({"prune": True, "serial": 2}, 2), ({"prune": True, "services": ["ocr"], "user": "ocr"}, 3)],
    ids=["report", "first batch", "services"],
)
def test_the_fleet_report_is_written_where_no_host_can_be_reached(
    fleet: Fleet, settings: dict[str, t.Any], reached: int
) -> None:
    """The run ends there, as Ansible goes on only with hosts; the report says which host was asked, and why in vain."""
    three = fleet.hosts[:3]
    for host in three:
        host.refuse_connections()
    folder = fleet.folder / "report"
    variables = {"path": MODELS, "engine": "skip", **settings}
    prefixed = {f"ocr_maintenance_{name}": value for name, value in variables.items()}
    run = fleet.playbook(
        MAINTAIN, "--become", *limit_to(three), variables={**prefixed, "ocr_fleet_report_dir": str(folder)}
    )
    for host in three:
        host.accept_connections()
    assert run.returncode != 0
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    shutil.rmtree(folder)
    reasons = {row["host"]: row["reason"] for row in report["hosts"]}
    assert list(reasons) == [host.name for host in three]
    for host in three[:reached]:
        for told in (reasons[host.name], run.last(host.name, "fail").result["msg"]):
            assert told.startswith("unreachable: ")
            assert host.address in told
        assert [result.action.rpartition(".")[2] for result in run.of(host.name) if result.status == "unreachable"] == [
            "ocr_maintenance"
        ]
    assert [reasons[host.name] for host in three[reached:]] == ["not yet reached"] * (3 - reached)
    assert {result.host for result in run.results} == {host.name for host in three[:reached]}


@pytest.mark.parametrize(
    "play", [role_play("fleet", strategy="free"), role_play("fleet", role={"throttle": 2})], ids=["free", "throttle"]
)
def test_other_ways_to_run_the_role(fleet: Fleet, play: list[dict[str, t.Any]]) -> None:
    sets = give_models(fleet)
    some = fleet.hosts[:8]
    run = fleet.playbook(
        play,
        *limit_to(some),
        variables={"ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip", "ocr_maintenance_prune": True},
    )
    assert run.returncode == 0, run.output
    for host in some:
        assert pruned_names(run, host.name) == set(stale(sets[host.name]))
        assert host.model_names() == set(sets[host.name]) - set(stale(sets[host.name]))


@pytest.mark.parametrize(("connection_user", "pipelining"), [("deploy", "True"), ("root", "True"), ("root", "False")])
def test_become_the_service_user(fleet: Fleet, connection_user: str, pipelining: str) -> None:
    some = fleet.hosts[:5]
    give_models(fleet)
    run = maintain(
        fleet,
        *limit_to(some),
        *("--extra-vars", f"ansible_user={connection_user}"),
        environment={"ANSIBLE_PIPELINING": pipelining},
        prune=True,
        user="ocr",
        backup_dir=BACKUP,
    )
    assert run.returncode == 0, run.output
    for host in some:
        assert {name for name in host.model_names() if "old_" in name} == set()
        (backup_set,) = (host.root / BACKUP.lstrip("/")).iterdir()
        assert backup_set.stat().st_uid == host.models.stat().st_uid, "the prune did not run as the service user"


def test_limit_and_group(fleet: Fleet) -> None:
    give_models(fleet)
    run = fleet.playbook(
        MAINTAIN,
        "--become",
        *limit_to(fleet.hosts[:3]),
        variables={"ocr_hosts": "fleet:!ocr002", "ocr_maintenance_path": MODELS, "ocr_maintenance_engine": "skip"},
    )
    assert {result.host for result in run.results} == {"ocr001", "ocr003"}, run.output


def test_the_sdk_is_installed_where_a_venv_is_named(host: Host, fleet: Fleet) -> None:
    """A stand-in of the SDK's package, from a folder instead of an index: what is tested is the role, not the SDK."""
    host.put_models({"old_fr.bin": b"x"})
    make_sdk_package(host, "1.0")
    settings: dict[str, t.Any] = {"sdk_venv": "/opt/ocr/sdk", "sdk_package": "stand-in-sdk", "engine": "auto"}
    limit = limit_to([host])
    unknown = maintain(fleet, *limit, "--check", **{**settings, "path": None})
    dry = maintain(fleet, *limit, "--check", **settings)
    assert not (host.root / "opt/ocr/sdk").exists()
    first = maintain(fleet, *limit, **settings)
    second = maintain(fleet, *limit, **settings)
    for run in (unknown, dry, first, second):
        assert run.returncode == 0, run.output
    assert "ocr_models" not in maintained(unknown, host.name).result.get("ansible_facts", {})
    assert "is not in /opt/ocr/sdk yet" in unknown.output
    assert [maintained(run, host.name).status for run in (unknown, dry, first, second)] == [
        "changed",
        "changed",
        "changed",
        "ok",
    ]
    assert facts_of(dry, host.name)["count"] == 1
    assert facts_of(dry, host.name)["engine"]["state"] == "skipped"
    assert facts_of(first, host.name)["engine"]["python"] == "/opt/ocr/sdk/bin/python"
    assert (host.root / "opt/ocr/sdk/lib").is_dir()


def test_a_host_that_is_lost_while_the_sdk_is_installed_fails(host: Host, fleet: Fleet) -> None:
    """It answers again for the report, but without the SDK that was asked for."""
    host.put_models({"old_fr.bin": b"x"})
    host.run("/usr/bin/python3", "-m", "venv", "--without-pip", "/opt/ocr/empty")
    (host.root / "run/lose").touch()
    run = maintain(
        fleet, *limit_to([host]), *python_that_loses(host, CUT_SESSIONS), sdk_venv="/opt/ocr/empty", engine="auto"
    )
    assert [maintained(run, host.name).status, run.last(host.name, "fail").status] == ["unreachable", "failed"]
    assert run.returncode != 0


def make_sdk_package(host: Host, version: str) -> None:
    """Put a tiny wheel on a host and make pip there look for packages in its folder alone."""
    program = (
        "import pathlib, sys, zipfile\n"
        "folder = pathlib.Path('/opt/ocr/wheels'); folder.mkdir(exist_ok=True)\n"
        f"name, info = 'stand_in_sdk-{version}-py3-none-any.whl', 'stand_in_sdk-{version}.dist-info/'\n"
        "with zipfile.ZipFile(folder / name, 'w') as wheel:\n"
        "    wheel.writestr('stand_in_sdk.py', '')\n"
        f"    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: stand-in-sdk\\nVersion: {version}\\n')\n"
        "    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "    wheel.writestr(info + 'RECORD', '')\n"
    )
    host.run("/usr/bin/python3", "-c", program)
    (host.root / "etc/pip.conf").write_text(
        "[global]\nno-index = true\nfind-links = /opt/ocr/wheels\n", encoding="utf-8"
    )
