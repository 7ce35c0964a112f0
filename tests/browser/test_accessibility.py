# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What axe-core and a ruler say of the page in each of its states."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Open


@pytest.mark.parametrize("fleet", ["maintained", "hostile", "large", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 820, 390])
def test_axe_finds_nothing(open_page: Open, fleet: str, scheme: str, width: int) -> None:
    page = open_page(fleet, color_scheme=scheme, viewport={"width": width, "height": 900})
    for button in page.locator("button.host").all()[:3]:
        button.click()
    for summary in page.locator("summary").all():
        summary.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "fragment",
    [
        "q=nobody+has+this",
        "view=gain&sort=-reclaimable_bytes",
        "cause=no_report",
        "model=spelling%2Fen.bin&group=ams",
        "run=prune",
    ],
)
def test_axe_finds_nothing_in_what_links_open(open_page: Open, fragment: str, scheme: str) -> None:
    page = open_page("maintained", fragment=fragment, color_scheme=scheme, viewport={"width": 390, "height": 844})
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_axe_finds_nothing_at_the_end_of_many_hosts(open_page: Open) -> None:
    page = open_page("large")
    page.locator("footer").scroll_into_view_if_needed()
    page.locator("#fleet > tbody").last.locator("button").last.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("fleet", ["maintained", "hostile", "large", "empty"])
@pytest.mark.parametrize("width", [1440, 1280, 1250, 1240, 1024, 768, 414, 390, 320])
def test_the_page_never_scrolls_sideways(open_page: Open, fleet: str, width: int) -> None:
    page = open_page(fleet, viewport={"width": width, "height": 900})
    for button in page.locator("button.host").all()[:3]:
        button.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
