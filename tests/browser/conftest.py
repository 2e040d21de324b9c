"""A real browser for tests of what people see: Debian's Chromium, without a window and without a network."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

# The shell is the same engine without windows, at half the processor.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Yield the browser: one for all of a process's tests, for it takes a second to start."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: nobody looked at the pages")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Yield an empty page; whatever the page complains of in its console fails the test."""
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await page.close()
    assert [] == complaints
