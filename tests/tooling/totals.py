# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add up the JUnit files of the sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True)
class Totals:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def of_case(case: ElementTree.Element) -> Totals:
    """The outcome of one test case."""
    if case.find("failure") is not None or case.find("error") is not None:
        return Totals(failed=1)
    if case.find("skipped") is not None:
        return Totals(skipped=1)
    return Totals(passed=1)


def of_folder(folder: Path) -> Totals:
    """The outcomes of all JUnit files below this folder."""
    cases = (case for file in sorted(folder.rglob("*.xml")) for case in ElementTree.parse(file).iter("testcase"))
    return sum(map(of_case, cases), Totals())


def write(file: Path, suite: str, outcomes: Mapping[str, str | None], skipped: Sequence[str] = ()) -> None:
    """Write a JUnit file with one test case per step: its name, and None or what went wrong; then the skipped ones."""
    root = ElementTree.Element("testsuite", name=suite, tests=str(len(outcomes) + len(skipped)))
    for name, error in outcomes.items():
        case = ElementTree.SubElement(root, "testcase", classname=suite, name=name)
        if error is not None:
            ElementTree.SubElement(case, "failure", message=error)
    for name in skipped:
        case = ElementTree.SubElement(root, "testcase", classname=suite, name=name)
        ElementTree.SubElement(case, "skipped")
    file.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
