"""Every export is a document of the expected shape, whatever was written into it."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final, get_args

import pytest

from bot.incidents import words
from bot.incidents.events import (
    Captured,
    Event,
    Measured,
    Opened,
    PostmortemWritten,
    Recorded,
    Resolved,
    RoleGiven,
    StepAnswered,
    TaskAdded,
)
from bot.incidents.words import corrected, words_of
from tests.golden.parsed import Page, folded, parse
from tests.golden.stories import LONG, STORIES, markdown_of
from tests.golden.telling import Told

SECTIONS: Final = (
    "Facts",
    "Lessons",
    "What failed",
    "The provider's view",
    "Times",
    "Measurements",
    "Severity",
    "Decision path",
    "People",
    "Timeline",
)
_BLOCKS: Final = {"heading", "paragraph", "bullet_list", "ordered_list", "list_item", "inline"}
_TABLES: Final = {"table", "thead", "tbody", "tr", "th", "td"}
_WORDS: Final = {"text", "softbreak", "hardbreak", "em", "strong", "code_inline"}
OURS: Final = _BLOCKS | _TABLES | _WORDS
"""The kinds of tokens of which the template makes a document; no link, image, HTML, quote, fence or rule."""
_TURNS: Final = {"LRO", "RLO", "LRE", "RLE", "LRI", "RLI"}  # FSI would be ours: it keeps a text to itself
_ROWS: Final = 10_000
_IDS: Final = 20  # of one leaf; a longer list helps nobody
_LARGEST: Final = 2_000_000  # bytes of a document of 10,000 entries

every_story = pytest.mark.parametrize("name", STORIES)


@cache
def _told(name: str) -> Told:
    return STORIES[name]()


@cache
def _page(name: str) -> Page:
    return parse(markdown_of(_told(name)))


@every_story
def test_the_headings_stand_in_their_order(name: str) -> None:
    """A document has its title and the same sections, always in the same order."""
    (level, title), *sections = _page(name).headings
    assert (2, folded(f"Incident: {_told(name).incident.title}")) == (level, folded(title))
    assert [(3, section) for section in SECTIONS] == [one for one in sections if one != (3, "The key")]
    assert (_told(name).incident.key_case is not None) == ((3, "The key") in sections)


@every_story
def test_every_row_of_a_table_has_as_many_cells_as_its_head(name: str) -> None:
    """No text opens or closes a cell."""
    for widths in _page(name).widths:
        assert {widths[0]} == set(widths)


@every_story
def test_the_timeline_has_a_row_for_every_entry(name: str) -> None:
    """Nothing that was recorded is left out, and nothing stands there twice."""
    assert len(_told(name).story) == len(_page(name).rows("Timeline"))


@every_story
def test_only_the_template_makes_markup(name: str) -> None:
    """No text becomes HTML, a link, a picture, a quote, a fence, a rule or the target of a link."""
    page = _page(name)
    assert set() == page.kinds - OURS
    assert 0 == page.references


@every_story
def test_every_text_can_be_read_as_it_was_written(name: str) -> None:
    """What people and the outside wrote comes out of the parser letter by letter, spaces and unseen signs apart."""
    seen = folded(_page(name).text)
    assert [] == [text for text in _texts(_told(name)) if folded(text) not in seen]


@every_story
def test_no_text_steers_a_terminal_or_turns_the_line(name: str) -> None:
    """No control character reaches the document, and no mark that makes the rest of a line read backwards."""
    signs = set(markdown_of(_told(name))) - {"\n"}
    steering = {
        sign for sign in signs if unicodedata.category(sign) == "Cc" or unicodedata.bidirectional(sign) in _TURNS
    }
    assert set() == steering


def test_every_field_that_people_fill_is_hostile_somewhere() -> None:
    """The hostile story attacks with each free text of each kind of event, so that no field is forgotten."""
    attacked = {
        (type(item.event), field)
        for item in _told("hostile_markup").story
        for field, said in words_of(item.event).items()
        if "<script>" in str(said)
    }
    free = {(kind, field) for kind in get_args(Event) for field in words._free(kind)}
    assert set() == free - attacked


def test_ten_thousand_entries_make_a_document_of_the_same_shape() -> None:
    """A document of 10,000 entries has a row for each, the same sections, and less than 2 MB."""
    told = LONG()
    text = markdown_of(told)
    page = parse(text)
    assert _ROWS == len(told.story) == len(page.rows("Timeline"))
    assert [(3, section) for section in SECTIONS] == list(page.headings[1:])
    assert all({widths[0]} == set(widths) for widths in page.widths)
    assert len(text.encode()) < _LARGEST


def _texts(told: Told) -> Iterator[str]:
    """Yield every foreign text that a reader has to find in the document."""
    incident = told.incident
    yield from (incident.title, incident.affected, incident.because, incident.rule or "")
    yield from (task.text for task in incident.tasks)
    yield from (one.title for one in incident.tried)
    events = corrected(item.event for item in told.story)
    measured = [event for event in events if isinstance(event, Measured)]
    yield from measured[-1].checks if measured else ()
    yield from (text for event in measured for text in _measured(event))
    yield from _request_ids(measured)
    yield from _last_words(events)
    for item in told.story:
        yield from _entry(item)


def _entry(item: Recorded) -> Iterator[str]:
    event = item.event
    yield event.sentence()
    yield event.actor.name
    if isinstance(event, Captured):
        yield event.author.name
    if isinstance(event, RoleGiven):
        yield event.to.name
    if isinstance(event, TaskAdded) and event.owner:
        yield event.owner.name
    if isinstance(event, StepAnswered):
        yield event.advice or ""
    if isinstance(event, Opened):
        yield event.branch or ""


def _measured(event: Measured) -> Iterator[str]:
    for leaf in event.failures:
        yield from (leaf.branch, *leaf.models)
    for one in event.page:
        yield from (one.name, one.impact, one.url or "")
        yield from (text for update in one.updates for text in (update.status, update.text))


def _request_ids(measured: list[Measured]) -> Iterator[str]:
    """Yield the first ids of each leaf, as inline code shows them: it has no way to hold a backtick."""
    ids: dict[str, list[str]] = {}
    for leaf in (leaf for event in measured for leaf in event.failures):
        ids.setdefault(leaf.branch, []).extend(leaf.request_ids)
    for some in ids.values():
        yield from (name.replace("`", "'") for name in some[:_IDS])


def _last_words(events: list[Event]) -> Iterator[str]:
    """Yield what the last one who wrote the parts of the postmortem wrote; earlier words may be overwritten."""
    last = next((one for one in reversed(events) if isinstance(one, Resolved | PostmortemWritten)), None)
    if isinstance(last, Resolved):
        yield from (last.impact, last.root_cause, last.mitigation, *last.action_items)
    elif last is not None:
        yield from last.parts.values()
