# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the pictures of the report for the documentation, in docs/images: the nox session `screenshots`."""

from __future__ import annotations

import subprocess
import tempfile
import typing as t
from pathlib import Path

import example_fleet
import report_pages

IMAGES = report_pages.ROOT / "docs" / "images"

_DESK = {"viewport": {"width": 1280, "height": 1000}}
_PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}

# Of each picture the fleet, the part of the page that it starts with, and the browser's settings.
_SHOTS: dict[str, tuple[str, str, dict[str, t.Any]]] = {
    "report-light.png": ("maintained", "h1", {"color_scheme": "light", **_DESK}),
    "report-dark.png": ("maintained", "h1", {"color_scheme": "dark", **_DESK}),
    "report-hosts.png": ("maintained", "#hosts", {"color_scheme": "light", **_DESK}),
    "report-many-hosts.png": ("many", "#hosts", {"color_scheme": "light", **_DESK}),
    "report-phone.png": ("maintained", "h1", {"color_scheme": "light", **_PHONE}),
    "report-phone-hosts.png": ("maintained", "#hosts", {"color_scheme": "light", **_PHONE}),
}


def main() -> None:
    """Open the fleets' pages in each setting, and write what is seen, and a sheet of what is printed."""
    IMAGES.mkdir(exist_ok=True)
    report_pages.FLEETS["many"] = lambda: (example_fleet.large_fleet(10_000), {})
    with tempfile.TemporaryDirectory() as folder, report_pages.chromium() as browser:
        written = {fleet: report_pages.write_page(fleet, Path(folder)) for fleet in ("maintained", "many")}
        for name, (fleet, start, settings) in _SHOTS.items():
            context = browser.new_context(**settings)
            page = context.new_page()
            page.goto(written[fleet].as_uri())
            page.locator(start).evaluate("part => part === document.querySelector('h1') || part.scrollIntoView()")
            page.wait_for_timeout(500)
            page.screenshot(path=IMAGES / name)
            context.close()
            print(IMAGES / name)
        page = browser.new_page()
        page.goto(written["maintained"].as_uri())
        printed = Path(folder) / "report.pdf"
        page.pdf(path=printed, prefer_css_page_size=True)
        picture = IMAGES / "report-print.png"
        command = ["pdftoppm", "-png", "-singlefile", "-r", "96", "-f", "1", str(printed), str(picture.with_suffix(""))]
        subprocess.run(command, check=True)
        print(picture)


if __name__ == "__main__":
    main()
