"""The pages of the rules: every condition has words, and what a team changed is what they say."""

import re

import pytest

from bot.cli.pages import IN_TERMINAL, PAGES, fault, severity
from bot.cli.reference import settings_page
from bot.paths import read_rules
from bot.rules.book import FILES, Book, load_book
from bot.rules.fault import DIMENSIONS
from bot.rules.severity import _CONDITIONS

BOOK = load_book(read_rules())
VOCABULARY = {*_CONDITIONS, *(str(value) for values in DIMENSIONS.values() for value in values if "_" in str(value))}


def _changed(name: str, old: str, new: str) -> Book:
    texts = read_rules()
    assert old in texts[name]
    return load_book(texts | {name: texts[name].replace(old, new)})


def test_every_file_has_a_page() -> None:
    """What can be overridden can be read, in the docs and in a terminal."""
    assert set(FILES) == set(PAGES) == set(IN_TERMINAL)


def test_every_condition_has_words() -> None:
    """A condition that is added to the vocabulary needs words for people too."""
    assert set(_CONDITIONS) == set(severity._WHEN)
    assert {name: set(values) for name, values in DIMENSIONS.items()} == {
        name: set(words) for name, (_, words) in fault._SAID.items()
    }


@pytest.mark.parametrize("name", ["severity", "fault"])
def test_no_word_of_the_files_vocabulary_is_left(name: str) -> None:
    """At three in the morning nobody should have to know what failing_share_min is."""
    words = set(re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)+", re.sub(r"`[^`]*`", "", PAGES[name](BOOK))))
    assert set() == words & VOCABULARY


def test_a_changed_share_is_said() -> None:
    """The page of a team's own table says the team's number."""
    book = _changed("severity", "failing_share_min = 1.0", "failing_share_min = 0.125")
    assert 2 == PAGES["severity"](book).count("at least 12.5 % failed")
    assert 2 == PAGES["severity"](BOOK).count("; all failed;")


def test_every_row_stands_on_its_page() -> None:
    """No row of a table is left out, and the order is that of the file."""
    assert [row.id for row in BOOK.severity] == re.findall(r"\| `([\w-]+)` \|$", PAGES["severity"](BOOK), re.MULTILINE)
    assert [row.id for row in BOOK.fault] == re.findall(r"^\d+\. .*\(`([\w-]+)`\)$", PAGES["fault"](BOOK), re.MULTILINE)
    told = re.findall(r"^\d+\. `([\w.]+)`: ", PAGES["errors"](BOOK), re.MULTILINE)
    assert [*(row.branch for row in BOOK.rules.matches), *(row.branch for row in BOOK.rules.told)] == told


def test_the_order_of_telling_is_as_the_page_says() -> None:
    """Rows that ask for one thing only: error codes before error types before statuses, the catch-all last."""
    lone = {
        word: [
            place
            for place, row in enumerate(BOOK.rules.matches)
            if {name for name in row.__slots__ if getattr(row, name) is not None} == {"branch", word}
        ]
        for word in ("code_any", "type_any", "stop_reason_any", "status_any", "exception_any")
    }
    first = [min(places) for places in lone.values()]
    assert sorted(first) == first
    assert max(lone["code_any"]) < min(lone["type_any"])
    assert PAGES["errors"](BOOK).count("`unknown`: anything else") == 1


def test_a_sample_is_marked_as_what_it_is() -> None:
    """Python as Python, the shell as the shell: pages colour them."""
    page = PAGES["mitigations"](BOOK)
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        assert ("python" == language) is ("\ndef " in text)


def test_the_drawing_has_every_step_and_every_answer() -> None:
    """Each step has a box, each answer an arrow; what most advices end with is drawn once."""
    drawn = PAGES["tree"](BOOK).split("```")[1]
    for step in BOOK.tree.steps.values():
        assert re.search(rf'^ +{step.id}(\{{|\[|\(\[)"', drawn, re.MULTILINE), step.id
        for option in step.option:
            assert f'-->|"{option.label}"| {option.next}' in drawn
    assert "mermaid" not in IN_TERMINAL["tree"](BOOK)


def test_what_changes_a_key_or_costs_money_says_look_first() -> None:
    """Nobody comes to a new key or to a purchase by a link without the warning."""
    for cure in BOOK.rules.taxonomy.mitigations.values():
        links = re.findall(rf"\[{re.escape(cure.title)}\]\([^)]*\)(.*)", PAGES["errors"](BOOK))
        warned = f" (look at the {cure.look} first)" if cure.look else ""
        assert {warned} == set(links), cure.id


def test_a_default_is_a_value_or_none() -> None:
    """What must be given says so, and no name of a library's stands for it."""
    page = settings_page()
    assert "Undefined" not in page
    assert "| `[switch]` | `name` | required |" in page
    assert "| `` |" not in page
