"""The page for who is on call uses the product's own words, and fits on two screens."""

import re
from pathlib import Path

import pytest

from bot.slack.listeners.commands import VERBS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "responder.md").read_text("utf-8")
FOLDERS = [ROOT / "bot" / "slack", ROOT / "bot" / "incidents"]
SHOWN = [
    *(file for folder in FOLDERS for file in folder.rglob("*.py")),
    ROOT / "bot/errors.py",
    ROOT / "bot/rules/tree.py",
]
SOURCE = "\n".join(file.read_text("utf-8") for file in SHOWN)
WORDS = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", PAGE)
TYPED = re.findall(r"`(/anth-triage )?([a-z]+)(?: [^`]*)?`", PAGE)


@pytest.mark.parametrize("words", sorted(set(WORDS)))
def test_what_is_in_italics_is_what_people_read(words: str) -> None:
    """A label or a sentence on the page stands in the code of the cards, to the letter."""
    assert words.strip("()") in SOURCE


def test_the_page_quotes_the_product() -> None:
    """The test above has something to look at."""
    assert len(set(WORDS)) > 30


def test_each_command_is_a_verb() -> None:
    """What the page says to type is what the slash command knows."""
    typed = {word for _, word in TYPED}
    assert {"explain", "note", "key", "close"} <= typed
    assert set() == typed - set(VERBS)


def test_it_is_one_page() -> None:
    """Who reads it has little time: so many words fit on two screens."""
    assert 900 > len(re.sub(r"[|*`-]", " ", PAGE).split())
