# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example of docs/examples by real runs: facts come with gather_facts, are cached, and group the inventory."""

from __future__ import annotations

import getpass
import json
import shutil
import socket
import typing as t
from collections.abc import Iterator
from pathlib import Path

import example_fleet
import pytest
from conftest import Controller
from redis_server import running_redis
from tested_with import Record

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture
def example(controller: Controller) -> Path:
    """Return a copy of the example, whose configuration alone decides about facts."""
    folder = controller.home / "example"
    shutil.copytree(EXAMPLE, folder)
    for name in ("ANSIBLE_CACHE_PLUGIN", "ANSIBLE_CACHE_PLUGIN_CONNECTION", "ANSIBLE_INJECT_FACT_VARS"):
        del controller.environment[name]
    return folder


@pytest.fixture
def here(controller: Controller) -> str:
    """Return an inventory that puts two of the example's hosts on this machine; only the first has stale models."""
    hosts: dict[str, t.Any] = {}
    for number, names in ((1, ("latin.onnx", "old_fr.bin")), (2, ("latin.onnx",))):
        models = controller.home / f"models-{number}"
        models.mkdir()
        for name in names:
            (models / name).write_bytes(b"x" * 5)
        hosts[f"ocr-0{number}.example.com"] = {
            "ocr_maintenance_path": str(models),
            "ocr_maintenance_user": getpass.getuser(),
            "ocr_maintenance_engine": "skip",
            "ansible_become": False,
        }
    return controller.inventory(hosts, "here.json")


@pytest.fixture
def redis_address(tmp_path: Path) -> Iterator[str]:
    """Start a Redis server of this test's own, and return its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running_redis(tmp_path, "127.0.0.1", port=port) as address:
        yield address


def groups(controller: Controller, folder: Path, here: str) -> dict[str, list[str]]:
    """Return the hosts of each group that the example's inventory makes."""
    output = controller.run("ansible-inventory", "-i", "inventory", "-i", here, "--list", cwd=folder)
    # A source that is named on the command line is read in the order of its place there, so the groups come last.
    return {name: group["hosts"] for name, group in json.loads(output).items() if group.get("hosts")}


def gather(controller: Controller, folder: Path, here: str) -> None:
    """Gather the facts of the hosts that are on this machine."""
    command = ("ansible-playbook", "-i", "inventory", "-i", here, "gather.yml", "--limit", "ocr-01*,ocr-02*")
    controller.run(*command, cwd=folder)


def check_groups(controller: Controller, example: Path, here: str) -> None:
    """Prove that hosts change groups when their facts are gathered."""
    everyone = [f"ocr-0{number}.example.com" for number in (1, 2, 3)]
    assert groups(controller, example, here)["ocr_missing"] == everyone
    gather(controller, example, here)
    found = groups(controller, example, here)
    assert found["ocr_stale"] == everyone[:1]
    assert found["ocr_missing"] == everyone[2:]
    assert "ocr_pending" not in found


def test_hosts_are_grouped_by_facts_in_files(controller: Controller, example: Path, here: str) -> None:
    check_groups(controller, example, here)
    assert list((controller.home / ".cache" / "ocr-fleet-facts").iterdir())


def test_hosts_are_grouped_by_facts_in_redis(
    controller: Controller, example: Path, here: str, redis_address: str, record_property: Record
) -> None:
    record_property("tested", "report in: Redis")
    controller.environment["ANSIBLE_CACHE_PLUGIN"] = "community.general.redis"
    controller.environment["ANSIBLE_CACHE_PLUGIN_CONNECTION"] = redis_address
    check_groups(controller, example, here)
    assert not (controller.home / ".cache").exists()
    controller.run(
        "ansible-playbook", "-i", "inventory", "-i", here, "ocrfleet.aspose.report",
        "-e", "ocr_fleet_report_from_cache=true", cwd=example,
    )  # fmt: skip
    report = json.loads((example / "ocr-report" / "report.json").read_text(encoding="utf-8"))
    assert {row["host"]: row["reason"] for row in report["hosts"]} == {
        "ocr-01.example.com": None,
        "ocr-02.example.com": None,
        "ocr-03.example.com": "never reported",
    }


def test_pending_and_sdk_versions_make_groups(controller: Controller, example: Path) -> None:
    holder = example_fleet.holder(1, [], [{"name": "old_x", "bytes": 5}])
    inventory = controller.seed(
        {
            "old": example_fleet.host([], engine=example_fleet.engine("26.9.1")),
            "new": example_fleet.host([], engine=example_fleet.engine("26.10.0"), holders=[holder]),
            "none": example_fleet.host([], engine=example_fleet.engine(None, "absent")),
        }
    )
    controller.environment["ANSIBLE_CACHE_PLUGIN"] = "jsonfile"
    controller.environment["ANSIBLE_CACHE_PLUGIN_CONNECTION"] = str(controller.home / "cache")
    controller.run("ansible-playbook", "-i", inventory, "seed.yml", "-e", f"facts_dir={controller.home}/facts")
    output = controller.run("ansible-inventory", "-i", inventory, "-i", str(example / "inventory"), "--list")
    found = {name: group["hosts"] for name, group in json.loads(output).items() if group.get("hosts")}
    assert found["ocr_pending"] == ["new"]
    assert found["ocr_sdk_26_9_1"] == ["old"]
    assert found["ocr_sdk_26_10_0"] == ["new"]
    assert not [name for name in found if name.startswith("ocr_sdk") and "none" in found[name]]
