"""The postmortem's page in a real browser: nothing leaves the file, nothing is complained of, whole on a phone."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page

from bot.postmortem.context import build
from bot.postmortem.document import document
from bot.postmortem.shape import PostmortemContext
from tests.golden.stories import STORIES
from tests.postmortems import HOSTILE, a_context, over_time, with_every_text

pytestmark = pytest.mark.asyncio(loop_scope="session")

_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_UNREADABLE = """() => [...document.querySelectorAll("h1, h2, p, li, td, th, a, code, .chart text")].filter(one => {
    const channels = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
    const light = colour => channels(colour).map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0)
    const style = getComputedStyle(one)
    if (one.matches(".number")) return false
    const ink = light(one instanceof SVGElement ? style.fill : style.color)
    const paper = light(getComputedStyle(document.body).backgroundColor)
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5
}).map(one => one.outerHTML)"""
CONTEXTS = {
    "charted": over_time(30, timedelta(minutes=42), tried=30),
    "nothing measured": over_time(0, timedelta(minutes=1)),
    "hostile": with_every_text(over_time(3, timedelta(minutes=10), tried=2), HOSTILE),
    "right to left": with_every_text(a_context(), "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"),
    "one long word": with_every_text(a_context(), "x" * 3000),
}
GOLDEN = tuple(STORIES)


@pytest.mark.parametrize("name", GOLDEN)
async def test_each_golden_incident_opens_alone(page: Page, name: str, tmp_path: Path) -> None:
    """No request but for the file itself, no complaint, nothing wider than a phone, and its title is to be read."""
    told = STORIES[name]()
    await _open(page, build(told.incident, told.story), tmp_path)
    await page.set_viewport_size({"width": 360, "height": 800})
    assert 0 == await page.evaluate(_TOO_WIDE)
    assert await page.inner_text("h1")


@pytest.mark.parametrize("name", CONTEXTS)
async def test_the_page_loads_nothing_and_is_whole(page: Page, name: str, tmp_path: Path) -> None:
    """No request but for the file itself; nothing sticks out at any width; words stand out in light and in dark."""
    await _open(page, CONTEXTS[name], tmp_path)
    for width in (1200, 360):
        await page.set_viewport_size({"width": width, "height": 800})
        assert 0 == await page.evaluate(_TOO_WIDE), f"too wide at {width} px"
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert [] == await page.evaluate(_UNREADABLE), scheme


async def test_the_chart_has_a_name_and_each_table_can_be_reached(page: Page, tmp_path: Path) -> None:
    """Who does not see the chart hears its title and what it shows; who has no mouse scrolls tables by keyboard."""
    await _open(page, CONTEXTS["charted"], tmp_path)
    chart = page.get_by_role("img", name="INC-7: failed requests and latency")
    assert 1 == await chart.count()
    assert "30 measurements from" in (await chart.locator("desc").text_content() or "")
    assert await page.locator("table").count() == await page.get_by_role("region", name="Table").count()


async def _open(page: Page, context: PostmortemContext, folder: Path) -> None:
    """Open the page as a file; any other request fails the test, as does a complaint in the console."""
    made = await document(context, "html", template=None)
    file = folder / made.name
    file.write_bytes(made.content)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(file.as_uri(), wait_until="networkidle")
    assert [file.as_uri()] == asked
