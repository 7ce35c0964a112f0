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


@pytest.fixture
def open_page(browser: Browser, written: dict[str, Path]) -> Iterator[Open]:
    """Return a function that opens the page of a fleet. The test fails if a page logs or requests anything."""
    complaints: list[str] = []
    contexts = []

    def open_(fleet: str, fragment: str = "", **settings: t.Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
        own = written[fleet].as_uri()
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: complaints.extend(_foreign(request.url, own)))
        page.goto(f"{own}#{fragment}" if fragment else own)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _foreign(url: str, own: str) -> list[str]:
    return [] if url.split("#")[0] == own or url == "data:," else [f"request: {url}"]
