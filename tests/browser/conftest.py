# Copyright (c) 2026, the ocrfleet.aspose contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One browser for all tests, and a way to open a page that notes whatever goes wrong on it."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import report_pages
from playwright.sync_api import Browser, Page

Open = Callable[..., Page]
SCREEN = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with report_pages.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the file of each fleet's page."""
    folder = tmp_path_factory.mktemp("pages")
    return {fleet: report_pages.write_page(fleet, folder) for fleet in report_pages.FLEETS}


@pytest.fixture(scope="session")
def first_page(browser: Browser) -> Page:
    """Return the page that each test opens first. A process for each of them costs more than what they try on it."""
    return browser.new_context().new_page()


@pytest.fixture
def open_page(browser: Browser, first_page: Page, written: dict[str, Path]) -> Iterator[Open]:
    """Return a function that opens the page of a fleet. The test fails if a page logs or requests anything."""
    complaints: list[str] = []
    opened: list[Page] = []
    owns: set[str] = set()
    listeners: dict[str, Callable[..., object]] = {
        "console": lambda message: complaints.append(f"console: {message.text}"),
        "pageerror": lambda error: complaints.append(f"error: {error}"),
        "dialog": lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()),
        "request": lambda request: complaints.extend(_foreign(request.url, owns)),
    }

    def open_(
        fleet: str,
        fragment: str = "",
        *,
        viewport: dict[str, int] | None = None,
        color_scheme: str = "light",
        **more: t.Any,
    ) -> Page:
        page = browser.new_context(**more).new_page() if opened or more else first_page
        opened.append(page)
        page.set_viewport_size(viewport or SCREEN)
        page.emulate_media(media="null", color_scheme=color_scheme)
        for event, listener in listeners.items():
            page.on(event, listener)
        own = written[fleet].as_uri()
        owns.add(own)
        page.goto(f"{own}#{fragment}" if fragment else own)
        return page

    yield open_
    for page in opened:
        if page is not first_page:
            page.context.close()
            continue
        page.goto("about:blank")
        page.mouse.move(0, 0)
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    assert complaints == []


def _foreign(url: str, owns: set[str]) -> list[str]:
    return [] if url.split("#")[0] in owns or url in ("data:,", "about:blank") else [f"request: {url}"]
