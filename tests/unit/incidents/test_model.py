"""The incident is the fold of its events."""

import pytest
from pydantic import TypeAdapter

from bot.incidents.effects import reactions
from bot.incidents.events import EVENT, ChannelFailed, Event
from bot.incidents.model import Incident, Override, Status, apply, fold
from bot.rules.evidence import Severity
from tests.factories import (
    LENA,
    NOW,
    RAVI,
    an_incident,
    answered,
    channel_created,
    measured,
    opened,
    resolved,
    severity_changed,
)

EVERY_EVENT = (
    opened(),
    measured(),
    channel_created(),
    ChannelFailed(actor=LENA, happened_at=NOW, error="missing_scope", hint="Add it."),
    answered(),
    severity_changed(),
    resolved(),
)


def test_each_event_raises_the_version_by_one() -> None:
    """The version counts the events, so that two writers can never both be right."""
    incident = an_incident(measured(), channel_created(), answered(), resolved())
    assert 5 == incident.version


@pytest.mark.parametrize(
    ("reached", "status"),
    [("question", Status.INVESTIGATING), ("advice", Status.IDENTIFIED), ("end", Status.MONITORING)],
)
def test_the_tree_moves_the_status(reached: str, status: Status) -> None:
    """Reaching advice means the failure is identified; an end of the tree means it is watched."""
    assert status == an_incident(answered(reached=reached)).status


def test_an_answer_moves_the_step_and_is_counted() -> None:
    """The next question and its number come from the answers alone."""
    incident = an_incident(answered())
    assert ("overloaded", 1) == (incident.step, incident.answers)


def test_a_created_channel_ends_the_problem_with_it() -> None:
    """After a refusal and a repair the card has nothing to warn about."""
    refused = ChannelFailed(actor=LENA, happened_at=NOW, error="missing_scope", hint="Add it.")
    assert "missing_scope: Add it." == an_incident(refused).channel_problem
    assert an_incident(refused, channel_created()).channel_problem is None


def test_a_set_severity_stands_beside_the_measured_one() -> None:
    """Both values stay: what holds, and what the rules said with its rule."""
    incident = an_incident(severity_changed())
    assert (Severity.P2, Severity.P1, "2") == (incident.severity, incident.measured_severity, incident.rule)
    expected = Override(by=RAVI, at=NOW, reason="only batch traffic is hit", measured=Severity.P1)
    assert expected == incident.override


def test_the_measured_severity_survives_every_change() -> None:
    """After a second change the card still tells what was measured, not what the first person thought."""
    incident = an_incident(severity_changed(), severity_changed(before=Severity.P2, after=Severity.P4, reason="over"))
    assert (Severity.P4, Severity.P1) == (incident.severity, incident.measured_severity)
    assert incident.override is not None
    assert "over" == incident.override.reason


@pytest.mark.parametrize("story", [(), (severity_changed(),)], ids=["measured", "set"])
def test_a_state_survives_json_and_an_old_one_still_loads(story: tuple[Event, ...]) -> None:
    """States are kept as JSON: one from before severities could be set has no such field, and needs no migration."""
    states = TypeAdapter(Incident)
    kept = states.dump_python(an_incident(*story), mode="json")
    assert an_incident(*story) == states.validate_python(kept)
    del kept["override"]
    assert states.validate_python(kept).override is None


def test_a_changed_severity_is_shown_on_card_and_topic() -> None:
    """What people see follows; a topic is only set where there is a channel."""
    changed = severity_changed()
    kinds = [effect.kind for effect in reactions(an_incident(channel_created(), changed), changed)]
    assert ["slack.show", "slack.set_topic"] == kinds
    assert ["slack.show"] == [effect.kind for effect in reactions(an_incident(changed), changed)]


def test_no_events_are_no_incident() -> None:
    """An empty story folds to nothing."""
    assert fold(1, ()) is None


def test_an_incident_opens_once_and_first() -> None:
    """A story that begins otherwise, or opens twice, is refused."""
    with pytest.raises(ValueError, match="begins with Opened"):
        apply(1, None, resolved())
    with pytest.raises(ValueError, match="begins with Opened"):
        apply(1, an_incident(), opened())


@pytest.mark.parametrize("event", EVERY_EVENT, ids=lambda event: event.kind)
def test_every_event_survives_json(event: Event) -> None:
    """What is stored of an event is the event."""
    assert event == EVENT.validate_python(EVENT.dump_python(event, mode="json"))


@pytest.mark.parametrize("event", EVERY_EVENT, ids=lambda event: event.kind)
def test_every_event_reads_as_a_sentence(event: Event) -> None:
    """The timeline shows words, never a kind or a dict."""
    assert " " in event.sentence()
    assert "{" not in event.sentence()


def test_the_channel_is_wished_for_before_anything_in_it() -> None:
    """Nothing is posted into a channel that Slack may still refuse."""
    kinds = [effect.kind for effect in reactions(an_incident(), opened())]
    assert ["slack.create_channel", "slack.show"] == kinds
    after = [effect.kind for effect in reactions(an_incident(channel_created()), channel_created())]
    shown = ["slack.set_topic", "slack.show", "slack.pin_card", "slack.invite", "slack.show"]
    assert [*shown, "slack.invite_responders", "slack.show"] == after


def test_effects_of_one_incident_share_a_lane() -> None:
    """Card, topic and questions arrive in the order in which they came about; a file takes its own time."""
    incident = an_incident(channel_created(), resolved())
    lanes = {effect.lane for effect in reactions(incident, resolved())}
    assert {"incident:7", "paper:7", "triage:3"} == lanes
