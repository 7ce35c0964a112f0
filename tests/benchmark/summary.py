# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what the summary and the report files of a large fleet cost in time and memory.

Needs the folder that holds ansible_collections on PYTHONPATH. The figures are printed, not judged.
"""

from __future__ import annotations

import argparse
import resource
import time
import typing as t
from collections.abc import Callable

from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_summary import summarize_fleet

_T = t.TypeVar("_T")


def make_facts(host: int, models: int) -> dict[str, t.Any]:
    """Return facts of a host that shares its models with all others, one in ten of another size."""
    rows = [
        {
            "name": f"vendor/model-{index:03}.gguf",
            "path": f"/srv/ocr/models/vendor/model-{index:03}.gguf",
            "bytes": 4_000_000_000 + index + (host % 10 == 0),
            "allocated_bytes": 4_000_002_048,
            "modified": "2026-10-01T08:00:00Z",
            "status": "stale" if index % 7 == 3 else "current",
            "stale_prefix": "old_" if index % 7 == 3 else None,
            "link_target": None,
            "checksum": None,
            "in_use": index == 0,
            "holders": [4242] if index == 0 else [],
            "engine_listed": None,
        }
        for index in range(models)
    ]
    stale = [row["bytes"] for row in rows if row["status"] == "stale"]
    return {
        "path": "/srv/ocr/models",
        "exists": True,
        "gathered_at": "2026-11-20T12:00:00Z",
        "count": models,
        "bytes": sum(row["bytes"] for row in rows),
        "allocated_bytes": sum(row["allocated_bytes"] for row in rows),
        "stale_count": len(stale),
        "stale_bytes": sum(stale),
        "incomplete_count": 0,
        "incomplete_bytes": 0,
        "in_use_count": 1,
        "pending_bytes": 0,
        "disk": {"total_bytes": 1_000_000_000_000, "available_bytes": 500_000_000_000},
        "models": rows,
        "holders": [{"pid": 4242, "command": "ocr", "user": "ocr", "unit": "ocr.service", "models": [], "pending": []}],
        "engine": {"state": "released", "version": "26.10.0", "message": None},
    }


def measure(label: str, work: Callable[[], _T]) -> _T:
    """Run the work and print its wall time and the process's peak memory so far."""
    start = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{label:<24}{seconds:8.2f} s{peak:10.0f} MiB peak")
    return result


def main() -> None:
    """Build the facts, then measure each step on them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=20)
    arguments = parser.parse_args()
    print(f"{arguments.hosts} hosts with {arguments.models} models each")
    facts = measure(
        "facts (input)",
        lambda: {f"ocr{host:05}": make_facts(host, arguments.models) for host in range(arguments.hosts)},
    )
    summary = measure("summary", lambda: summarize_fleet(facts))
    print(f"{len(summary['models'])} model rows, {len(summary['drift'])} drift rows")


if __name__ == "__main__":
    main()
