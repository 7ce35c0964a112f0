# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What report.json promises, by a validator that others wrote."""

from __future__ import annotations

import copy
import json
import typing as t
from pathlib import Path

import example_fleet
import jsonschema
import pytest
from conftest import Controller

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
RUN = {
    "time": "2026-11-20T12:00:00Z",
    "kind": "prune",
    "outcome": "failed",
    "failure": "Read-only file system",
    "pruned": 1,
    "freed": 5,
    "kept": 1,
    "kept_reasons": {"too young": 1},
    "services": [{"name": "ocr.service", "down_seconds": 0.5}],
    "down": 0.5,
}


@pytest.fixture
def reports(controller: Controller) -> list[dict[str, t.Any]]:
    """Return the reports of two runs over a fleet that has some of everything, also of what is hostile."""
    facts = {**example_fleet.everyday_fleet()[0], **example_fleet.hostile_fleet()[0]}
    inventory = controller.seed(facts, dict.fromkeys(facts, RUN))
    (controller.home / "groups.ini").write_text("[berlin]\nocr-ber-01\nocr-ber-02\n")
    command = ("ansible-playbook", "-i", inventory, "-i", "groups.ini", "ocrfleet.aspose.report")
    found = []
    for time in ("2026-11-20T13:00:00Z", "2026-11-20T14:00:00Z"):
        values = {
            "ocr_fleet_report_from_cache": True,
            "ocr_fleet_report_time": time,
            "ocr_fleet_report_groups": "berlin",
        }
        controller.run(*command, "-e", json.dumps(values))
        found.append(json.loads((controller.home / "ocr-report" / "report.json").read_text(encoding="utf-8")))
    return found


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_reports_are_as_the_schema_says(reports: list[dict[str, t.Any]]) -> None:
    for report in reports:
        VALIDATOR.validate(report)
    assert [report["since"] is None for report in reports] == [True, False]
    assert reports[1]["by_group"] and reports[1]["drift"] and reports[1]["totals"]["runs"]
    places = [
        *(("meta", name) for name in reports[0]["meta"]),
        *(("totals", name) for name in reports[0]["totals"]),
        *(
            (part, 0, name)
            for part in ("actions", "by_model", "by_group", "hosts", "models")
            for name in reports[0][part][0]
        ),
    ]
    for place in places:
        for value in ("wrong", "absent"):
            odd = copy.deepcopy(
                {part: found[:1] if isinstance(found, list) else found for part, found in reports[1].items()}
            )
            parent: t.Any = odd
            for key in place[:-1]:
                parent = parent[key]
            if value == "absent":
                del parent[place[-1]]
            else:
                parent[place[-1]] = -1
            assert not VALIDATOR.is_valid(odd), place
