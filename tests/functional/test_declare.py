"""Declaring an incident in one's own words: by verb, by shortcut, from a message; public or private, once."""

from functools import partial

import pytest

from bot.playground.faults import Fault
from bot.playground.workspace import Message
from bot.slack import ids
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from tests.scene import Scene

ALL_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)
PLAIN = {"title": "Chat answers are empty", "impact": "Customers see blank answers"}
PRIVATE = {**PLAIN, "title": "A key leaked", "access": "private"}


async def _form(desk: Scene, user: str, channel: str = "#ops", title: str = "") -> str:
    """Open the form by the verb and return its id."""
    await desk.slack.command(user, channel, f"open {title}".strip())
    return (await desk.until(lambda: desk.slack.view(user), "the form")).id


def _channels(desk: Scene) -> list[str]:
    return [one.name for one in desk.slack.state.channels.values() if one.name.startswith("inc-")]


def _has_heard(desk: Scene, count: int) -> bool:
    """Tell whether ravi was refused so many times."""
    heard = [desk.slack.read(one) for one in desk.slack.ephemerals(desk.ravi)]
    return count == sum("There is no incident INC-1" in text for text in heard)


async def _card(desk: Scene, channel: str, text: str) -> Message:
    """Wait until a card of this text stands in the channel, which is still to be made."""
    await desk.until(lambda: channel in _channels(desk), channel)
    return await desk.see(channel, text)


async def _declared(desk: Scene, user: str, said: dict[str, str], name: str) -> str:
    """Declare an incident and return the name of its channel once its card stands there."""
    await _form(desk, user)
    await desk.slack.submit(user, said)
    await _card(desk, name, said["title"])
    return name


async def test_by_the_verb_an_incident_opens_in_the_persons_words(desk: Scene) -> None:
    """Title, severity, impact and what is affected stand on the card; the person is told and in the channel."""
    await _form(desk, desk.lena, title="Chat is down")
    view = desk.slack.view(desk.lena)
    assert view is not None
    assert "Chat is down" in str(view.blocks)
    assert "Nothing was measured" in str(view.blocks)
    await desk.slack.submit(desk.lena, {"severity": "P2", "impact": "No answers", "affected": "chat, eu"})
    card = await _card(desk, "inc-1-claude-api", "No answers")
    read = desk.slack.read(card)
    for part in ("P2", "Chat is down", "chat, eu", "declared it; nothing was measured"):
        assert part in read
    await desk.until(lambda: desk.lena in desk.slack.channel("inc-1-claude-api").members, "lena in it")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-1 is open"), "the word")
    incident, story = await desk.record()
    assert ("P2", None, False) == (incident.severity, incident.rule, incident.private)
    assert ["opened", "channel_created"] == [item.event.kind for item in story][:2]
    await desk.see("inc-1-claude-api", "speaks for")  # nothing was measured before, so the bot does by itself


async def test_a_fresh_verdict_proposes_and_is_linked(desk: Scene) -> None:
    """The measured severity is chosen already, with its rule when it stays; the run's message shows the incident."""
    await desk.verdict()
    await _form(desk, desk.ravi)
    view = desk.slack.view(desk.ravi)
    assert view is not None
    assert "Measured: P1" in str(view.blocks)
    await desk.slack.submit(desk.ravi, {})
    await desk.see("#ops", "INC-1")
    incident, story = await desk.record()
    assert ("P1", "overloaded") == (incident.severity, incident.branch)
    assert incident.rule
    assert "measured" in [item.event.kind for item in story]


async def test_from_anywhere_and_from_a_message(desk: Scene) -> None:
    """A global shortcut asks for all of it; a message gives title and impact, without any secret that stands in it."""
    await desk.slack.shortcut(desk.lena, ids.OPEN_ANYWHERE)
    await desk.until(lambda: desk.slack.view(desk.lena))
    await desk.slack.submit(desk.lena, {"title": "Nothing answers"})
    await _card(desk, "inc-1-claude-api", "Nothing answers")
    await desk.see("inc-1-claude-api", "*Last measured*")  # then the second is declared with what that said
    said = await desk.slack.say(desk.ravi, "#ops", "Search is broken\nsk-ant-api03-" + "x" * 40)
    await desk.slack.message_shortcut(desk.ravi, "#ops", said.ts, ids.OPEN_FROM_MESSAGE)
    view = await desk.until(lambda: desk.slack.view(desk.ravi))
    assert "Nothing answers" in str(view.blocks)
    assert "x" * 40 not in str(view.blocks)
    await desk.slack.submit(desk.ravi, {})
    await _card(desk, "inc-2-overloaded", "Search is broken")
    incident, _ = await desk.record(2)
    assert incident.triage_id is None, "the run was made for the first one, and has no message"


async def test_two_who_declare_at_once_are_led_to_one_incident(desk: Scene) -> None:
    """The second one's form says what was opened meanwhile; pressed again, it opens another on purpose."""
    await _form(desk, desk.lena)
    await _form(desk, desk.ravi)
    await desk.slack.submit(desk.lena, PLAIN)
    await _card(desk, "inc-1-claude-api", PLAIN["title"])
    await desk.see("inc-1-claude-api", "*Last measured*")  # then the second is declared with what that said
    outcome = await desk.slack.submit(desk.ravi, {**PLAIN, "title": "Chat is silent"})
    assert outcome.acked
    view = await desk.until(lambda: desk.slack.view(desk.ravi))
    assert "has opened one while you wrote" in str(view.blocks)
    assert "Chat is silent" in str(view.blocks)
    assert ["inc-1-claude-api"] == _channels(desk)
    await desk.slack.submit(desk.ravi, {})
    await _card(desk, "inc-2-overloaded", "Chat is silent")


async def test_a_private_incident_is_private_everywhere(desk: Scene) -> None:
    """Its channel is private, no list and no verb tells an outsider of it, and no run's message shows it."""
    await desk.verdict()
    channel = await _declared(desk, desk.lena, PRIVATE, "inc-1-overloaded")
    assert "group" == desk.slack.channel(channel).kind
    await desk.slack.command(desk.ravi, "#ops", "list")
    await desk.until(lambda: desk.whispered(desk.ravi, "No incident is open"))
    verbs = ("status INC-1", "note INC-1 x", "export INC-1", "role INC-1 lead me", "close INC-1", "severity INC-1 P4 x")
    for count, verb in enumerate(verbs, 1):
        await desk.slack.command(desk.ravi, "#ops", verb)
        await desk.until(partial(_has_heard, desk, count), verb)
    await desk.slack.command(desk.lena, "#ops", "list")
    await desk.until(lambda: desk.whispered(desk.lena, "private: A key leaked"))
    assert not [m for m in desk.slack.messages("#ops") if "INC-1" in desk.slack.read(m)]
    await _form(desk, desk.ravi)
    view = desk.slack.view(desk.ravi)
    assert view is not None
    assert "A key leaked" not in str(view.blocks)


@pytest.mark.expects_errors
async def test_the_postmortem_of_a_private_incident_goes_nowhere_else(desk: Scene) -> None:
    """Without its channel it is not shared where the incident was opened: the lead hears how to get one."""
    desk.slack.faults.add(Fault("conversations.create", error="restricted_action", times=1))
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, PRIVATE)
    await desk.until(lambda: [m for m in desk.slack.direct(desk.lena) if "repair INC-1" in desk.slack.read(m)])
    await desk.resolve(desk.lena, "#ops", "INC-1")
    await desk.until(
        lambda: [m for m in desk.slack.direct(desk.lena) if "no channel for its postmortem" in desk.slack.read(m)]
    )
    assert [] == desk.slack.channel("#ops").files
    assert not [m for m in desk.slack.messages("#ops") if "INC-1" in desk.slack.read(m)]


@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"groups:write"}])
async def test_without_the_scope_a_private_incident_is_refused(desk: Scene) -> None:
    """The form says which scope is missing; nothing is opened, least of all in public."""
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, PRIVATE)
    view = await desk.until(lambda: desk.slack.view(desk.lena))
    assert "groups:write" in str(view.errors)
    assert [] == _channels(desk)
    assert [] == desk.slack.recorder.calls("conversations.create")


async def test_an_incident_can_be_run_in_a_channel_that_exists(desk: Scene) -> None:
    """The bot joins it, leaves its topic alone, and refuses a second incident there."""
    house = desk.slack.add_channel("payments", [desk.lena, desk.ravi], with_bot=False).id
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, {**PLAIN, "house": house})
    await desk.see("payments", PLAIN["title"])
    assert [] == _channels(desk)
    await desk.slack.command(desk.lena, "#payments", "status monitoring")
    await desk.see("payments", "monitoring")
    assert "" == desk.slack.channel("payments").topic
    await _form(desk, desk.ravi)
    await desk.slack.submit(desk.ravi, {**PLAIN, "house": house})
    view = await desk.until(lambda: desk.slack.view(desk.ravi))
    assert "INC-1 is run in that channel" in str(view.errors)


async def test_a_channel_that_slack_refuses_is_told_and_repaired(desk: Scene) -> None:
    """Without a run's message the lead hears of it in private, with the verb that tries again."""
    secret = desk.slack.add_channel("secret", [desk.lena], private=True, with_bot=False)
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, {**PLAIN, "house": secret.id})
    told = await desk.until(
        lambda: [m for m in desk.slack.direct(desk.lena) if "repair INC-1" in desk.slack.read(m)], "the word"
    )
    assert "could not create a channel" in desk.slack.read(told[0])
    secret.members.append(desk.slack.bot_user_id)
    await desk.slack.command(desk.lena, "#ops", "repair INC-1")
    await desk.see("secret", PLAIN["title"])


@pytest.mark.expects_errors
@pytest.mark.parametrize("loss", ["archived", "deleted", "left"])
async def test_a_lost_channel_is_replaced_by_the_repair_verb(desk: Scene, loss: str) -> None:
    """State and timeline stay; the new channel gets card and present question, and its messages are posted there."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await desk.slack.press(desk.lena, channel, question.ts, label="529")
    await desk.see(channel, "One model, or all")
    there = desk.slack.channel(channel)
    if loss == "archived":
        there.archived = True
    elif loss == "left":
        there.members.remove(desk.slack.bot_user_id)
    else:
        del desk.slack.state.channels[there.id]
    await desk.slack.command(desk.lena, "#ops", "repair INC-1")
    await desk.until(lambda: desk.whispered(desk.lena, "Looking whether INC-1"))
    anew = f"{channel}-2" if loss != "deleted" else channel
    await desk.until(lambda: [c for c in desk.slack.state.channels.values() if c.name == anew and c.id != there.id])
    await desk.see(anew, "# INC-1")
    await desk.see(anew, "One model, or all")
    await desk.slack.command(desk.lena, "#ops", "severity INC-1 P3 a few only")
    await desk.see(anew, "P3")


async def test_a_channel_that_serves_is_left_alone(desk: Scene) -> None:
    """Whoever asks is told so in private."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    await desk.slack.command(desk.ravi, "#ops", "repair INC-1")
    await desk.until(lambda: [m for m in desk.slack.direct(desk.ravi) if "still serves" in desk.slack.read(m)])
    assert [channel] == _channels(desk)
