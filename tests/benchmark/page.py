# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the page of a large fleet in Chromium: how large it is, and how long it takes to open, to sort and to filter.

Needs what the nox session `browser` installs, and on PYTHONPATH tests/support and the folder that holds
ansible_collections. A time ends when the change is laid out and painted; beside it stands the processor time of the
page's main thread, which does not depend on what else the machine does. The figures are printed, not judged.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import typing as t
from pathlib import Path

import example_fleet
import report_pages
from playwright.sync_api import Page

_PAINTED = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now() - start))))"
_SORT = f"""(title) => {{
  const button = [...document.querySelectorAll("#fleet thead button")].find((made) => made.textContent === title);
  const start = performance.now();
  button.click();
  return {_PAINTED};
}}"""
_FILTER = f"""(words) => {{
  const search = document.getElementById("search");
  const start = performance.now();
  search.value = words;
  search.dispatchEvent(new Event("input"));
  return {_PAINTED};
}}"""


def main() -> None:
    """Write the page, open it several times, and print what each step took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    report_pages.FLEETS["measured"] = lambda: (
        example_fleet.large_fleet(arguments.hosts, arguments.models),
        {},
    )
    steps: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, report_pages.chromium() as browser:
        file = report_pages.write_page("measured", Path(folder))
        print(f"{arguments.hosts} hosts with {arguments.models} models each: {file.stat().st_size / 1e6:.1f} MB")
        for _time in range(arguments.times):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            for name, taken, processor in _steps(page, file.as_uri()):
                steps.setdefault(name, []).append((taken, processor))
            page.close()
    print("median of                      ms  processor ms")
    for name, measured in steps.items():
        taken, processor = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:26} {taken:6.0f}  {processor:12.0f}")


def _steps(page: Page, address: str) -> t.Iterator[tuple[str, float, float]]:
    """Open the page and use it, and yield of each step its name, its milliseconds, and those of the processor."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def processor() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

    start = time.perf_counter()
    page.goto(address)
    page.locator("#fleet tbody th").first.wait_for()
    yield "open", 1000 * (time.perf_counter() - start), processor()
    used = [(f"sort by {title}", _SORT, title) for title in ("Free", "Stale", "Engine", "Host")]
    used += [(f"filter by {words!r}", _FILTER, words) for words in ("o", "old_", "old_1 ocr77", "nobody has this", "")]
    for name, script, value in used:
        before = processor()
        taken = float(page.evaluate(script, value))
        yield name, taken, processor() - before


if __name__ == "__main__":
    main()
