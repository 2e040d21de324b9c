"""Every document says what happened: its figures are those that a person works out from the story."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import pytest

from bot.postmortem.context import build
from bot.postmortem.shape import PostmortemContext
from tests.golden.facts import FACTS, NEVER_SAYS, SAYS, Facts
from tests.golden.parsed import Page, parse
from tests.golden.stories import ALL, STORIES, markdown_of

FIELDS: Final = tuple(one.name for one in fields(Facts))


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def _span(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


TOLD: Final[Mapping[str, Callable[[PostmortemContext], Any]]] = {
    "first_failure": lambda said: _moment(said.first_failure_at),
    "last_failure": lambda said: _moment(said.last_failure_at),
    "detect": lambda said: _span(said.time_to_detect_s),
    "acknowledge": lambda said: _span(said.time_to_acknowledge_s),
    "mitigate": lambda said: _span(said.time_to_mitigate_s),
    "resolve": lambda said: _span(said.time_to_resolve_s),
    "ahead": lambda said: _span(said.provider.ahead_s),
    "failures": lambda said: {leaf.branch: leaf.count for leaf in said.failures},
    "reopened": lambda said: len(said.reopenings),
    "open_tasks": lambda said: len(said.action_items) + sum(not task.done for task in said.tasks),
    "severity": lambda said: said.severity,
    "fault": lambda said: said.fault,
    "branch": lambda said: said.branch,
}
"""Where the template's variables hold each fact."""


@cache
def _context(name: str) -> PostmortemContext:
    told = ALL[name]()
    return build(told.incident, told.story)


@cache
def _blocks(name: str) -> tuple[str, ...]:
    page: Page = parse(markdown_of(STORIES[name]()))
    return tuple(block.text for block in page.blocks)


def _holding(lines: Iterable[str], parts: tuple[str, ...]) -> list[str]:
    return [line for line in lines if all(part in line for part in parts)]


def test_every_story_and_every_fact_is_looked_at() -> None:
    """No story is without its table, and no column of a table is left out."""
    assert list(ALL) == list(FACTS)
    assert set(FIELDS) == set(TOLD)


@pytest.mark.parametrize("fact", FIELDS)
@pytest.mark.parametrize("name", FACTS)
def test_a_figure_is_what_a_person_works_out(name: str, fact: str) -> None:
    """Times, counts, severity and fault are those of the table made by hand."""
    assert getattr(FACTS[name], fact) == TOLD[fact](_context(name))


@pytest.mark.parametrize(("name", "parts"), SAYS, ids=str)
def test_the_document_says_it(name: str, parts: tuple[str, ...]) -> None:
    """One paragraph, item or row of the document holds all of this together."""
    assert _holding(_blocks(name), parts)


@pytest.mark.parametrize(("name", "parts"), NEVER_SAYS, ids=str)
def test_the_document_does_not_claim_it(name: str, parts: tuple[str, ...]) -> None:
    """No line of the document says what is not so."""
    lines = (line for block in _blocks(name) for line in block.splitlines())
    assert [] == _holding(lines, parts)
