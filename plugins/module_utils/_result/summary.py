# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Say in one line what was found: the ``msg`` of the facts, and its parts that others share."""

from __future__ import annotations

import typing as t


def size_text(size: int) -> str:
    """Return a number of bytes as people read it, in powers of 1024: ``512 B``, ``28.0 MiB``."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        amount /= 1024
        if amount < 1024:
            return f"{amount:.1f} {unit}"
    return f"{amount / 1024:.1f} EiB"


def models_text(count: int) -> str:
    """Return ``1 model`` or ``2 models``."""
    return f"{count} model{'' if count == 1 else 's'}"


def facts_summary(facts: t.Mapping[str, t.Any]) -> str:
    """Sum up the facts of the model directories."""
    missing = [f"{directory['path']} does not exist" for directory in facts["directories"] if not directory["exists"]]
    there = len(facts["directories"]) - len(missing)
    if not there:
        return ", ".join(missing + required_parts(facts))
    within = f" in {there} directories" if there > 1 else ""
    parts = [f"{models_text(facts['count'])} ({size_text(facts['bytes'])}){within}"]
    for name in ("stale", "incomplete"):
        if facts[f"{name}_count"]:
            parts.append(f"{facts[f'{name}_count']} {name} ({size_text(facts[f'{name}_bytes'])})")
    if facts["in_use_count"]:
        parts.append(f"{facts['in_use_count']} in use")
    parts += required_parts(facts)
    return ", ".join(parts + pending_parts(facts["pending_bytes"]) + missing)


def required_parts(facts: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is said of the models that the host must have, nothing where it has them."""
    return [f"{facts[f'{name}_count']} required {name}" for name in ("missing", "different") if facts[f"{name}_count"]]


def pending_parts(pending_bytes: int | None) -> list[str]:
    return [f"{size_text(pending_bytes)} pending"] if pending_bytes else []
