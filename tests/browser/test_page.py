# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's page in a real browser: what a person sees and does, with hosts that mean well and hosts that do not.

Each test also fails when the page logs anything, throws, opens a dialog, or requests anything (conftest.py).
"""

from __future__ import annotations

from pathlib import Path

import example_fleet
import pytest
import report_pages
from conftest import Open
from playwright.sync_api import Browser, Page, expect
from tested_with import Record

PHONE = {"viewport": {"width": 390, "height": 844}}


def shown_hosts(page: Page) -> list[str]:
    """Return the names of the hosts that the table shows, in its order."""
    return page.locator("#fleet > tbody > tr:not(.details) .host").all_inner_texts()


def totals(page: Page, name: str) -> str:
    """Return the number, in bytes where it is a size, in one of the boxes at the top."""
    box = page.locator(f"#total-{name}")
    size = box.locator("data")
    return str(size.get_attribute("value")) if size.count() else box.locator("dd").first.inner_text()


class TestNumbers:
    """The page, its embedded data and the summary say the same."""

    def test_totals(self, open_page: Open, record_property: Record) -> None:
        record_property("tested", "report in: Chromium")
        page = open_page("everyday")
        expected = report_pages.summary_of("everyday")["totals"]
        assert totals(page, "hosts") == str(expected["hosts"])
        assert totals(page, "models") == str(expected["bytes"])
        assert totals(page, "gain") == str(expected["reclaimable_bytes"])
        assert totals(page, "stale") == str(expected["stale_bytes"])
        assert totals(page, "incomplete") == str(expected["incomplete_bytes"])
        assert totals(page, "pending") == str(expected["pending_bytes"])
        assert totals(page, "in-use") == str(expected["in_use_count"])

    def test_rows(self, open_page: Open) -> None:
        page = open_page("everyday")
        rows = report_pages.summary_of("everyday")["hosts"]
        assert shown_hosts(page) == [row["host"] for row in rows]
        sizes = page.locator("#fleet > tbody > tr > td:nth-child(4) data").evaluate_all("all => all.map(x => x.value)")
        assert sizes == [str(row["bytes"]) for row in rows if row["reason"] is None]

    def test_sizes_for_people_are_the_same_in_both_parts_of_the_page(self, open_page: Open) -> None:
        page = open_page("everyday")
        page.get_by_role("button", name="ocr-ber-05").click()
        drifted = page.locator("table.drift .number").first.inner_text()
        name = page.locator(".panel tr", has_text="recognition/latin-v9.onnx")
        assert drifted == name.locator("data").inner_text()


class TestSorting:
    """A click on a heading sorts by it, largest first for numbers; a second click turns the order around."""

    @pytest.mark.parametrize(
        ("heading", "column"), [("Size", "bytes"), ("Stale", "stale_allocated_bytes"), ("To gain", "reclaimable_bytes")]
    )
    def test_by_number(self, open_page: Open, heading: str, column: str) -> None:
        page = open_page("everyday")
        values = {row["host"]: row[column] for row in report_pages.summary_of("everyday")["hosts"]}
        button = page.locator("#fleet thead").get_by_role("button", name=heading, exact=True)
        for turns, order in ((1, "descending"), (2, "ascending")):
            button.click()
            expect(page.locator("#fleet th[aria-sort]")).to_have_count(1)
            expect(page.locator(f'#fleet th[aria-sort="{order}"]')).to_have_text(heading)
            hosts = shown_hosts(page)
            known = [values[host] for host in hosts if values[host] is not None]
            assert known == sorted(known, reverse=turns == 1)
            assert [values[host] for host in hosts[-2:]] == [None, None], "hosts without a report come last"

    def test_by_name_counts_as_people_do(self, open_page: Open) -> None:
        page = open_page("large")
        assert shown_hosts(page)[:3] == ["ocr1.example.com", "ocr2.example.com", "ocr3.example.com"]
        page.locator("#fleet thead").get_by_role("button", name="Host").click()
        assert shown_hosts(page)[0] == "ocr1000.example.com"

    def test_an_open_host_keeps_its_details_below_it(self, open_page: Open) -> None:
        page = open_page("everyday")
        page.get_by_role("button", name="ocr-ber-03").click()
        page.locator("#fleet thead").get_by_role("button", name="Stale").click()
        above = page.locator("tr.details").evaluate(
            "row => row.previousElementSibling.querySelector('.host').innerText"
        )
        assert above.startswith("ocr-ber-03")


class TestFiltering:
    """Typing narrows the table, by hosts and by what is on them."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ber-03", ["ocr-ber-03"]),
            ("OCR-BER-03", ["ocr-ber-03"]),
            ("qwen3", ["ocr-ams-07", "ocr-par-02"]),
            ("qwen3 ocr-par", ["ocr-par-02"]),
            ("permission denied", ["ocr-par-08"]),
            ("no icu", ["ocr-par-05"]),
            ("26.9.1", ["ocr-ams-04", "ocr-ber-04", "ocr-par-04"]),
            ("old_llama-3.1", ["ocr-ber-03", "ocr-ber-06"]),
            ("nothing has this", []),
        ],
    )
    def test_typing(self, open_page: Open, text: str, expected: list[str]) -> None:
        page = open_page("everyday")
        page.get_by_role("searchbox").press_sequentially(text)
        assert shown_hosts(page) == expected
        expect(page.get_by_role("status")).to_have_text(f"{len(expected)} of 24 hosts")
        page.get_by_role("searchbox").fill("")
        expect(page.get_by_role("status")).to_have_text("24 hosts")

    def test_views_show_what_their_count_says(self, open_page: Open) -> None:
        page = open_page("everyday")
        buttons = page.get_by_role("group", name="Show").get_by_role("button")
        assert buttons.count() == 9
        for button in buttons.all():
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            expect(page.locator('#views [aria-pressed="true"]')).to_have_count(1)
            assert len(shown_hosts(page)) == int(button.locator(".count").inner_text())

    def test_hidden_hosts_hide_their_details(self, open_page: Open) -> None:
        page = open_page("everyday")
        page.get_by_role("button", name="ocr-ber-03").click()
        page.get_by_role("searchbox").fill("ams")
        expect(page.locator("tr.details")).to_be_hidden()
        page.get_by_role("searchbox").fill("")
        expect(page.locator("tr.details")).to_be_visible()


class TestDetails:
    """A host opens, and shows its models, holders and engine."""

    def test_content(self, open_page: Open) -> None:
        page = open_page("everyday")
        button = page.get_by_role("button", name="ocr-ber-03")
        button.click()
        panel = page.locator(f"#{button.get_attribute('aria-controls')}")
        for text in ("/srv/ocr/models", "1210", "ocr.service", "old_Llama-3.1-8B", "4.58 GiB", "released, 26.10.0"):
            expect(panel).to_contain_text(text)
        expected = [row for row in report_pages.summary_of("everyday")["models"] if row["host"] == "ocr-ber-03"]
        table = panel.locator("table").last
        assert table.locator("tbody th bdi").all_inner_texts() == [row["name"] for row in expected]
        sizes = table.locator("data").evaluate_all("all => all.map(x => x.value)")
        assert sizes == [str(row["bytes"]) for row in expected]
        button.click()
        expect(panel).to_be_hidden()

    def test_drift_is_marked(self, open_page: Open) -> None:
        page = open_page("everyday")
        page.get_by_role("button", name="ocr-ber-05").click()
        row = page.locator(".panel tr", has_text="latin-v9.onnx")
        expect(row).to_contain_text("size differs")
        expect(row).to_contain_text("checksum differs")
        page.get_by_role("button", name="ocr-par-04").click()
        expect(page.locator("dt", has_text="Lacks").locator("+ dd")).to_have_text("recognition/arabic-v4.onnx")

    def test_a_host_on_which_something_failed_shows_it_beside_its_facts(self, open_page: Open) -> None:
        page = open_page("everyday")
        failure = example_fleet.everyday_failures()["ocr-ber-06"]
        row = page.locator("#fleet > tbody > tr", has_text="ocr-ber-06")
        expect(row.locator(".badge.bad")).to_have_text("failed")
        expect(row.locator("td.stale")).to_contain_text("GiB")
        expect(page.locator("#total-hosts")).to_contain_text("2 without a report, 1 failed")
        page.get_by_role("group", name="Show").get_by_role("button", name="Failed 1", exact=True).click()
        assert shown_hosts(page) == ["ocr-ber-06"]
        page.get_by_role("button", name="ocr-ber-06").click()
        expect(page.locator(".panel")).to_contain_text(failure)

    def test_two_directories_on_two_disks(self, open_page: Open) -> None:
        page = open_page("stores")
        row = page.locator("#fleet > tbody > tr").first
        expect(row.locator("svg")).to_have_attribute("aria-label", "current 50.0 MiB, other 850 MiB, free 100 MiB")
        page.get_by_role("button", name="ocr1").click()
        panel = page.locator(".panel")
        expect(panel.locator("dt", has_text="Model directory")).to_have_count(2)
        assert panel.locator("tbody th").all_inner_texts() == ["/srv/ai/a.gguf", "/srv/ocr/b.ocr"]

    def test_by_keyboard_alone(self, open_page: Open) -> None:
        page = open_page("everyday")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.get_by_role("button", name="ocr-ams-01").focus()
        page.keyboard.press("Enter")
        expect(page.locator("tr.details")).to_be_visible()
        page.keyboard.press("Space")
        expect(page.locator("tr.details")).to_be_hidden()


class TestHostileHosts:
    """What a host made up is shown as the text that it is."""

    def test_names_show_as_text(self, open_page: Open) -> None:
        page = open_page("hostile")
        page.get_by_role("button", name="evil").click()
        names = page.locator(".panel").last.locator("section").last.locator("tbody th bdi").all_inner_texts()
        plain = [name for name in example_fleet.HOSTILE_NAMES if name.isprintable() and name.isascii()]
        assert len(plain) > 10
        assert set(plain) <= set(names)
        assert len(names) == len(example_fleet.HOSTILE_NAMES)
        assert page.title() == "OCR models of the fleet"

    def test_no_element_comes_from_a_host(self, open_page: Open) -> None:
        page = open_page("hostile")
        page.get_by_role("button", name="evil").click()
        for summary in page.locator("summary").all():
            summary.click()
        assert page.locator("script").count() == 2
        assert page.locator("img, iframe, s, u, i, b, [onerror], [onmouseover]").count() == 0

    def test_what_cannot_be_seen_is_spelled_out(self, open_page: Open) -> None:
        page = open_page("hostile")
        page.get_by_role("button", name="evil").click()
        text = page.locator(".panel").inner_text()
        for spelled in ("\\u202egpj.exe", "\\u001b[31mred", "line\\u2028separator"):
            assert spelled in text

    def test_the_page_lets_nothing_in_but_its_own_style_and_script(self, open_page: Open) -> None:
        page = open_page("everyday")
        policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content") or ""
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy and "http" not in policy and "*" not in policy

    def test_malformed_and_silent_hosts_are_listed(self, open_page: Open) -> None:
        page = open_page("hostile")
        expect(page.locator("#fleet tbody tr", has_text="liar")).to_contain_text("malformed facts")
        expect(page.locator("#fleet tbody tr", has_text="mute")).to_contain_text("<script>alert('reason')</script>")


def test_dark_is_dark_and_light_is_light(open_page: Open) -> None:
    backgrounds = [
        open_page("everyday", color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    brightness = [sum(int(part) for part in color[4:-1].split(",")) for color in backgrounds]
    assert brightness[0] > 600 and brightness[1] < 150


def test_print_leaves_out_the_controls_and_nothing_else(open_page: Open) -> None:
    page = open_page("everyday", **PHONE)
    page.emulate_media(media="print")
    expect(page.locator("#controls")).to_be_hidden()
    for heading in page.locator("#fleet thead th").all():
        expect(heading).to_be_visible()
    assert len(shown_hosts(page)) == 24


def test_without_script_the_numbers_are_there(browser: Browser, written: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written["everyday"].as_uri())
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.locator("#total-stale")).to_contain_text("GiB")
    expect(page.locator("#fleet")).to_be_hidden()
    expect(page.locator("table.plain > tbody > tr")).to_have_count(24)
    expect(page.locator("table.plain > tbody > tr", has_text="ocr-par-08")).to_contain_text("Permission denied")
    expect(page.locator("#actions")).to_contain_text("Permission denied")
    context.close()
