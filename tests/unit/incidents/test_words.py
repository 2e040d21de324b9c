"""Words of people: found by type, corrected by a later entry, masked for good."""

from typing import get_args

import pytest

from bot.errors import BadInput
from bot.incidents.events import Event, EvidenceReported, Recorded
from bot.incidents.model import fold
from bot.incidents.words import ERASED, amended, corrected, erased, erasure, to_erase, words_of
from tests.factories import LENA, NOW, RAVI, measured, opened, resolved, severity_changed

STORY = (
    opened(),
    measured(),
    EvidenceReported(actor=LENA, happened_at=NOW, said="3 of 9 failed", text="529 of Anna's job"),
    severity_changed(),
    resolved(),
)


def _recorded(*events: Event) -> list[Recorded]:
    return [Recorded(seq=place, at=NOW, event=event) for place, event in enumerate(events, 1)]


def _amended(seq: int, part: str, text: str) -> Event:
    return amended(_recorded(*STORY), seq=seq, part=part, text=text, reason="a typo", actor=RAVI, now=NOW)


def test_what_people_wrote_is_told_from_what_was_measured() -> None:
    """Every text that a form or a person fills is words; a rule, a check or a button is not."""
    assert {"opened": {"title"}, "evidence_reported": {"said", "text"}, "severity_changed": {"reason"}} == {
        event.kind: set(words_of(event)) for event in STORY if event.kind not in {"measured", "resolved"}
    }
    assert {} == words_of(measured())
    assert {"impact", "root_cause", "mitigation", "action_items"} == set(words_of(resolved()))


@pytest.mark.parametrize("event", STORY, ids=lambda event: event.kind)
def test_nothing_that_people_wrote_is_left(event: Event) -> None:
    """Every word is masked, everything else is as it was, and masking twice changes nothing."""
    masked = erased(event)
    assert {ERASED} >= {text for value in words_of(masked).values() for text in (value or ())} - set(ERASED)
    assert masked == erased(masked)
    assert (event.actor, event.happened_at, event.kind) == (masked.actor, masked.happened_at, masked.kind)


def test_a_correction_changes_the_state_and_not_the_entry() -> None:
    """The fold says the later words, the first entry still says the earlier ones; lines become items."""
    events = [*STORY, _amended(1, "title", "Chat was down"), _amended(5, "action_items", "One\n\nTwo")]
    incident = fold(7, events)
    assert incident is not None
    assert ("Chat was down", len(events)) == (incident.title, incident.version)
    assert "Claude API: overloaded" == getattr(events[0], "title", "")
    assert ("One", "", "Two") == getattr(corrected(events)[4], "action_items", ())


def test_the_last_correction_holds() -> None:
    """Who corrects a correction corrects the entry again."""
    incident = fold(7, [*STORY, _amended(4, "reason", "one"), _amended(4, "reason", "two")])
    assert incident is not None
    assert incident.override is not None
    assert "two" == incident.override.reason


@pytest.mark.parametrize(
    ("seq", "part", "text", "told"),
    [
        (0, "title", "x", "no entry 0"),
        (9, "title", "x", "no entry 9; the timeline has 5"),
        (1, "because", "x", "has no 'because'"),
        (2, "checks", "x", "it has no words"),
        (1, "title", " \n ", "text is empty"),
        (1, "title", "x" * 3001, "has 3001 characters"),
    ],
)
def test_an_impossible_correction_says_what_is_possible(seq: int, part: str, text: str, told: str) -> None:
    """The answer names the entries and fields that there are."""
    with pytest.raises(BadInput, match=told):
        _amended(seq, part, text)


def test_erasing_takes_the_corrections_along() -> None:
    """The words of an entry stand in its corrections too."""
    story = _recorded(*STORY, _amended(1, "title", "Anna's job"), _amended(4, "reason", "kept"))
    masked = to_erase(story, 1)
    assert {1, 6} == set(masked)
    assert "Anna" not in repr(masked)
    again = _recorded(*(masked.get(item.seq, item.event) for item in story))
    assert ERASED == getattr(corrected(item.event for item in again)[0], "title", "")
    with pytest.raises(BadInput, match="no words"):
        to_erase(again, 1)
    with pytest.raises(BadInput, match="were erased"):
        amended(again, seq=1, part="title", text="x", reason="y", actor=RAVI, now=NOW)


def test_an_erasure_needs_a_reason() -> None:
    """Who takes words away says why."""
    with pytest.raises(BadInput, match="reason is empty"):
        erasure(seq=1, reason=" ", actor=RAVI, now=NOW)


def test_every_event_tells_its_words_by_its_types() -> None:
    """No event of the timeline is forgotten: each kind can be asked for its words."""
    assert {type(event) for event in STORY} <= set(get_args(Event))
