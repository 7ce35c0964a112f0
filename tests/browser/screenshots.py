# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the pictures of the report for the README, in docs/images: the nox session `screenshots`."""

from __future__ import annotations

import tempfile
import typing as t
from pathlib import Path

import pages

IMAGES = pages.ROOT / "docs" / "images"

_SHOTS: dict[str, dict[str, t.Any]] = {
    "report-light.png": {"color_scheme": "light", "viewport": {"width": 1280, "height": 1000}},
    "report-dark.png": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1000}},
    "report-phone.png": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}


def main() -> None:
    """Open the everyday fleet's page in each setting, and write what is seen."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, pages.chromium() as browser:
        address = pages.write_page("everyday", Path(folder)).as_uri()
        for name, settings in _SHOTS.items():
            context = browser.new_context(**settings)
            page = context.new_page()
            page.goto(address)
            page.screenshot(path=IMAGES / name)
            context.close()
            print(IMAGES / name)


if __name__ == "__main__":
    main()
