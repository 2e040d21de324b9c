"""The reference pages are made from the code, and current."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.reference import PAGES
from bot.workflows.auditor import INVARIANTS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=lambda item: item if isinstance(item, str) else "")
def test_the_page_is_current(name: str, page: Callable[[], str]) -> None:
    """`make docs` would change nothing."""
    assert page() == (FOLDER / name).read_text("utf-8"), "run `make docs`"


def test_the_how_to_says_what_to_do_about_each_finding() -> None:
    """Whoever is told of a broken invariant finds its name there."""
    text = (FOLDER.parent / "how-to" / "auditor.md").read_text("utf-8")
    assert [one.name for one in INVARIANTS] == re.findall(r"^- `(\w+)`: ", text, re.MULTILINE)
