# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules themselves answer, each a process that reads its arguments and prints JSON, as Ansible runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from collection import make_file, make_folder, names, run_module
from holders import hold_open, holding
from namespaces import isolated


@isolated
def test_a_partial_failure_does_the_rest_fails_and_lists_both(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_free.bin")
    make_file(models / "old_immutable.bin")
    subprocess.run(["chattr", "+i", str(models / "old_immutable.bin")], check=True)
    result = run_module("ocr_model_prune", path=str(models), stale_prefixes=["old_"], engine="skip")
    assert result["failed"] is True
    assert names(result["failed_models"]) == ["old_immutable.bin"]
    assert "Operation not permitted" in result["failed_models"][0]["error"]
    assert result["pruned"] == ["old_free.bin"]
    assert result["changed"] is True
    assert result["msg"].startswith("1 of 2 models could not be removed")
    assert os.listdir(models) == ["old_immutable.bin"]


@isolated
def test_a_partial_restore_fails_and_lists_both(area: Path) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_a.bin")
    make_file(models / "old_b.bin")
    arguments = {"path": str(models), "backup_dir": str(area / "backup")}
    pruned = run_module("ocr_model_prune", stale_prefixes=["old_"], engine="skip", **arguments)
    (area / "backup" / pruned["backup"] / "models" / "old_a.bin").write_bytes(b"damaged")
    result = run_module("ocr_model_restore", **arguments)
    assert names(result["failed_models"]) == ["old_a.bin"]
    assert result["restored"] == ["old_b.bin"]
    assert result["msg"].startswith("1 of 2 models could not be restored")


@isolated
def test_a_success_has_an_empty_list_of_failures(area: Path) -> None:
    models = make_file(area / "models" / "old_model.bin").parent
    with holding(hold_open, models / "old_model.bin") as pid:
        result = run_module("ocr_model_prune", path=str(models), stale_prefixes=["old_"], engine="skip")
    assert result["failed_models"] == []
    assert result["kept"][0]["reason"].startswith(f"in use by {pid} (")


@pytest.mark.parametrize(
    ("path", "message"), [("/", "is the system directory"), ("/mnt/area/loop", "Too many levels"), ("x\0y", "")]
)
@isolated
def test_a_refusal_is_a_message_and_no_traceback(area: Path, path: str, message: str) -> None:
    (area / "loop").symlink_to("loop")
    result = run_module("ocr_model_prune", path=path, stale_prefixes=["old_"], engine="skip")
    assert result["failed"] is True
    assert message in result["msg"]
    assert "exception" not in result


@pytest.mark.parametrize("playbook_result", ["failed", "rescued"])
@isolated
def test_a_playbook_can_read_what_failed(area: Path, playbook_result: str) -> None:
    models = make_folder(area / "models")
    make_file(models / "old_free.bin")
    make_file(models / "old_immutable.bin")
    subprocess.run(["chattr", "+i", str(models / "old_immutable.bin")], check=True)
    task: dict[str, t.Any] = {
        "ocrfleet.aspose.ocr_model_prune": {"path": str(models), "stale_prefixes": ["old_"], "engine": "skip"},
        "register": "outcome",
    }
    tasks = [task]
    if playbook_result == "rescued":
        check = "(outcome.failed_models | map(attribute='name') | list) == ['old_immutable.bin']"
        tasks = [{"block": [task], "rescue": [{"ansible.builtin.assert": {"that": [check]}}]}]
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    playbook = make_file(area / "playbook.yml", json.dumps(play))
    completed = subprocess.run(
        [sys.executable, "-m", "ansible.cli.playbook", "-i", "localhost,", "-c", "local", str(playbook)],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": os.environ["PYTHONPATH"].split(os.pathsep)[0],
            "ANSIBLE_HOME": str(area / "home"),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "LC_ALL": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == (2 if playbook_result == "failed" else 0), completed.stdout + completed.stderr
    assert "1 of 2 models could not be removed" in completed.stdout + completed.stderr
