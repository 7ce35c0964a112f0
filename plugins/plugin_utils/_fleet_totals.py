# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice in any release.
"""Add up the rows of a fleet's hosts. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from ansible_collections.ocrfleet.aspose.plugins.module_utils._result.totals import COUNTERS, NULLABLE_COUNTERS
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._causes import NOT_YET_REACHED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._checked import Row
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._columns import MODEL_STATUSES
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._display import natural_order
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._host_facts import ALLOCATED
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._maintenance import DRY_RUN, FAILED, PRUNED


def fleet_totals(hosts: list[Row]) -> Row:
    """Return the sums over the rows of all hosts, as the filter C(ocr_fleet_summary) documents them."""
    rows = [row for row in hosts if row["reason"] is None]
    totals: Row = {"hosts": len(hosts), "reported": len(rows), "missing": len(hosts) - len(rows)}
    totals["not_yet_reached"] = sum(1 for row in hosts if row["reason"] == NOT_YET_REACHED)
    totals["failed"] = sum(1 for row in rows if row["failure"] is not None)
    totals["faulty"] = sum(1 for row in rows if row["faults"])
    totals["needs_action"] = sum(1 for row in hosts if row["causes"])
    for name in COUNTERS:
        totals["models" if name == "count" else name] = sum(row[name] for row in rows)
    for name in (*ALLOCATED, "reclaimable_bytes"):
        totals[name] = sum(row[name] for row in rows)
    totals["stale_hosts"] = sum(1 for row in rows if row["stale_count"])
    for name in NULLABLE_COUNTERS:
        known = [row[name] for row in rows if row[name] is not None]
        totals[name] = sum(known) if known or not rows else None
        totals[f"{name}_unknown_hosts"] = len(rows) - len(known)
    totals["runs"] = _runs(hosts)
    totals["engine_states"] = _frequencies(row["engine_state"] for row in rows)
    totals["sdk_versions"] = _frequencies(row["engine_version"] for row in rows if row["engine_version"] is not None)
    return totals


def by_group(hosts: list[Row]) -> list[Row]:
    """Return the totals of each group that hosts are in, sorted by its name, which stands in C(group)."""
    found: dict[str, list[Row]] = defaultdict(list)
    for host in hosts:
        for group in host["groups"]:
            found[group].append(host)
    return [{"group": group, **fleet_totals(found[group])} for group in sorted(found)]


def by_model(models: Iterable[Row]) -> list[Row]:
    """Return for each name of a model on how many hosts it is, how often, and what all of it takes: the largest first.

    Takes the rows of models, sorted by host. C(statuses) counts the models by their state.
    """
    found: dict[str, Row] = {}
    last: dict[str, str] = {}
    for model in models:
        name = model["name"]
        row = found.get(name)
        if row is None:
            row = found[name] = {"name": name, "hosts": 0, "models": 0, "bytes": 0, "allocated_bytes": 0}
            row["statuses"] = dict.fromkeys(MODEL_STATUSES, 0)
        row["hosts"] += last.get(name) != model["host"]
        last[name] = model["host"]
        row["models"] += 1
        row["bytes"] += model["bytes"]
        row["allocated_bytes"] += model["allocated_bytes"]
        row["statuses"][model["status"]] += 1
    return sorted(found.values(), key=lambda row: (-row["allocated_bytes"], row["name"]))


def _runs(hosts: list[Row]) -> dict[str, Row]:
    """Return what the last prunes came to, real ones and dry ones; a kind that no host had is left out."""
    found: dict[str, Row] = {}
    for kind in (PRUNED, DRY_RUN):
        rows = [row for row in hosts if row["run_kind"] == kind]
        if rows:
            found[kind] = {
                "hosts": len(rows),
                "failed": sum(1 for row in rows if row["run_outcome"] == FAILED),
                "pruned": sum(row["run_pruned"] or 0 for row in rows),
                "freed_bytes": sum(row["run_freed_bytes"] or 0 for row in rows),
                "kept": sum(row["run_kept"] or 0 for row in rows),
                "services": sum(len(row["run_services"]) for row in rows),
                "down_seconds": max(row["run_down_seconds"] or 0 for row in rows),
            }
    return found


def _frequencies(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: natural_order(item[0])))
