# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What axe-core and a ruler say of the page in each of its states."""

from __future__ import annotations

import typing as t

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Open
from playwright.sync_api import Page

# The rules about colours take axe most of its time, and only they depend on the scheme.
COLOURS = ["color-contrast", "link-in-text-block"]
ALL_BUT_COLOURS = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
FLEETS = ["maintained", "hostile", "large", "empty"]


def open_details(page: Page) -> None:
    """Show what the page folds away."""
    for button in page.locator("button.host").all()[:3]:
        button.click()
    for summary in page.locator("summary").all():
        summary.click()


def check(page: Page, options: dict[str, t.Any] | None = None) -> None:
    """Fail with axe's report, if it has one. To describe what passes takes it longer than all rules."""
    results = Axe().run(page, options={"resultTypes": ["violations"], **(options or {})})
    assert results.violations_count == 0, results.generate_report()


def check_colours(page: Page) -> None:
    """Check the rules about colours in the light and in the dark."""
    page.emulate_media(color_scheme="light")
    check(page, {"runOnly": {"type": "rule", "values": COLOURS}})
    page.emulate_media(color_scheme="dark")
    check(page, {"runOnly": {"type": "rule", "values": COLOURS}})


@pytest.mark.parametrize("fleet", FLEETS)
@pytest.mark.parametrize("width", [1280, 820, 390])
def test_axe_finds_nothing(open_page: Open, fleet: str, width: int) -> None:
    page = open_page(fleet, viewport={"width": width, "height": 900})
    open_details(page)
    check(page, ALL_BUT_COLOURS)


@pytest.mark.parametrize("fleet", ["maintained", "hostile", "empty"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_colour_that_is_hard_to_read(open_page: Open, fleet: str, width: int) -> None:
    page = open_page(fleet, viewport={"width": width, "height": 900})
    open_details(page)
    check_colours(page)


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
def test_axe_finds_nothing_in_what_links_open(open_page: Open, fragment: str) -> None:
    page = open_page("maintained", fragment=fragment, viewport={"width": 390, "height": 844})
    check(page, ALL_BUT_COLOURS)
    check_colours(page)


def test_axe_finds_nothing_at_the_end_of_many_hosts(open_page: Open) -> None:
    page = open_page("large")
    page.locator("footer").scroll_into_view_if_needed()
    page.locator("#fleet > tbody").last.locator("button").last.click()
    check(page)


@pytest.mark.parametrize("fleet", FLEETS)
def test_the_page_never_scrolls_sideways(open_page: Open, fleet: str) -> None:
    page = open_page(fleet, viewport={"width": 1440, "height": 900})
    for button in page.locator("button.host").all()[:3]:
        button.click()
    for width in (1440, 1280, 1250, 1240, 1024, 768, 414, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
