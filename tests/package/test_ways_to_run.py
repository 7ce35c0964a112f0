# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways in which people run Ansible besides ansible-playbook over SSH, each with the real tool."""

from __future__ import annotations

import json
import re
import shlex
import sys
import typing as t
from pathlib import Path

import ansible_mitogen
import pytest
import yaml
from conftest import Run
from tested_with import Record

MITOGEN = Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"
FACTS = "ocrfleet.aspose.ocr_model_facts"
PRUNE = "ocrfleet.aspose.ocr_model_prune"


@pytest.fixture
def play(run: Run, installed: Path, inventory: Path, tmp_path: Path) -> t.Callable[..., str]:
    """Run a play of this host with these keywords and variables of the environment; return what it printed."""
    assert installed.is_dir()

    def run_play(keywords: dict[str, t.Any], **environment: str) -> str:
        file = tmp_path / "play.yml"
        file.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, **keywords}]), encoding="utf-8")
        # The home directory is not this user's: the job and who asks for its state would look in different places.
        variables = [
            f"ANSIBLE_ASYNC_DIR={tmp_path / 'jobs'}",
            *(f"{name}={value}" for name, value in environment.items()),
        ]
        return run("env", *variables, "ansible-playbook", str(file), "-i", str(inventory)).stdout

    return run_play


def left(model_directory: Path) -> set[str]:
    """The names of the models that are there still."""
    return {file.name for file in model_directory.iterdir()}


def test_ad_hoc(run: Run, installed: Path, inventory: Path, model_directory: Path) -> None:
    assert installed.is_dir()
    arguments = f"path={model_directory} engine=skip stale_prefixes=old_"
    printed = run("ansible", "all", "-i", str(inventory), "-m", PRUNE, "-a", arguments, "--check").stdout
    assert "would prune 1 of 2 models" in printed
    assert left(model_directory) == {"en_ocr_v1.bin", "old_fr_ocr_v1.bin"}


@pytest.mark.parametrize("keywords", [{"async": 60, "poll": 1}, {"until": "found is succeeded", "retries": 2}])
def test_async_and_until(play: t.Callable[..., str], model_directory: Path, keywords: dict[str, t.Any]) -> None:
    task = {PRUNE: {"path": str(model_directory), "engine": "skip", "stale_prefixes": ["old_"]}, "register": "found"}
    printed = play({"tasks": [{**task, **keywords}, {"ansible.builtin.debug": {"var": "found.msg"}}]})
    assert "pruned 1 of 2 models" in printed
    assert left(model_directory) == {"en_ocr_v1.bin"}


@pytest.mark.parametrize("keywords", [{"strategy": "free"}, {"throttle": 1}, {"strategy": "host_pinned"}])
def test_strategies_and_throttle(play: t.Callable[..., str], model_directory: Path, keywords: dict[str, t.Any]) -> None:
    settings = {"ocr_maintenance_prune": True, "ocr_maintenance_path": str(model_directory)}
    printed = play({"roles": ["ocrfleet.aspose.ocr_maintenance"], "vars": settings, **keywords})
    assert re.search("1 host: pruned 1 model ", printed), printed
    assert left(model_directory) == {"en_ocr_v1.bin"}


def test_mitogen(play: t.Callable[..., str], model_directory: Path, record_property: Record) -> None:
    """Each file comes from the controller when it is imported; also the probe, which asks a Python without the SDK."""
    record_property("tested", "Ansible by: Mitogen")
    options = {"path": str(model_directory), "sdk_python": sys.executable}
    tasks = [
        {FACTS: options, "register": "found"},
        {"ansible.builtin.debug": {"msg": "engine {{ found.ansible_facts.ocr_models.engine.state }}"}},
        {PRUNE: {**options, "stale_prefixes": ["old_"]}},
    ]
    printed = play({"strategy": "mitogen_linear", "tasks": tasks}, ANSIBLE_STRATEGY_PLUGINS=str(MITOGEN))
    assert "engine absent" in printed
    assert left(model_directory) == {"en_ocr_v1.bin"}


def test_facts_beside_those_of_setup(play: t.Callable[..., str], model_directory: Path) -> None:
    printed = play(
        {
            "gather_facts": True,
            "gather_subset": ["!all", "!min"],
            "module_defaults": {FACTS: {"path": str(model_directory), "engine": "skip"}},
            "tasks": [{"ansible.builtin.debug": {"msg": "models {{ ansible_facts.ocr_models.count }}"}}],
        },
        ANSIBLE_FACTS_MODULES=f"ansible.builtin.setup,{FACTS}",
    )
    assert "models 2" in printed


def test_runner_and_its_remote_workers(
    run: Run,
    installed: Path,
    inventory: Path,
    model_directory: Path,
    tmp_path: Path,
    record_property: Record,
) -> None:
    """The events of a run say per host what was done, also of one that another process carried out."""
    record_property("tested", "Ansible by: ansible-runner")
    assert installed.is_dir()
    folder = tmp_path / "private"
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory" / "hosts.yml").write_bytes(inventory.read_bytes())
    command = ["-p", "ocrfleet.aspose.maintain", "--cmdline", "-e ocr_maintenance_prune=true"]
    run("ansible-runner", "run", str(folder), "--ident", "dry", *command[:-1], f"{command[-1]} --check")
    assert [result["pruned"][0]["name"] for result in maintained(folder / "artifacts" / "dry")] == ["old_fr_ocr_v1.bin"]
    assert left(model_directory) == {"en_ocr_v1.bin", "old_fr_ocr_v1.bin"}

    send = shlex.join(["ansible-runner", "transmit", str(folder), "--ident", "sent", *command])
    receive = shlex.join(["ansible-runner", "process", str(folder), "--ident", "sent"])
    run("sh", "-c", f"{send} | ansible-runner worker | {receive}")
    assert [result["changed"] for result in maintained(folder / "artifacts" / "sent")] == [True]
    assert left(model_directory) == {"en_ocr_v1.bin"}


def maintained(artifacts: Path) -> list[dict[str, t.Any]]:
    """The results of the role's task in the events of a run."""
    events = [json.loads(path.read_text(encoding="utf-8")) for path in (artifacts / "job_events").glob("*.json")]
    done = [event["event_data"] for event in events if event["event"] == "runner_on_ok"]
    return [data["res"] for data in done if data["task_action"] == "ocrfleet.aspose.ocr_maintenance"]
