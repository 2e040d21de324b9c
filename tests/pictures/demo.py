"""Plays an incident in the demo, and takes the README's pictures of it: `python -m tests.pictures.demo FOLDER`."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright, expect

from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.demo import a_demo

PICTURES = ("verdict", "tree", "recovered", "postmortem")


async def _play(chromium: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        async with a_demo(Path(place)) as (world, _), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            lena = Visitor(await browser.new_page(viewport={"width": 1280, "height": 800}))
            await lena.come(world.workspace.url, "lena")
            await _incident(lena, folder)
            await browser.close()


async def _incident(lena: Visitor, folder: Path) -> None:
    """Walk the tour, with a picture at each turn."""

    async def shoot(name: str) -> None:
        await lena.page.mouse.move(0, 0)
        await lena.page.screenshot(path=folder / f"{name}.png")

    messages = lena.page.locator("#messages .message")
    await lena.type("/anth-triage")
    await lena.button("Open incident").wait_for()
    await messages.last.evaluate("one => one.scrollIntoView(true)")
    await shoot("verdict")
    await lena.press("Open incident")
    await lena.go("inc-1")
    await lena.press("Acknowledge")
    await lena.see("acknowledged")
    await lena.button("529").wait_for()
    await shoot("tree")
    for answer in ("529", "All of them"):
        await lena.press(answer)
    await lena.press("I take it")
    await lena.jump("+15 min")
    await lena.play("All well")
    await lena.press("It works again")
    await lena.see("watch it for a while")
    for seen in ("1 of 3 clean", "2 of 3 clean", "It seems to be over"):
        await lena.jump("+5 min")
        await lena.see(seen)
    await messages.last.scroll_into_view_if_needed()
    await shoot("recovered")
    await lena.press("Resolve")
    await lena.fill("Impact", "Chat answers failed for every customer.")
    await lena.fill("Root cause", "The provider was overloaded; our service had no fallback.")
    await lena.fill("Action items", "Add a fallback model\nAlert on the share of 529 answers")
    await lena.submit()
    await lena.see("Postmortem of INC-1")
    await expect(lena.page.locator("#messages .file img")).to_be_visible(timeout=PATIENCE_MS)
    await lena.page.locator("#head").get_by_role("button", name="Canvas").click()
    await expect(lena.page.locator("#side-items h2").first).to_be_visible()
    await lena.page.locator("#messages").evaluate("one => { one.scrollTop = one.scrollHeight; }")
    await shoot("postmortem")


def main(folder: Path) -> None:
    """Take all of them."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not here: apt-get install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_play(chromium, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
