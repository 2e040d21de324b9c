"""Every card and form in a real browser: whole on a laptop and on a phone, and each control has a name."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.pictures.cards import MESSAGES, VIEWS
from tests.pictures.make import pages

pytestmark = pytest.mark.asyncio(loop_scope="session")

_WIDTHS = (680, 360)
_NAMELESS = """() => [...document.querySelectorAll("button, a, input, select, textarea")]
    .filter(one => !(one.labels?.length || one.innerText?.trim() || one.getAttribute("aria-label")))
    .map(one => one.outerHTML)"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("name", [*MESSAGES, *VIEWS])
async def test_a_card_is_whole_at_every_width(page: Page, name: str) -> None:
    """Nothing sticks out, every control has a name, and the words of the payload are to be read."""
    for width in _WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.set_content(pages()[name])
        assert 0 == await page.evaluate(_TOO_WIDE), f"too wide at {width} px"
    assert [] == await page.evaluate(_NAMELESS)
    told = " ".join((await page.inner_text("body")).split())
    blocks = MESSAGES[name].blocks if name in MESSAGES else VIEWS[name]["blocks"]
    for block in blocks:
        for label in _labels(block):
            assert label in told, label


def _labels(block: dict[str, Any]) -> list[str]:
    """Return the plain words of a block: headers, labels, buttons."""
    parts = [block.get("text"), block.get("label"), *(one.get("text") for one in block.get("elements", ()))]
    return [" ".join(part["text"].split()) for part in parts if isinstance(part, dict) and part["type"] == "plain_text"]
