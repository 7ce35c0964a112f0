# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README.md says the collection is tested with, compared with what the sessions ran.

A claim is one item of one row of README's table, as `row: item`. A test that passes shows the claims that it recorded
(`record_property("tested", "file system: xfs")`), a session those that it noted here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from totals import Totals, of_case
from workspace import CHECKOUT, RESULTS

HEADING = "## Tested with"
PROPERTY = "tested"
# What pytest's fixture record_property is.
Record = Callable[[str, object], None]


def note(session_name: str, *claims: str) -> None:
    """Note what a session has shown that passed."""
    suite = ElementTree.Element("testsuite", name=session_name)
    properties = ElementTree.SubElement(suite, "properties")
    for claim in claims:
        ElementTree.SubElement(properties, "property", name=PROPERTY, value=claim)
    file = RESULTS / session_name / "tested.xml"
    file.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)


def shown(results: Path) -> set[str]:
    """The claims that tests and sessions have shown, by the JUnit files below this folder."""
    found: set[str] = set()
    for file in results.rglob("*.xml"):
        for element in ElementTree.parse(file).iter():
            if element.tag == "testsuite" or (element.tag == "testcase" and of_case(element) == Totals(passed=1)):
                properties = element.findall(f"properties/property[@name='{PROPERTY}']")
                found.update(str(entry.get("value")) for entry in properties)
    return found


def claimed(readme: str) -> set[str]:
    """The claims of the table in this text of a README."""
    section = readme.split(f"\n{HEADING}\n")[1].split("\n## ")[0]
    lines = [line.strip("| ") for line in section.splitlines() if line.startswith("| ")]
    rows = [line.split(" | ") for line in lines[1:]]
    return {f"{name}: {item}" for name, items in rows for item in items.split(", ")}


def differences() -> list[str]:
    """What README.md claims and no session has shown, or the other way round."""
    readme = claimed((CHECKOUT / "README.md").read_text(encoding="utf-8"))
    ran = shown(RESULTS)
    return [
        *(f"README.md says {claim!r}, which no session has shown" for claim in sorted(readme - ran)),
        *(f"README.md does not say {claim!r}, which a session has shown" for claim in sorted(ran - readme)),
    ]
