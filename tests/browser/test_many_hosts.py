# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page with more hosts than a browser should draw at once: rows come as they are needed, and none is lost."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import Open
from playwright.sync_api import Page, expect
from test_page import shown_hosts

ROWS = "#fleet > tbody > tr:not(.room)"


def to_the_end(page: Page) -> None:
    """Scroll down until the last host is there: the page knows how high rows are only when it has drawn them."""
    last = page.locator("#fleet > tbody").last
    for _time in range(20):
        page.locator("footer").scroll_into_view_if_needed()
        page.wait_for_timeout(50)
        if last.locator(".room").count() == 0:
            return


def test_only_what_is_near_has_rows(open_page: Open) -> None:
    page = open_page("large")
    expect(page.get_by_role("status")).to_have_text("1,000 hosts")
    expect(page.locator(".panel")).to_have_count(0)
    assert page.locator(ROWS).count() < 300
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height > 1000 * 30, "the page is as long as its table will be"


@pytest.mark.parametrize("width", [1280, 390])
def test_every_host_can_be_scrolled_to(open_page: Open, width: int) -> None:
    page = open_page("large", viewport={"width": width, "height": 900})
    to_the_end(page)
    assert shown_hosts(page)[-1] == "ocr1000.example.com"
    assert page.locator(ROWS).count() < 500
    expect(page.locator("#fleet > tbody").first.locator(".room")).to_have_count(1)
    page.locator("#hosts-title").scroll_into_view_if_needed()
    expect(page.locator("#fleet > tbody").first.locator(".room")).to_have_count(0)
    assert shown_hosts(page)[0] == "ocr1.example.com"


def test_rows_say_where_they_stand(open_page: Open) -> None:
    page = open_page("large")
    table = page.locator("#fleet")
    expect(table).to_have_attribute("aria-rowcount", "1001")
    to_the_end(page)
    expect(page.locator(ROWS).last).to_have_attribute("aria-rowindex", "1001")
    button = page.get_by_role("button", name="ocr999.example.com")
    button.click()
    expect(table).to_have_attribute("aria-rowcount", "1002")
    numbers = page.locator(f"{ROWS}").evaluate_all("rows => rows.slice(-3).map(row => row.ariaRowIndex)")
    assert numbers == ["1000", "1001", "1002"]
    page.get_by_role("searchbox").fill("ocr999.")
    expect(table).to_have_attribute("aria-rowcount", "3")
    assert page.locator("#fleet > * > tr").evaluate_all("rows => rows.map(row => row.ariaRowIndex)") == ["1", "2", "3"]


def test_a_row_with_the_focus_stays(open_page: Open) -> None:
    page = open_page("large")
    page.get_by_role("button", name="ocr3.example.com").focus()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("#fleet > tbody").nth(2).locator(".room")).to_have_count(1)
    expect(page.get_by_role("button", name="ocr3.example.com")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tr.details")).to_have_count(1)


def test_the_keyboard_leads_through_all_hosts(open_page: Open) -> None:
    page = open_page("large")
    page.get_by_role("button", name="ocr49.example.com").focus()
    for number in range(50, 130):
        following = page.get_by_role("button", name=f"ocr{number}.example.com", exact=True)
        # The page makes the next rows in a frame or two, before a person can press the key again.
        expect(following).to_be_attached()
        page.keyboard.press("Tab")
        expect(following).to_be_focused()


def test_what_is_far_away_is_found_and_opens(open_page: Open) -> None:
    page = open_page("large")
    page.get_by_role("searchbox").fill("ocr777.")
    assert shown_hosts(page) == ["ocr777.example.com"]
    page.get_by_role("button", name="ocr777.example.com").click()
    expect(page.locator(".panel")).to_have_count(1)
    expect(page.locator(".panel tbody").last.locator("tr")).to_have_count(20)


def test_the_search_box_says_that_it_replaces_the_browsers(open_page: Open) -> None:
    page = open_page("large")
    hint = "Use this box instead of the browser's own search"
    expect(page.get_by_role("searchbox")).to_have_accessible_description(
        f"{hint}: it looks in all hosts, also in those not on the screen, and in their models and processes."
    )


def test_paper_has_the_first_hosts_and_says_so(open_page: Open, tmp_path: Path) -> None:
    page = open_page("large")
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    command = ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    for number in (1, 2, 250, 500):
        assert re.search(rf"^ *ocr{number}\.example\.com .* 2026-11-20 12:00$", text, flags=re.MULTILINE), number
    assert "ocr501.example.com" not in text.split("Hosts")[-1]
    assert "Printed are the first 500 of 1,000 hosts. hosts.csv has all of them." in text
    expect(page.locator("#fleet > tbody[hidden]")).to_have_count(0)
