# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What needs action, the numbers at the top, and the links: each leads to the hosts that it counts."""

from __future__ import annotations

import re

import example_fleet
import pytest
import report_pages
from conftest import Open
from playwright.sync_api import Page, expect
from test_page import shown_hosts


def follow(page: Page, text: str, inside: str = "main") -> list[str]:
    """Click a link, and return the hosts that the table shows then."""
    page.locator(inside).get_by_role("link", name=text, exact=True).first.click()
    return shown_hosts(page)


# Returns the texts of the tiles that have a digit and lead nowhere.
NUMBERS_WITHOUT_A_LINK = """() => {
    const walker = document.createTreeWalker(document.querySelector(".totals"), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const text = walker.currentNode;
        if (/[0-9]/.test(text.textContent) && !text.parentElement.closest("a")) found.push(text.textContent.trim());
    }
    return found;
}"""


class TestNeedsAction:
    """It comes first, one entry a cause, each with its hosts, its reasons and what to do."""

    def test_it_is_the_first_thing_on_the_page(self, open_page: Open) -> None:
        page = open_page("everyday")
        assert page.locator("main h2").first.inner_text() == "Needs action"

    def test_each_cause_leads_to_its_hosts(self, open_page: Open) -> None:
        page = open_page("maintained")
        actions = report_pages.summary_of("maintained")["actions"]
        assert len(actions) > 4
        entries = page.locator("#actions .action")
        expect(entries).to_have_count(len(actions))
        for action, entry in zip(actions, entries.all(), strict=True):
            expect(entry.locator("h3")).to_have_text(action["label"])
            expect(entry.locator(".cure")).to_have_text(action["cure"])
            if action["bytes"]:
                expect(entry.locator("data")).to_have_attribute("value", str(action["bytes"]))
            entry.get_by_role("link").click()
            assert sorted(shown_hosts(page)) == sorted(action["hosts"])
            expect(page.locator("#chips button")).to_have_text(f"Needs action: {action['label']}")

    def test_a_host_on_which_the_prune_failed_is_there_with_its_reason(self, open_page: Open) -> None:
        page = open_page("maintained")
        entry = page.locator("#actions .prune_failed", has_text="Read-only file system")
        expect(entry).to_contain_text("ocr-ber-06")
        expect(entry).to_contain_text(example_fleet.everyday_failures()["ocr-ber-06"])

    def test_who_lacks_a_required_model_and_who_has_another_one(self, open_page: Open) -> None:
        page = open_page("stores")
        entry = page.locator("#actions .required_models")
        expect(entry).to_contain_text("ocr1: missing: de.gguf; different: b.ocr")
        entry.get_by_role("link").click()
        assert shown_hosts(page) == ["ocr1"]
        page.get_by_role("button", name="ocr1").click()
        required = page.locator(".panel dt", has_text="Required").locator("xpath=following-sibling::dd[1]")
        expect(required).to_have_text("de.gguf (missing), b.ocr (different)")

    def test_nothing_to_do(self, open_page: Open) -> None:
        page = open_page("healthy")
        expect(page.locator("#actions")).to_contain_text("Nothing to do")
        expect(page.locator("#actions .action")).to_have_count(0)

    def test_many_hosts_are_counted_rather_than_named(self, open_page: Open) -> None:
        page = open_page("large")
        (stale,) = (action for action in report_pages.summary_of("large")["actions"] if action["key"] == "stale")
        entry = page.locator("#actions .action.stale")
        expect(entry).to_contain_text(f"and {len(stale['hosts']) - 5} others")
        assert entry.locator("bdi").count() == 5


class TestTiles:
    """Each number leads to the hosts behind it."""

    @pytest.mark.parametrize(
        ("box", "expected"),
        [
            ("hosts", lambda host: True),
            ("models", lambda host: bool(host["count"])),
            ("gain", lambda host: bool(host["reclaimable_bytes"])),
            ("stale", lambda host: bool(host["stale_count"])),
            ("incomplete", lambda host: bool(host["incomplete_count"])),
            ("pending", lambda host: bool(host["pending_bytes"])),
            ("in-use", lambda host: bool(host["in_use_count"])),
            ("drift", lambda host: host["host"] in ("ocr-ber-05", "ocr-par-04")),
        ],
    )
    def test_numbers(self, open_page: Open, box: str, expected: object) -> None:
        page = open_page("everyday")
        page.locator(f"#total-{box} dd").first.get_by_role("link").click()
        hosts = [host["host"] for host in report_pages.summary_of("everyday")["hosts"] if expected(host)]  # type: ignore[operator]
        assert sorted(shown_hosts(page)) == hosts
        expect(page.locator("#hosts")).to_be_focused()

    def test_no_number_is_without_a_link(self, open_page: Open) -> None:
        page = open_page("everyday")
        assert page.locator(".totals > div").count() == page.locator(".totals dd:nth-of-type(1) a").count() == 8
        assert page.evaluate(NUMBERS_WITHOUT_A_LINK) == []

    @pytest.mark.parametrize(
        ("text", "hosts"),
        [
            ("2 without a report", ["ocr-ams-05", "ocr-par-08"]),
            ("1 failed", ["ocr-ber-06"]),
            ("3 hosts", ["ocr-ams-04", "ocr-ber-04", "ocr-par-04"]),
        ],
    )
    def test_further_numbers(self, open_page: Open, text: str, hosts: list[str]) -> None:
        assert follow(open_page("everyday"), text) == hosts


class TestSums:
    """Models, groups, runs and what changed, each with a way to the hosts."""

    def test_models_lead_to_the_hosts_that_have_them(self, open_page: Open) -> None:
        page = open_page("maintained")
        summary = report_pages.summary_of("maintained")
        rows = page.locator("#models tbody tr").all()
        assert len(rows) == len(summary["by_model"])
        page.locator("#models summary").click()
        for row, model in zip(rows, summary["by_model"], strict=True):
            expect(row.locator("bdi")).to_have_text(model["name"])
            expect(row.locator("data")).to_have_attribute("value", str(model["allocated_bytes"]))
            row.get_by_role("link").click()
            having = {found["host"] for found in summary["models"] if found["name"] == model["name"]}
            assert set(shown_hosts(page)) == having
            assert len(having) == model["hosts"] == int(row.get_by_role("link").inner_text())

    def test_groups(self, open_page: Open) -> None:
        page = open_page("maintained")
        rows = page.locator("#groups tbody tr")
        groups = report_pages.summary_of("maintained")["by_group"]
        assert [group["group"] for group in groups] == rows.locator("th").all_inner_texts() == ["ams", "ber", "par"]
        for row, group in zip(rows.all(), groups, strict=True):
            links = row.get_by_role("link")
            numbers = [group["hosts"], group["needs_action"]]
            assert [int(links.nth(place).inner_text()) for place in (0, 1)] == numbers
            for place, number in enumerate(numbers):
                links.nth(place).click()
                hosts = shown_hosts(page)
                assert len(hosts) == number
                assert all(f"-{group['group']}-" in host for host in hosts)
        expect(open_page("everyday").locator("#groups")).to_have_count(0)

    def test_what_the_last_run_did(self, open_page: Open) -> None:
        page = open_page("maintained")
        page.locator("dl.facts div", has_text="Last prune").get_by_role("link").click()
        assert shown_hosts(page) == ["ocr-ams-01", "ocr-ber-03", "ocr-ber-06"], "most bytes first"
        expect(page.locator("#fleet tr", has_text="ocr-ams-01")).to_contain_text("freed 4.80 GiB")
        page.get_by_role("button", name="ocr-ams-01").click()
        expect(page.locator(".panel")).to_contain_text("3 models, 4.80 GiB")
        expect(page.locator(".panel")).to_contain_text("ocr.service, down for 0.31 s")
        page.get_by_role("button", name="ocr-ams-01").click()
        page.get_by_role("button", name="ocr-ber-03").click()
        expect(page.locator(".panel")).to_contain_text("2 models; in use: 1; too young: 1")
        page.locator("dl.facts div", has_text="Last dry run").get_by_role("link").click()
        assert shown_hosts(page) == ["ocr-par-02"]
        expect(page.locator("#fleet tr", has_text="ocr-par-02")).to_contain_text("would free 2.40 GiB")
        expect(open_page("everyday").locator("#fleet thead", has_text="Last run")).to_have_count(0)

    def test_what_changed(self, open_page: Open) -> None:
        page = open_page("maintained")
        text = " ".join(page.locator("#since").inner_text().split())
        for part in (
            "Since 2026-11-19 12:10 UTC",
            "Hosts 24 +1",
            "To gain 27.0 GiB \u22122.33 GiB",
            "New hosts: ocr-par-07",
            "Hosts gone: ocr-old-01",
            "New: No report: ocr-ams-05",
            "No longer: Stale models: ocr-ber-04",
        ):
            assert part in text
        lines = page.locator("#since svg")
        expect(lines).to_have_count(2)
        expect(lines.last).to_have_attribute("aria-label", "To gain: 29.3 GiB on 2026-11-14 12:10, 27.0 GiB now")
        expect(page.locator(".subtitle")).to_contain_text("; report of 2026-11-20 12:10 UTC")
        expect(open_page("everyday").locator("#since")).to_have_count(0)


class TestState:
    """The address says what is shown, and a link to it shows that."""

    def test_view_order_and_words_are_in_the_address(self, open_page: Open) -> None:
        page = open_page("everyday")
        page.get_by_role("group", name="Show").get_by_role("button", name="Stale").click()
        page.locator("#fleet thead").get_by_role("button", name="Size").click()
        page.get_by_role("searchbox").fill("ocr-ber")
        expect(page).to_have_url(re.compile(r"#view=stale&q=ocr-ber&sort=-bytes$"))
        again = open_page("everyday", fragment=page.url.split("#")[1])
        assert shown_hosts(again) == shown_hosts(page) == ["ocr-ber-06", "ocr-ber-02"]
        expect(again.get_by_role("searchbox")).to_have_value("ocr-ber")
        expect(again.locator('#views [aria-pressed="true"]')).to_contain_text("Stale")
        expect(again.locator('#fleet th[aria-sort="descending"]')).to_have_text("Size")

    def test_the_way_back(self, open_page: Open) -> None:
        page = open_page("everyday")
        assert len(follow(page, "2 without a report")) == 2
        page.go_back()
        expect(page.get_by_role("status")).to_have_text("24 hosts")
        page.go_forward()
        expect(page.get_by_role("status")).to_have_text("2 of 24 hosts")

    @pytest.mark.parametrize(
        "fragment",
        ["view=nonsense&sort=-nothing", "view=__proto__&sort=constructor", "q=", "cause=nonsense", "=", "hosts"],
    )
    def test_an_odd_address_does_no_harm(self, open_page: Open, fragment: str) -> None:
        page = open_page("everyday", fragment=fragment)
        expect(page.get_by_role("status")).to_have_text("0 of 24 hosts" if "cause" in fragment else "24 hosts")

    def test_markup_in_an_address_is_text(self, open_page: Open) -> None:
        page = open_page("everyday", fragment="model=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
        expect(page.locator("#chips")).to_contain_text("<img src=x onerror=alert(1)>")
        assert page.locator("img").count() == 0

    def test_a_filter_without_a_button_can_be_taken_away(self, open_page: Open) -> None:
        page = open_page("everyday")
        assert follow(page, "3 hosts") == ["ocr-ams-04", "ocr-ber-04", "ocr-par-04"]
        page.get_by_role("button", name="Remove the filter SDK: 26.9.1").click()
        expect(page.get_by_role("status")).to_have_text("24 hosts")
        expect(page.get_by_role("searchbox")).to_be_focused()
        expect(page).to_have_url(re.compile(r"html$"))

    def test_an_empty_result_offers_to_clear(self, open_page: Open) -> None:
        page = open_page("everyday", fragment="view=drift&q=nothing")
        expect(page.locator("#none")).to_contain_text("No host matches.")
        expect(page.locator("#fleet")).to_be_hidden()
        page.get_by_role("button", name="Clear the filter").click()
        expect(page.get_by_role("status")).to_have_text("24 hosts")
        expect(page.locator("#none")).to_be_hidden()
        expect(page.get_by_role("searchbox")).to_be_focused()
        expect(page.get_by_role("searchbox")).to_have_value("")
