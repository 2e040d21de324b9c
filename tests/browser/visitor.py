"""A person before the demo's page: types, presses and reads what a browser really shows."""

import re

from playwright.async_api import Locator, Page, expect

PATIENCE_MS = 25_000


class Visitor:
    """One window, acting as one person."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE_MS)

    async def come(self, address: str, name: str, place: str = "ops") -> None:
        """Open the page."""
        await self.page.goto(f"{address}/?as={name}&in={place}")
        await self.page.locator("body[data-ready]").wait_for()

    async def type(self, text: str) -> None:
        """Write a message or a command, and press Enter."""
        await self.page.locator("#words").fill(text)
        await self.page.locator("#words").press("Enter")

    async def go(self, name: str) -> None:
        """Go to a channel whose name begins like this."""
        await self.page.locator("#sidebar").get_by_role("button", name=re.compile(rf"[#🔒🏠💬] {name}")).click()
        await expect(self.page.locator("#head h1")).to_contain_text(name)

    def button(self, label: str) -> Locator:
        """Return the newest button of the channel on which this stands."""
        return self.page.locator("#messages button", has_text=re.compile(rf"^{re.escape(label)}$")).last

    async def press(self, label: str) -> None:
        """Press it as soon as it is there."""
        await self.button(label).click()

    async def see(self, text: str) -> None:
        """Wait until the channel reads like this."""
        await expect(self.page.locator("#messages")).to_contain_text(text, timeout=PATIENCE_MS)

    async def told(self, text: str) -> None:
        """Wait until the page complains of this."""
        await expect(self.page.locator("#toast")).to_contain_text(text, timeout=PATIENCE_MS)

    async def play(self, title: str) -> None:
        """Choose what the provider does."""
        choice = self.page.locator("#provider").get_by_label(title, exact=True)
        await choice.check()
        await expect(choice).to_be_checked()

    async def jump(self, label: str) -> None:
        """Move the clock on."""
        await self.page.locator("#clock").get_by_role("button", name=label).click()

    async def fill(self, label: str, text: str) -> None:
        """Fill in a field of the open form."""
        await self.page.locator("#form").get_by_label(label).fill(text)

    async def submit(self) -> None:
        """Send the open form."""
        await self.page.locator("#form button[type=submit]").click()
