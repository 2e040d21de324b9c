"""Who may do what, when the button arrives: guests, people who only look on, and a team's own rows."""

import pytest

from bot.playground.faults import Fault
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from tests.scene import Scene

ALL_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)


async def test_a_guest_is_refused_and_told_why(desk: Scene) -> None:
    """By command and by button alike; nothing happens, except what guests may."""
    guest = desk.slack.guest
    channel = await desk.opened()
    card = await desk.see(channel, "Acknowledge")
    for name in ("ops", channel):
        desk.slack.channel(name).members.append(guest)
    await desk.slack.command(guest, "#ops", "ack INC-1")
    await desk.until(lambda: desk.whispered(guest, "For guests it is not allowed to acknowledge an incident"))
    await desk.slack.press(guest, channel, card.ts, label="Acknowledge")
    await desk.until(lambda: len(desk.slack.ephemerals(guest)) == 2, "the second refusal")
    await desk.slack.command(guest, "#ops", "explain 529 overloaded_error")
    await desk.until(lambda: desk.whispered(guest, "overloaded"))
    incident, _ = await desk.record()
    assert incident.acknowledged_by is None


async def test_who_only_looks_on_cannot_end_an_incident(desk: Scene) -> None:
    """Neither by the button nor by the verb; with a task in it they can."""
    channel = await desk.opened()
    card = await desk.see(channel, "Resolve")
    desk.slack.channel(channel).members.append(desk.ravi)
    await desk.slack.press(desk.ravi, channel, card.ts, label="Resolve")
    await desk.until(lambda: desk.whispered(desk.ravi, "Only those who work on it may resolve an incident (INC-1)."))
    await desk.slack.command(desk.ravi, channel, "resolve")
    await desk.until(lambda: len(desk.slack.ephemerals(desk.ravi)) == 2, "the second refusal")
    assert desk.slack.view(desk.ravi) is None
    await desk.slack.command(desk.lena, channel, f"task look <@{desk.ravi}|ravi>")
    await desk.see(channel, "task 1 (open)")
    await desk.slack.press(desk.ravi, channel, card.ts, label="Resolve")
    await desk.until(lambda: desk.slack.view(desk.ravi), "the form")


@pytest.mark.parametrize("tables", ['[policy.note]\nwho = "lead"\nwhere = "channel"\n'])
async def test_a_teams_own_row_holds(desk: Scene) -> None:
    """The file says who may write notes, and from where; the refusal says who could."""
    channel = await desk.opened()
    desk.slack.channel(channel).members.append(desk.ravi)
    await desk.slack.command(desk.ravi, channel, "note x")
    await desk.until(lambda: desk.whispered(desk.ravi, "Only its lead may write on a timeline (INC-1). Ask lena"))
    await desk.slack.command(desk.lena, "#ops", "note INC-1 x")
    await desk.until(lambda: desk.whispered(desk.lena, "Only from the channel of INC-1"))
    await desk.slack.command(desk.lena, channel, "note x")
    await desk.until(lambda: desk.whispered(desk.lena, "Noted on the timeline"))


async def test_slack_is_asked_once_who_somebody_is(desk: Scene) -> None:
    """Ten minutes long the answer holds; when Slack gives none then, the last one does."""
    for _ in range(3):
        await desk.slack.command(desk.lena, "#ops", "list")
    asked = [call for call in desk.slack.recorder.calls("users.info") if desk.lena in str(call.arguments)]
    assert 1 == len(asked)
    await desk.world.jump(601)
    desk.slack.faults.add(Fault("users.info", error="internal_error", times=9))
    await desk.slack.command(desk.lena, "#ops", "help")
    await desk.until(lambda: desk.whispered(desk.lena, "the triage checks"))


async def test_somebody_of_whom_slack_says_nothing_is_no_member(desk: Scene) -> None:
    """They are asked to try again, and then may."""
    desk.slack.faults.add(Fault("users.info", error="internal_error"))
    await desk.slack.command(desk.lena, "#ops", "list")
    await desk.until(lambda: desk.whispered(desk.lena, "Slack did not say who you are"))
    await desk.slack.command(desk.lena, "#ops", "list")
    await desk.until(lambda: desk.whispered(desk.lena, "No incident is open"))


@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"users:read"}])
async def test_without_the_scope_everybody_of_the_workspace_is_a_member(desk: Scene) -> None:
    """The start says so; nobody is shut out."""
    await desk.slack.command(desk.lena, "#ops", "list")
    await desk.until(lambda: desk.whispered(desk.lena, "No incident is open"))


_HERE = "".join(f'[policy.{act}]\nwhere = "channel"\n' for act in ("resolve", "severity", "update"))


@pytest.mark.parametrize("tables", [_HERE], ids=["only in the channel"])
async def test_a_form_counts_as_where_it_was_asked_for(desk: Scene) -> None:
    """What may be done only in the incident's channel can be done there by form, and not from elsewhere."""
    channel = await desk.opened()
    forms = {
        "update": {"text": "we look"},
        "severity": {"severity": "P3", "reason": "few"},
        "resolve": {"early": "it works"},
    }
    for verb, said in forms.items():
        await desk.slack.command(desk.lena, "#ops", f"{verb} INC-1")
        await desk.until(lambda: desk.whispered(desk.lena, "Only from the channel of INC-1"), verb)
        await desk.slack.command(desk.lena, channel, verb)
        await desk.until(lambda: desk.slack.view(desk.lena), verb)
        await desk.slack.submit(desk.lena, said)
        assert desk.slack.view(desk.lena) is None, verb
    incident, _ = await desk.record()
    assert not incident.is_open


async def test_no_guest_gets_a_role(desk: Scene) -> None:
    """Who may do nothing cannot lead."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, f"role lead <@{desk.slack.guest}|gus>")
    await desk.until(lambda: desk.whispered(desk.lena, "gus is no member of this workspace"))
    incident, _ = await desk.record()
    assert desk.lena == incident.lead.id
