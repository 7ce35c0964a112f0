# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let the facts of a call replace those of its own directories alone: a host may have several applications. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.model import DIFFERENT, PRESENT
from ansible_collections.ocrfleet.aspose.plugins.module_utils._models.required import MISSING, count_states
from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import totals
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import list_or_nothing
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import Row

Facts = dict[str, t.Any]

# The better of two directories' answers comes first.
_STATES = (PRESENT, DIFFERENT, MISSING)


def merge_facts(before: object, now: Mapping[str, t.Any]) -> Facts:
    """Return the facts C(ocr_models) of a host: what a call found out ``now``, and what is known of other directories.

    ``before`` are the facts that the host had, which may be of any form: what is not as documented is left out. Each
    row of the lists of directories, models and holders names its directory. Directories that the call looked at come
    first.
    """
    merged = dict(now)
    if not isinstance(before, Mapping):
        return merged
    looked_at = {row["path"] for row in now["directories"]}
    others = {
        row["path"]: row
        for row in _rows(before.get("directories"))
        if isinstance(row.get("path"), str) and row["path"] not in looked_at
    }
    directories = [*now["directories"], *others.values()]
    try:
        sums = totals(directories)
    except (KeyError, TypeError):
        return merged
    merged.update(directories=directories, **sums)
    for name in ("models", "holders"):
        kept = [row for row in _rows(before.get(name)) if _hashable(row.get("directory")) in others]
        merged[name] = [*now[name], *kept]
    merged["required"] = _merge_required(before.get("required"), now["required"], others)
    merged.update(count_states(merged["required"]))
    return merged


def _merge_required(before: object, now: Iterable[Row], others: Mapping[str, Row]) -> list[Row]:
    """Return the required models: each is as it is where it is best, in one of the directories it was looked for in."""
    merged: dict[str, Facts] = {row["name"]: dict(row) for row in now}
    for row in _rows(before):
        looked_in = [path for path in list_or_nothing(row.get("directories")) if _hashable(path) in others]
        if not looked_in or not isinstance(row.get("name"), str) or row.get("state") not in _STATES:
            continue
        where = row.get("path")
        is_there = isinstance(where, str) and any(where.startswith(f"{path.rstrip('/')}/") for path in looked_in)
        known = {**row, "directories": looked_in} if is_there else _missing(row["name"], looked_in)
        found = merged.setdefault(row["name"], known)
        if found is not known:
            best = min(found, known, key=lambda one: _STATES.index(one["state"]))
            merged[row["name"]] = {**best, "directories": [*found["directories"], *looked_in]}
    return list(merged.values())


def _missing(name: str, looked_in: list[str]) -> Facts:
    return {"name": name, "state": MISSING, "path": None, "directories": looked_in}


def _rows(value: object) -> list[Row]:
    return [row for row in list_or_nothing(value) if isinstance(row, Mapping)]


def _hashable(value: object) -> str | None:
    """Return a text, and None for all else, which may not be looked up."""
    return value if isinstance(value, str) else None
