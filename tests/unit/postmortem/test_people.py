"""Who had a part in an incident: everybody who did something, each once."""

from dataclasses import fields
from typing import get_args

from bot.incidents.events import Actor, Captured, Event, Noted
from bot.postmortem.people import DID, people
from tests.factories import LENA, NOW, an_incident


def test_everything_that_people_do_has_words() -> None:
    """No kind of entry that comes from a person is left out, and no other is in it."""
    sources = {kind: one.default for kind in get_args(Event) for one in fields(kind) if one.name == "source"}
    assert {kind for kind, source in sources.items() if source == "person"} == set(DID)


def test_two_people_of_one_name_are_two() -> None:
    """Ids tell them apart; somebody with a new name is still one person."""
    alex, other = Actor(id="U1", name="Alex"), Actor(id="U2", name="Alex")
    before = Actor(id="U3", name="Kim")
    notes = [Noted(actor=one, happened_at=NOW, text="x") for one in (alex, other, before, Actor(id="U3", name="Kim L"))]
    told = [part.who for part in people(an_incident(), notes)]
    assert ["Alex (U1)", "Alex (U2)", "Kim L"] == told[:3]


def test_who_said_a_captured_message_had_a_part() -> None:
    """Beside the one who put it on the timeline."""
    author = Actor(id="U1", name="Alex")
    entry = Captured(actor=LENA, happened_at=NOW, author=author, text="x", channel_id="C1", ts="1.0")
    first, second = people(an_incident(), [entry])[:2]
    assert ("Alex", ("said what stands on the timeline",)) == (first.who, first.did)
    assert (LENA.name, "put messages on the timeline") == (second.who, second.did[0])
