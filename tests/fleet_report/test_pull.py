# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pull mode as docs/scale.md has it: hosts that maintain themselves from git, and meet in the report only."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Controller
from light_hosts.fleet import COLLECTION, MODELS, Fleet, Host, running_fleet
from possible import folders_of_this_python, need_a_fleet
from redis_server import running_redis
from supervision import CONTROLLER_ADDRESS
from tested_with import Record

CACHE = f"{CONTROLLER_ADDRESS}:6379:0"
PLAYBOOK = """
- name: Maintain the models of this host
  ansible.builtin.import_playbook: ocrfleet.aspose.maintain
"""
# What a host has to know of itself. The user ocr may not read the home of root, where this test's Python can lie.
VARIABLES = f"""
ansible_python_interpreter: /usr/bin/python3
ocr_maintenance_path: {MODELS}
ocr_maintenance_engine: skip
ocr_maintenance_user: ocr
ocr_maintenance_prune: true
"""
ANSIBLE_CFG = f"""
[defaults]
fact_caching = community.general.redis
fact_caching_connection = {CACHE}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the fleet's playbook."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "maintain.yml").write_text("---" + PLAYBOOK, encoding="utf-8")
    author = ("-c", "user.name=fleet", "-c", "user.email=fleet@example.com")
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        (*author, "commit", "--quiet", "--message", "Maintain the models"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


@pytest.fixture
def fleet(repository: Path) -> Iterator[Fleet]:
    """Three hosts that have ansible-core, the collection, and the address of the fact cache."""
    need_a_fleet()
    shared = {
        **folders_of_this_python(),
        "/opt/site": repository,
        "/usr/share/ansible/collections/ansible_collections/ocrfleet/aspose": COLLECTION,
    }
    with running_fleet(3, shared=shared) as fleet:
        for host in fleet.hosts:
            (host.root / "etc/ansible").mkdir(exist_ok=True)
            (host.root / "etc/ansible/ansible.cfg").write_text(ANSIBLE_CFG, encoding="utf-8")
            (host.root / "etc/ocr-maintenance.yml").write_text("---" + VARIABLES, encoding="utf-8")
        yield fleet


@pytest.fixture
def cache(fleet: Fleet, tmp_path: Path) -> Iterator[None]:
    """Redis where all hosts reach it."""
    with running_redis(tmp_path, CONTROLLER_ADDRESS, inside=fleet.controller):
        yield


def pull(host: Host) -> int:
    """Have a host do what its timer starts; return how many tasks changed it."""
    path = f"PATH={Path(sys.prefix) / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
    command = [
        "ansible-pull",
        "-U",
        "/opt/site",
        "-i",
        f"{host.name},",
        "-e",
        "@/etc/ocr-maintenance.yml",
        "maintain.yml",
    ]
    done = host.run("env", "-i", path, "HOME=/root", "LC_ALL=C.UTF-8", *command, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (changed,) = re.findall(rf"^{host.name} .*changed=([0-9]+)", done.stdout, re.MULTILINE)
    return int(changed)


@pytest.mark.usefixtures("cache")
def test_hosts_that_pull_meet_in_the_report(fleet: Fleet, controller: Controller, record_property: Record) -> None:
    record_property("tested", "Ansible by: ansible-pull")
    first, second, off = fleet.hosts
    for host in fleet.hosts:
        host.put_models({"en_ocr_v1.bin": b"c" * 1000, "old_fr_ocr_v1.bin": b"s" * 2000})
    assert [pull(first), pull(first), pull(second)] == [1, 0, 1]
    assert [host.model_names() for host in (first, second)] == [{"en_ocr_v1.bin"}] * 2
    assert off.model_names() == {"en_ocr_v1.bin", "old_fr_ocr_v1.bin"}

    inventory = controller.inventory({host.name: {} for host in fleet.hosts})
    controller.environment.update(ANSIBLE_CACHE_PLUGIN="community.general.redis", ANSIBLE_CACHE_PLUGIN_CONNECTION=CACHE)
    report = ("ansible-playbook", "-i", inventory, "ocrfleet.aspose.report", "-e", "ocr_fleet_report_from_cache=true")
    controller.run(*fleet.controller(*report, "-e", f"ocr_fleet_report_dir={controller.home}/report"))
    rows = json.loads((controller.home / "report" / "report.json").read_text(encoding="utf-8"))["hosts"]
    assert {row["host"]: (row["reason"], row["count"], row["stale_count"]) for row in rows} == {
        first.name: (None, 1, 0),
        second.name: (None, 1, 0),
        off.name: ("never reported", None, None),
    }
