# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages name exists: variables, and the texts of errors."""

from __future__ import annotations

import ast
import re

import pytest
import yaml
from pages import CHECKOUT

PAGES = sorted(
    path.relative_to(CHECKOUT).as_posix()
    for pattern in ("README.md", "docs/*.md", "docs/examples/**/*.*", "roles/*/README.md")
    for path in CHECKOUT.glob(pattern)
)
# Texts that the code puts together from several strings.
COMPOSED = {
    "in use cannot be ruled out by this user": ("in use", " cannot be ruled out by this user"),
    "did not answer within": ("did not answer", " within "),
    "allows; nothing was removed": (" allows", "; nothing was removed"),
}
ROLES = ("ocr_maintenance", "ocr_fleet_report")


def inputs(role: str) -> set[str]:
    """The variables that a role takes."""
    specs = yaml.safe_load((CHECKOUT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    return set(specs["argument_specs"]["main"]["options"])


def variables() -> set[str]:
    """The variables that roles and playbooks take or leave."""
    playbooks = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "playbooks").glob("*.yml"))
    tasks = "".join(path.read_text(encoding="utf-8") for path in CHECKOUT.glob("roles/*/tasks/*.yml"))
    registered = re.findall(r"register: (\w+)", tasks)
    return {name for role in ROLES for name in inputs(role)} | {*re.findall(r"\bocr_\w+", playbooks), *registered}


@pytest.mark.parametrize("page", PAGES)
def test_variables_exist(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w./-])ocr_(?:maintenance|fleet_report|restore)_\w*[a-z]\b(?!\.py|/)", text))
    assert named - variables() == set()


@pytest.mark.parametrize("role", ROLES)
def test_the_page_of_a_role_has_every_input(role: str) -> None:
    text = (CHECKOUT / "roles" / role / "README.md").read_text(encoding="utf-8")
    named = {name if name.startswith("ocr_") else role + name for name in re.findall(r"`((?:ocr)?_\w+)`", text)}
    assert inputs(role) - named == set()


def texts_of_the_code() -> str:
    """The text in every string of the plugins, with a space for each part that is only known when they run."""
    found = []
    for path in sorted((CHECKOUT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.sub(r"%[-\d.]*[a-z]", "...", node.value))
            elif isinstance(node, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "..." for part in node.values)
                found.append("".join(map(str, parts)))
    return "\n".join(found)


def test_errors_are_those_of_the_code() -> None:
    """Each text in the first column of the table, between its "..."."""
    page = (CHECKOUT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    column = "\n".join(line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `"))
    code = texts_of_the_code()
    # Not of this collection: what ansible-core and the system say.
    foreign = {"Failed to set permissions on the temporary files", "Operation not permitted", "Timed out after"}
    missing = [
        part
        for text in re.findall(r"`([^`]+)`", column)
        for part in (part.strip(" :;.()") for part in text.split("..."))
        if not any(part.startswith(known) for known in foreign)
        and not all(piece in code for piece in COMPOSED.get(part, (part,)))
    ]
    assert missing == []
