"""The policy, cell by cell: every act, for each kind of person, role and place."""

from itertools import product

import pytest

from bot.errors import NotAllowed
from bot.incidents.events import BOT, Actor, TaskAdded
from bot.incidents.model import Incident
from bot.incidents.policy import ACTS, DEFAULT, WORDS, Kind, Person, Policy, Row
from tests.factories import LENA, NOW, an_incident, channel_created

RAVI, ADA, ROOT = (Actor(id=f"U0{name.upper()}", name=name) for name in ("ravi", "ada", "root"))
HERE = channel_created().channel_id
PLACES = (HERE, "C0OTHER", "D0DIRECT", "")
KINDS: tuple[Kind, ...] = ("member", "guest", "outsider", "unknown")
FOR_RESPONDERS = {"contain", "role", "resolve", "close", "update"}
FOR_GUESTS = {"explain"}
FOR_ADMINS = {"doctor"}


@pytest.fixture
def incident() -> Incident:
    """Return an incident that lena leads and ravi has a task in; ada only looks on."""
    task = TaskAdded(actor=LENA, happened_at=NOW, number=1, text="x", owner=RAVI)
    return an_incident(channel_created(), task)


def _may(policy: Policy, act: str, person: Person, incident: Incident | None) -> bool:
    try:
        policy.require(act, person, incident)
    except NotAllowed as error:
        refused = error
    else:
        return True
    assert WORDS[act] in refused.user_message, "a refusal says what was not allowed"
    assert refused.hint, "and what to do about it"
    return False


def test_every_act_has_a_row_and_words() -> None:
    """An act that somebody adds without deciding who may do it fails here."""
    assert set(ACTS) == set(DEFAULT) == set(WORDS)


@pytest.mark.parametrize("act", ACTS)
def test_each_cell_of_the_policy_that_ships(incident: Incident, act: str) -> None:
    """Members may do what their role allows, guests little, outsiders and unknown people nothing, from anywhere."""
    for actor, kind, place in product((LENA, RAVI, ADA), KINDS, PLACES):
        person = Person(actor=actor, kind=kind, channel_id=place)
        known = (kind == "member" or (kind == "guest" and act in FOR_GUESTS)) and act not in FOR_ADMINS
        fits = act not in FOR_RESPONDERS or actor in (LENA, RAVI)
        assert (known and fits) == _may(Policy(), act, person, incident), (act, actor.name, kind, place)
        assert known == _may(Policy(), act, person, None), (act, actor.name, kind, place)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", ["everyone", "responders", "lead", "nobody"])
@pytest.mark.parametrize("where", ["anywhere", "channel"])
@pytest.mark.parametrize("guests", [True, False])
def test_each_cell_of_a_policy_of_ones_own(incident: Incident, act: str, who: str, where: str, *, guests: bool) -> None:
    """Every value of a row does what it says, for each act; admins may all that their kind may."""
    row = Row(who=who, where=where, guests=guests)  # type: ignore[arg-type] # the values that there are
    policy = Policy(rows={**DEFAULT, act: row}, admins=[ROOT.id])
    people = {"everyone": (LENA, RAVI, ADA), "responders": (LENA, RAVI), "lead": (LENA,), "nobody": ()}[who]
    for actor, kind, place in product((LENA, RAVI, ADA, ROOT), KINDS, PLACES):
        known = kind == "member" or (kind == "guest" and guests)
        fits = actor in people and (where == "anywhere" or place == HERE)
        person = Person(actor=actor, kind=kind, channel_id=place)
        assert (known and (fits or actor == ROOT)) == _may(policy, act, person, incident), (actor.name, kind, place)


def test_what_no_row_names_is_refused(incident: Incident) -> None:
    """Denied by default; only the bot itself needs no row."""
    person = Person(actor=LENA, kind="member", channel_id=HERE)
    with pytest.raises(NotAllowed):
        Policy(rows={}).require("launch", person, incident)
    Policy(rows={}).require("launch", Person(actor=BOT, kind="unknown", channel_id=""), incident)
