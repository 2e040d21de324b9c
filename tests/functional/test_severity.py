"""Changing an incident's severity: by the verb, by the form, twice, and by two people at once."""

import asyncio

import pytest

from bot.incidents.events import SeverityChanged
from bot.incidents.model import fold
from bot.playground.lint import lint_view
from bot.playground.reading import read_view
from bot.playground.workspace import View
from tests.scene import Scene

PLANTED = "sk-ant-api03-" + "Zq7" * 31 + "AA"


async def _form(desk: Scene, user: str, channel: str) -> View:
    """Press the card's button and return the form."""
    card = await desk.see(channel, "[ Change severity ]")
    await desk.slack.press(user, channel, card.ts, label="Change severity")
    view = await desk.until(lambda: desk.slack.view(user), "the form")
    assert [] == lint_view(view.body)
    return view


async def _changes(desk: Scene) -> list[tuple[str, str, str, str]]:
    """Return the changes on the timeline; the state must be what they add up to."""
    incident, story = await desk.record()
    assert incident == fold(1, [item.event for item in story])
    events = [item.event for item in story if isinstance(item.event, SeverityChanged)]
    return [(event.before, event.after, event.actor.name, event.reason) for event in events]


@pytest.mark.parametrize("text", ["severity p2 only <b> & batch", "severity INC-1 P2 only <b> & batch"])
async def test_the_verb_changes_it_on_card_topic_and_timeline(desk: Scene, text: str) -> None:
    """The value that holds stands beside the measured one and its rule, wherever people look."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, "#ops" if "INC" in text else channel, text)
    await desk.until(
        lambda: desk.whispered(desk.lena, "INC-1 is P2 now, as you set it; measured P1, rule 2-all-500-529")
    )
    await desk.see(channel, "P2 (set by @lena: only <b> & batch; measured P1, rule 2-all-500-529)")
    await desk.until(lambda: "INC-1 P2" in desk.slack.channel(channel).topic, "the topic")
    assert [("P1", "P2", "lena", "only <b> & batch")] == await _changes(desk)
    incident, _ = await desk.record()
    assert ("P2", "P1", "2-all-500-529") == (incident.severity, incident.measured_severity, incident.rule)


async def test_the_form_changes_it(desk: Scene) -> None:
    """The card's button opens a form that begins with the present value; its submission closes it."""
    channel = await desk.opened()
    view = await _form(desk, desk.lena, channel)
    read = read_view(view)
    assert "[ P1: all requests fail with 500 or 529 v ]" in read
    outcome = await desk.slack.submit(desk.lena, {"severity": "P3", "reason": f"a retry helps {PLANTED}"})
    assert outcome.acked
    assert desk.slack.view(desk.lena) is None
    card = await desk.see(channel, "P3 (set by @lena: a retry helps sk-ant-api03-…")
    assert PLANTED[:25] not in desk.slack.read(card)
    ((before, after, _, reason),) = await _changes(desk)
    assert ("P1", "P3") == (before, after)
    assert PLANTED[:25] not in reason


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("severity P2", "Say why INC-1 should be P2"),
        ("severity P1 because", "INC-1 is P1 already."),
        ("severity P7 because", "That is no severity. Give one of P1, P2, P3, P4"),
        ("severity INC-9 P2 because", "There is no incident INC-9."),
        (f"severity P2 {'x' * 501}", "Say it in at most 500."),
    ],
)
async def test_what_cannot_be_done_is_said(desk: Scene, text: str, answer: str) -> None:
    """A refusal names what is missing, and nothing changes."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, text)
    await desk.until(lambda: desk.whispered(desk.lena, answer), answer)
    assert [] == await _changes(desk)


async def test_outside_an_incident_a_name_is_needed(desk: Scene) -> None:
    """In any other channel the verb asks for the incident."""
    await desk.slack.command(desk.lena, "#ops", "severity P2 because")
    await desk.until(lambda: desk.whispered(desk.lena, "This is no incident's channel. Name one, like `INC-7`."))


async def test_the_verb_without_a_value_opens_the_form(desk: Scene) -> None:
    """Who does not remember the words gets the form."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "severity")
    view = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    assert "Severity of INC-1" == view.title


@pytest.mark.parametrize(
    ("words", "field", "said"),
    [
        ({"severity": "P2", "reason": " \n "}, "reason", "Say why INC-1 should be P2"),
        ({"severity": "P1", "reason": "because"}, "severity", "INC-1 is P1 already."),
    ],
)
async def test_the_form_shows_a_refusal_under_its_field(
    desk: Scene, words: dict[str, str], field: str, said: str
) -> None:
    """The form stays open with what to mend where it is to be mended."""
    channel = await desk.opened()
    await _form(desk, desk.lena, channel)
    outcome = await desk.slack.submit(desk.lena, words)
    assert () == outcome.problems
    view = desk.slack.view(desk.lena)
    assert view is not None
    assert [field] == list(view.errors)
    assert said in view.errors[field]
    assert [] == await _changes(desk)


async def test_the_same_submission_twice_changes_it_once(desk: Scene) -> None:
    """A doubled click, or Slack's repeat of it, is one change."""
    channel = await desk.opened()
    await _form(desk, desk.lena, channel)
    await desk.slack.submit(desk.lena, {"severity": "P2", "reason": "once"})
    assert (await desk.slack.deliveries.again(desk.slack.deliveries.sent[-1])).acked
    assert [("P1", "P2", "lena", "once")] == await _changes(desk)


async def test_two_people_submit_at_once(desk: Scene) -> None:
    """One of two forms that were open at the same time wins; the other person reads whose change came first."""
    channel = await desk.opened()
    await desk.slack.join(desk.ravi, channel)
    for user in (desk.lena, desk.ravi):
        await _form(desk, user, channel)
    await asyncio.gather(
        desk.slack.submit(desk.lena, {"severity": "P2", "reason": "of lena"}),
        desk.slack.submit(desk.ravi, {"severity": "P3", "reason": "of ravi"}),
    )
    ((_, after, winner, _),) = await _changes(desk)
    loser = desk.ravi if winner == "lena" else desk.lena
    view = desk.slack.view(loser)
    assert view is not None
    assert f"INC-1 is {after} by now (set by {winner}); it was P1 when you looked." in view.errors["severity"]


async def test_two_people_type_the_same_at_once(desk: Scene) -> None:
    """The second of two equal commands reads that it is so already, and by whom."""
    channel = await desk.opened()
    await desk.slack.join(desk.ravi, channel)
    await asyncio.gather(
        desk.slack.command(desk.lena, channel, "severity P2 of lena"),
        desk.slack.command(desk.ravi, channel, "severity P2 of ravi"),
    )
    ((_, _, winner, _),) = await _changes(desk)
    loser = desk.ravi if winner == "lena" else desk.lena
    await desk.until(lambda: desk.whispered(loser, f"INC-1 is P2 already (set by {winner})."))


async def test_a_resolved_incident_keeps_its_severity(desk: Scene) -> None:
    """After the end neither the verb nor an old card's button changes it; the postmortem tells both values."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "severity P2 half of it works")
    card = await desk.see(channel, "P2 (set by @lena")
    await desk.resolve(desk.lena, channel, impact="x")
    await desk.see(channel, "Postmortem shared")
    await desk.slack.command(desk.lena, channel, "severity P3 late")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-1 is resolved."))
    await desk.slack.press_old(desk.lena, channel, card.ts, version=0, label="Change severity")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-1 is resolved already."))
    assert 1 == len(await _changes(desk))
    (file,) = [file for message in desk.slack.messages(channel) for file in message.files]
    text = file.bytes.decode()
    assert "**Severity:** P2, set by lena: half of it works" in text
    assert "Measured at the opening: P1" in text
