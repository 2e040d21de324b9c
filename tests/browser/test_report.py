"""The report's page in a real browser: opened from a file, it asks for nothing and is whole at every width."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page

from bot.postmortem.numbers import numbers
from bot.postmortem.papers import render_report
from bot.postmortem.period import Period
from tests.factories import NOW
from tests.quarter import rows

pytestmark = pytest.mark.asyncio(loop_scope="session")

_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_the_report_stands_alone(page: Page, tmp_path: Path) -> None:
    """No request leaves the file, no script runs, nothing sticks out, and a hostile title is to be read as it is."""
    hostile = '<img src="https://evil.example/x" onerror="document.title=1"><script>document.title=1</script>'
    every = [replace(rows()[0], title=hostile), *rows()[1:]]
    file = tmp_path / "report.html"
    file.write_text(render_report(numbers(every, Period(since=None, until=NOW)), every), "utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for width in (1100, 360):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(file.as_uri())
        assert 0 == await page.evaluate(_TOO_WIDE), f"too wide at {width} px"
    assert {file.as_uri()} == set(asked)
    assert await page.title() == "Claude API incidents until 2026-11-24 03:00 UTC"
    assert hostile in await page.inner_text("body")
    assert 7 == await page.locator("svg rect.bar").count()
    await page.locator("summary").click()
    assert await page.locator("details td").first.is_visible()
