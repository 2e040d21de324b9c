"""The reference pages are made from the code, and current."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.reference import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=lambda item: item if isinstance(item, str) else "")
def test_the_page_is_current(name: str, page: Callable[[], str]) -> None:
    """`make docs` would change nothing."""
    assert page() == (FOLDER / name).read_text("utf-8"), "run `make docs`"
