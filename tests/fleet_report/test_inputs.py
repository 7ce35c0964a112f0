# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every input of the report, by every way a value can come: text means what it says, null and '' are not set."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import example_fleet
import pytest
import yaml
from conftest import Controller

REPORT = "ocrfleet.aspose.report"
SPEC = Path(__file__).resolve().parents[2] / "roles" / "ocr_fleet_report" / "meta" / "argument_specs.yml"
INPUTS = yaml.safe_load(SPEC.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
UNREACHABLE = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
# What each input is as text, and what shows that it was taken so.
TEXTS: dict[str, tuple[str, t.Callable[[Path, str], bool]]] = {
    "ocr_fleet_report_dir": ("out/here", lambda folder, _output: (folder / "report.html").exists()),
    "ocr_fleet_report_title": ("Mine", lambda folder, _output: "<title>Mine</title>" in text_of(folder, "html")),
    "ocr_fleet_report_from_cache": ("yes", lambda folder, _output: rows(folder)["b"] is None),
    "ocr_fleet_report_hosts": ("b, c", lambda folder, _output: sorted(rows(folder)) == ["b", "c"]),
    "ocr_fleet_report_groups": ("alike,unlike", lambda folder, _output: groups(folder) == {"unlike"}),
    "ocr_fleet_report_result": ("one,two", lambda folder, _output: rows(folder) == {"b": None, "c": None}),
    "ocr_fleet_report_table_rows": ("1", lambda _folder, output: "... and 1 more host\n" in output),
    "ocr_fleet_report_mode": ("0600", lambda folder, _output: mode(folder) == 0o600),
    "ocr_fleet_report_fail_on": ("disk_full, stale", lambda _folder, output: 'Disk nearly full: 2 hosts"' in output),
    "ocr_fleet_report_disk_percent": ("30", lambda folder, _output: "disk_full" in causes(folder)),
    "ocr_fleet_report_max_age": ("5s", lambda folder, _output: "facts_old" in causes(folder)),
    "ocr_fleet_report_time": ("2026-11-20T12:00:06Z", lambda folder, _output: "facts_old" in causes(folder)),
}


def text_of(folder: Path, form: str) -> str:
    """Return one of the files."""
    return (folder / f"report.{form}").read_text(encoding="utf-8")


def rows(folder: Path) -> dict[str, str | None]:
    """Return the reported hosts, and why they are missing."""
    return {row["host"]: row["reason"] for row in json.loads(text_of(folder, "json"))["hosts"]}


def groups(folder: Path) -> set[str]:
    """Return the groups in which there is drift."""
    return {row["group"] for row in json.loads(text_of(folder, "json"))["drift"]}


def causes(folder: Path) -> set[str]:
    """Return the causes of what needs action."""
    return {row["key"] for row in json.loads(text_of(folder, "json"))["actions"]}


def mode(folder: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE((folder / "report.csv").stat().st_mode)


@pytest.fixture
def fleet(controller: Controller) -> str:
    """Return the inventory of three hosts that cannot be reached, whose facts are in the cache."""
    facts = {
        name: example_fleet.host([example_fleet.model("x", size)]) for name, size in (("a", 1), ("b", 1), ("c", 2))
    }
    controller.seed(facts)
    inventory = controller.inventory(dict.fromkeys(facts, UNREACHABLE))
    (controller.home / "groups.ini").write_text("[alike]\na\nb\n[unlike]\nb\nc\n")
    return inventory


def run(controller: Controller, fleet: str, way: str, values: dict[str, t.Any], *, expect: int = 0) -> str:
    """Report with these variables, which come by one of the ways."""
    arguments: list[str] = []
    if way == "text":
        arguments = [part for name, value in values.items() for part in ("-e", f"{name}='{value}'")]
    elif way == "json":
        arguments = ["-e", json.dumps(values)]
    else:
        section = {"ini": "[all:vars]", "ini group": "[unlike:vars]"}[way]
        lines = [section, *(f"{name}={value}" for name, value in values.items())]
        (controller.home / "variables.ini").write_text("\n".join([*lines, "[unlike]", "a", ""]))
        arguments = ["-i", "variables.ini"]
    return controller.run("ansible-playbook", "-i", fleet, "-i", "groups.ini", *arguments, REPORT, expect=expect)


def test_no_input_is_left_out() -> None:
    assert set(TEXTS) == set(INPUTS)


@pytest.mark.parametrize("way", ["text", "ini", "ini group"])
def test_text_means_what_it_says(controller: Controller, fleet: str, way: str) -> None:
    output = run(controller, fleet, way, {name: text for name, (text, _shown) in TEXTS.items()}, expect=2)
    folder = controller.home / "out" / "here"
    assert [name for name, (_text, shown) in TEXTS.items() if not shown(folder, output)] == []


@pytest.mark.parametrize(("way", "value"), [("text", ""), ("ini", ""), ("ini group", ""), ("json", ""), ("json", None)])
def test_null_and_empty_text_are_not_set(controller: Controller, fleet: str, way: str, value: str | None) -> None:
    before = set(controller.home.iterdir())
    run(controller, fleet, way, {**dict.fromkeys(INPUTS, value), "ocr_hosts": value})
    folder = controller.home / "ocr-report"
    made = {file.name for file in set(controller.home.iterdir()) - before}
    assert made - {".ansible", "variables.ini"} == {"ocr-report"}, "the report belongs into its folder"
    assert {host: str(reason).partition(":")[0] for host, reason in rows(folder).items()} == dict.fromkeys(
        "abc", "unreachable"
    ), "the hosts are asked"
    assert "<title>OCR models of the fleet</title>" in text_of(folder, "html")
    assert mode(folder) == 0o644


@pytest.mark.parametrize("way", ["text", "ini"])
@pytest.mark.parametrize("word", ["false", "False", "no", "off", "0"])
def test_a_word_for_false_is_false(controller: Controller, fleet: str, way: str, word: str) -> None:
    run(controller, fleet, way, {"ocr_fleet_report_from_cache": word})
    assert str(rows(controller.home / "ocr-report")["a"]).startswith("unreachable: ")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ocr_fleet_report_from_cache", "maybe"),
        ("ocr_fleet_report_table_rows", "many"),
        ("ocr_fleet_report_mode", "u=rw"),
        ("ocr_fleet_report_groups", "gone"),
        ("ocr_fleet_report_disk_percent", "0"),
        ("ocr_fleet_report_max_age", "soon"),
        ("ocr_fleet_report_time", "today"),
        ("ocr_fleet_report_fail_on", "nothing"),
    ],
)
def test_text_that_says_nothing_is_refused(controller: Controller, fleet: str, name: str, text: str) -> None:
    values = {"ocr_fleet_report_from_cache": "true", name: text}
    output = run(controller, fleet, "text", values, expect=2)
    assert name.removeprefix("ocr_fleet_report_") in output and text in output
    assert not (controller.home / "ocr-report").exists()
