# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the report's page as the role does, and open it in the system's Chromium."""

from __future__ import annotations

import contextlib
import json
import typing as t
from collections.abc import Iterator
from pathlib import Path

import example_fleet
from playwright.sync_api import Browser, sync_playwright

from ansible_collections.ocrfleet.aspose.plugins.filter.ocr_fleet_summary import ocr_fleet_summary
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._fleet_page import to_html
from ansible_collections.ocrfleet.aspose.plugins.plugin_utils._report_history import COMPARED_TOTALS, history, since

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"


def _two_stores() -> dict[str, t.Any]:
    """Return the facts of a host that has two model directories, on a disk each; the second is nearly full.

    Of the models that it must have, it lacks one, and has another one of the same name as the second.
    """
    mib = example_fleet.MIB
    one = example_fleet.host([example_fleet.model("a.gguf", 100 * mib)], path="/srv/ai")
    other = example_fleet.host([example_fleet.model("b.ocr", 50 * mib)], path="/srv/ocr")
    other["directories"][0]["disk"] = {"total_bytes": 1000 * mib, "available_bytes": 100 * mib}
    sums = {name: one[name] + other[name] for name in ("count", "bytes", "allocated_bytes")}
    states = {"a.gguf": "present", "de.gguf": "missing", "b.ocr": "different"}
    required = [{"name": name, "state": state} for name, state in states.items()]
    facts = {**one, **sums, **{name: one[name] + other[name] for name in ("directories", "models")}}
    return {**facts, "required": required, "missing_count": 1, "different_count": 1}


# Of each its facts, reasons, groups, failures and runs, as far as it has them.
FLEETS: dict[str, t.Callable[[], tuple[t.Any, ...]]] = {
    "everyday": lambda: (*example_fleet.everyday_fleet(), None, example_fleet.everyday_failures()),
    "maintained": lambda: (
        *example_fleet.everyday_fleet(),
        example_fleet.everyday_groups(),
        example_fleet.everyday_failures(),
        example_fleet.everyday_runs(),
    ),
    "hostile": example_fleet.hostile_fleet,
    "large": lambda: (example_fleet.large_fleet(1000), {}),
    "healthy": lambda: ({"ocr1": example_fleet.host([example_fleet.model("spelling/en.bin", 4711)])}, {}),
    "stores": lambda: ({"ocr1": _two_stores()}, {}),
    "empty": lambda: ({}, {}),
}


def summary_of(fleet: str) -> dict[str, t.Any]:
    """Return the summary of one of the FLEETS."""
    summary = ocr_fleet_summary(*FLEETS[fleet]())
    if fleet == "maintained":
        summary["meta"] = {"time": "2026-11-20T12:10:00Z", "run": {"kind": "prune", "id": "8"}}
        last, *_first = earlier = [
            {"time": f"2026-11-{19 - day}T12:10:00Z", "run": {"kind": "cache", "id": str(7 - day)}, "totals": totals}
            for day, totals in enumerate(_earlier_totals(summary["totals"]))
        ]
        causes = {row["host"]: row["causes"] for row in summary["hosts"] if row["host"] != "ocr-par-07"}
        causes.update({"ocr-ams-05": [], "ocr-ber-04": ["stale"], "ocr-old-01": []})
        summary["since"] = since(summary, {**last, "causes": causes})
        summary["history"] = history("\n".join(map(json.dumps, reversed(earlier))), summary)
    return summary


def _earlier_totals(totals: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Return the totals of earlier runs, the last one first: there was more to gain each day."""
    steps = [int(2.5e9 * day) for day in (1, 2, 4, 3, 2, 1)]
    return [
        {**{name: totals[name] for name in COMPARED_TOTALS}, "hosts": 23}
        | {name: totals[name] + more for name in ("bytes", "reclaimable_bytes")}
        for more in steps
    ]


def write_page(fleet: str, folder: Path) -> Path:
    """Write the page of one of the FLEETS, and return the file."""
    page = folder / f"{fleet}.html"
    page.write_text(to_html(summary_of(fleet), title="OCR models of the fleet"), encoding="utf-8")
    return page


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium with a new profile that asks for nothing by itself; end it afterwards."""
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{feature}" for feature in quiet)],
        )
        try:
            yield browser
        finally:
            browser.close()
