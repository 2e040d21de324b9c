"""Ids of buttons: what is built can be parsed, everything else is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadButton
from bot.incidents.seen import seen_of
from bot.incidents.walk import Choice
from bot.slack import ids
from bot.slack.payload import delivery
from tests.factories import an_incident


@given(st.integers(min_value=0, max_value=10**15 - 1), st.integers(min_value=0, max_value=10_000))
def test_a_step_button_survives_the_way_through_slack(incident: int, index: int) -> None:
    """What a button stands for is what was drawn."""
    parsed = ids.parse_step(ids.step_value(incident, index, "symptom", "key"))
    assert Choice(incident_id=incident, index=index, step="symptom", option="key") == parsed


@given(st.text(max_size=80))
def test_a_forged_value_is_refused_or_harmless(text: str) -> None:
    """No text makes the parser fail otherwise than with an answer for the person."""
    with suppress(BadButton):
        assert ids.parse_step(text).incident_id >= 0


@pytest.mark.parametrize("text", ["", "1|x", "2|7", "1|7|8", "1|-1", "1|٣", "1|9999999999999999"])
def test_a_damaged_number_is_refused(text: str) -> None:
    """Only a plain number of this version is taken."""
    with pytest.raises(BadButton):
        ids.number(text)


def test_a_form_tells_what_was_seen() -> None:
    """It carries the incident and how that stood before the person."""
    incident = an_incident()
    assert (incident.id, seen_of(incident)) == ids.parse_form(ids.form_value(incident))


@pytest.mark.parametrize(
    "text",
    ["", "1|7", "1|7|0|resolved|P9", "1|7|0|gone|P1", "1|x|0|resolved|P1", "1|7|-1|resolved|P1", "2|7|0|resolved|P1"],
)
def test_a_damaged_form_is_refused(text: str) -> None:
    """Only an incident as it can have stood is taken."""
    with pytest.raises(BadButton):
        ids.parse_form(text)


def test_two_clicks_have_two_keys_and_a_repeat_has_the_same() -> None:
    """A delivery's key tells Slack's repeats from new clicks."""
    click = {"trigger_id": "t1", "actions": [{"action_ts": "1.0", "action_id": "a"}], "user": {"id": "U1"}}
    again = {**click, "trigger_id": "t2"}
    assert delivery(click).key == delivery(dict(click)).key
    assert delivery(click).key != delivery(again).key


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "U1", "user_name": "lena", "channel_id": "C1", "team_id": "T1", "trigger_id": "t"},
        {"user": {"id": "U1", "username": "lena"}, "channel": {"id": "C1"}, "team": {"id": "T1"}, "actions": [{}]},
    ],
    ids=["command", "button"],
)
def test_who_and_where_is_read_from_every_payload(body: dict[str, object]) -> None:
    """Commands and buttons name people and channels differently."""
    found = delivery(body)
    assert ("U1", "lena", "C1", "T1") == (found.actor.id, found.actor.name, found.channel_id, found.team_id)
