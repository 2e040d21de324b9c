"""Links within the docs lead somewhere: to a file that is there, and to a heading that stands in it."""

import re
from pathlib import Path

import pytest

from bot.cli.pages.markdown import anchor

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def _anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def _broken(page: Path) -> list[str]:
    broken = []
    for link in LINK.findall(page.read_text("utf-8")):
        file, _, place = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (place and place not in _anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_broken(page: Path) -> None:
    """Every file and heading that a page links to is there."""
    assert [] == _broken(page)


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """The test above can fail: a missing file and a missing heading are both seen."""
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](#here) [b](#there) [c](gone.md) [d](https://example.com/x)", "utf-8")
    assert ["#there", "gone.md"] == _broken(page)
