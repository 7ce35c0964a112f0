# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code in the documentation: fenced blocks of Markdown pages, and the strings of plugins."""

from __future__ import annotations

import ast
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Block:
    """A block of code: its page, the heading that it is under, and its language."""

    page: str
    heading: str
    language: str
    text: str

    def commands(self) -> str:
        """The commands of a console block as a shell script; lines without a prompt are what they print."""
        typed = re.findall(r"^\$ ((?:.*\\\n)*.*)", self.text, flags=re.MULTILINE)
        return "\n".join(typed)

    def data(self) -> t.Any:
        """The content of a YAML block."""
        return yaml.safe_load(self.text)


def blocks_of(page: str) -> list[Block]:
    """All blocks of a page, in order. A block that is indented instead of fenced has no language."""
    found = []
    heading, fence, lines = "", None, list[str]()
    for line in [*(CHECKOUT / page).read_text(encoding="utf-8").splitlines(), ""]:
        if fence is None and lines and not line.startswith("    "):
            found.append(Block(page, heading, "", "\n".join(lines)))
            lines = []
        if line.startswith("```"):
            if fence is None:
                fence = line.removeprefix("```")
            else:
                found.append(Block(page, heading, fence, "\n".join(lines) + "\n"))
                fence, lines = None, []
        elif fence is not None:
            lines.append(line)
        elif line.startswith("    "):
            lines.append(line.strip())
        elif line.startswith("#"):
            heading = line.lstrip("# ")
    return found


def plugin_text(path: Path, name: str) -> t.Any:
    """The YAML that a module, or the file beside a filter, has under this name: DOCUMENTATION, EXAMPLES, RETURN."""
    if path.suffix == ".yml":
        text = yaml.safe_load(path.read_text(encoding="utf-8"))[name]
        return yaml.safe_load(text) if isinstance(text, str) else text
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise LookupError(f"{path} has no {name}")


def files_of_a_report() -> set[str]:
    """The files that the page of the role says a report has: the first column of its table."""
    page = (CHECKOUT / "roles" / "ocr_fleet_report" / "README.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+\.\w+)` \|", page, flags=re.MULTILINE))
