# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example for AWX: whatever a survey answers is text, also numbers, lists and what was left empty."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from conftest import Controller

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "awx"
QUESTIONS: list[dict[str, t.Any]] = json.loads((EXAMPLE / "survey.json").read_text(encoding="utf-8"))["spec"]
TEMPLATE = json.loads((EXAMPLE / "job_template.json").read_text(encoding="utf-8"))
# What AWX requires of a question of a survey, and the types whose answers are text.
KEYS = {"question_name", "question_description", "variable", "required", "type", "default", "min", "max", "choices"}
TYPES = {"text", "textarea", "password", "multiplechoice"}


def test_the_survey_asks_for_inputs_that_there_are_and_for_text() -> None:
    inputs = {"ocr_hosts", "ocr_maintenance_serial"}
    for role in ("ocr_maintenance", "ocr_fleet_report"):
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        inputs |= set(specs["argument_specs"]["main"]["options"])
    for question in QUESTIONS:
        assert set(question) - {"new_question"} == KEYS
        assert question["type"] in TYPES and isinstance(question["default"], str)
        if question["type"] == "multiplechoice":
            assert question["default"] in question["choices"].split("\n")
    assert {question["variable"] for question in QUESTIONS} - inputs == set()
    assert len({question["variable"] for question in QUESTIONS}) == len(QUESTIONS)


def test_the_template_runs_the_playbook_that_is_there() -> None:
    assert (EXAMPLE / TEMPLATE["playbook"]).is_file()
    assert set(yaml.safe_load(TEMPLATE["extra_vars"])) == {"ocr_fleet_report_dir"}


@pytest.mark.parametrize("prune", ["false", "true"])
def test_a_job_with_the_answers_of_the_survey(controller: Controller, prune: str) -> None:
    models = controller.home / "models"
    models.mkdir()
    for name in ("latin.onnx", "old_fr.bin"):
        (models / name).write_bytes(b"x")
    inventory = controller.inventory({"a": {"ocr_maintenance_engine": "skip"}})
    (controller.home / "groups.ini").write_text("[ocr]\na\n")
    answers = {question["variable"]: question["default"] for question in QUESTIONS}
    answers |= {"ocr_maintenance_prune": prune, "ocr_maintenance_path": str(models)}
    values = {**yaml.safe_load(TEMPLATE["extra_vars"]), **answers, "awx_job_id": 42}
    values["ocr_fleet_report_dir"] = str(controller.home / "srv")
    command = ("ansible-playbook", "-i", inventory, "-i", "groups.ini", str(EXAMPLE / TEMPLATE["playbook"]))
    controller.run(*command, "-e", json.dumps(values))
    report = json.loads((controller.home / "srv" / "report.json").read_text(encoding="utf-8"))
    assert report["meta"]["run"] == {"kind": "prune" if prune == "true" else "report", "id": "job-42"}
    assert (models / "old_fr.bin").exists() == (prune == "false")
    (row,) = report["hosts"]
    assert row["run_pruned"] == (1 if prune == "true" else 0)
