# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page from a phone to a wide screen: names stay whole and in their cells, and nothing that is known disappears."""

from __future__ import annotations

import pytest
import report_pages
from conftest import Open
from playwright.sync_api import Page, expect

WIDTHS = [320, 390, 414, 768, 1024, 1280, 1440]

# The words of names that stand in two lines, although what is between two separators has room in one.
BROKEN = r"""
(selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility()).flatMap((node) => {
  let box = node;
  while (getComputedStyle(box).display.startsWith("inline")) {
    box = box.parentElement;
  }
  const style = getComputedStyle(box);
  const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 24;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const linesOf = (start, length) => {
    range.setStart(walker.currentNode, start);
    range.setEnd(walker.currentNode, start + length);
    return [...range.getClientRects()];
  };
  const broken = [];
  while (walker.nextNode()) {
    for (const part of walker.currentNode.data.matchAll(/[^-._\/:@\\\s]+/g)) {
      const length = linesOf(part.index, part[0].length).reduce((sum, line) => sum + line.width, 0);
      for (const word of length > room ? [] : part[0].matchAll(/[A-Za-z0-9]+/g)) {
        const tops = linesOf(part.index + word.index, word[0].length).map((line) => Math.round(line.top));
        if (new Set(tops).size > 1) {
          broken.push(word[0]);
        }
      }
    }
  }
  return broken;
})
"""

# Cells and boxes that something leaves on the right.
LEFT = """
(selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility()).filter((node) =>
  [node, ...node.querySelectorAll("*")].some((part) => part.getClientRects().length > 0 && !part.closest(".quiet")
    && part.getBoundingClientRect().right > node.getBoundingClientRect().right + 1)
).map((node) => node.textContent)
"""


def opened(open_page: Open, fleet: str, width: int) -> Page:
    """Open a page with its first hosts opened."""
    page = open_page(fleet, viewport={"width": width, "height": 900})
    for button in page.locator("button.host").all()[:2]:
        button.click()
    return page


@pytest.mark.parametrize("fleet", ["maintained", "hostile"])
@pytest.mark.parametrize("width", WIDTHS)
def test_names_stay_whole_and_in_their_cells(open_page: Open, fleet: str, width: int) -> None:
    page = opened(open_page, fleet, width)
    assert page.evaluate(BROKEN, "#fleet .host, main bdi, .panel bdi, td > code") == []
    cells = "#fleet > thead th, #fleet > tbody > tr:not(.details) > *, .drift tr > *, .sums tr > *"
    selector = f"{cells}, .change, .action > *, .totals > div"
    assert page.evaluate(LEFT, selector) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_column_disappears(open_page: Open, width: int) -> None:
    page = open_page("maintained", viewport={"width": width, "height": 900})
    headings = page.locator("#fleet thead th").all()
    assert len(headings) >= 11
    for heading in headings:
        expect(heading).to_be_visible()
        expect(heading.get_by_role("button")).to_be_visible()
    for host in ("ocr-ber-03", "ocr-ams-07", "ocr-ber-06", "ocr-par-05"):
        row = page.locator("#fleet > tbody > tr", has_text=host)
        for cell in row.locator("td").all():
            if cell.inner_text() not in ("0", "\u2013"):
                expect(cell).to_be_visible()
    if width < 1248:
        held = page.locator("#fleet > tbody > tr", has_text="ocr-ber-03").locator("td.pending")
        label = held.evaluate("cell => getComputedStyle(cell, '::before').content")
        assert "Pending" in label or label == 'attr(data-title) " "', label


@pytest.mark.parametrize("width", WIDTHS)
def test_a_badge_is_as_wide_as_its_text(open_page: Open, width: int) -> None:
    page = open_page("everyday", viewport={"width": width, "height": 900})
    badges = page.locator("#fleet .badge, #drift .badge")
    assert all(box < 130 for box in badges.evaluate_all("all => all.map((badge) => badge.offsetWidth)"))


@pytest.mark.parametrize("width", [390, 1280])
def test_rows_and_cells_are_known_as_such(open_page: Open, width: int) -> None:
    """Laid out as lines, the table is a table all the same for who does not see it."""
    page = open_page("everyday", viewport={"width": width, "height": 900})
    rows = page.get_by_role("table", name="Hosts and their models").get_by_role("row")
    expect(rows).to_have_count(1 + len(report_pages.summary_of("everyday")["hosts"]))
    expect(rows.nth(1).get_by_role("rowheader")).to_contain_text("ocr-ams-01")
    expect(rows.first.get_by_role("columnheader").first).to_have_text("Host")
