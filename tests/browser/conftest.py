"""A real browser for tests of what people see: Debian's Chromium, without a window and without a network."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

CHROMIUM = shutil.which("chromium")


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Yield an empty page; whatever the page complains of in its console fails the test."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: nobody looked at the pages")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await browser.close()
    assert [] == complaints
