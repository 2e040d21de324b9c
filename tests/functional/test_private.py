"""What is private stays so, whichever way people go: by channel, by run, by report, by guest."""

import pytest

from bot.incidents.model import fold
from bot.playground.workspace import Message
from tests.functional.test_declare import PLAIN, PRIVATE, _form
from tests.scene import Scene


async def _declared(desk: Scene, said: dict[str, str]) -> None:
    await _form(desk, desk.lena)
    await desk.slack.submit(desk.lena, said)


async def _private(desk: Scene) -> str:
    """Declare a private incident; return its channel's name when the lead is there."""
    await _declared(desk, PRIVATE)
    channel = await desk.until(desk.incident_channel)
    await desk.see(channel, PRIVATE["title"])
    await desk.until(lambda: desk.lena in desk.slack.channel(channel).members, "the lead in it")
    return channel


def _told(desk: Scene, user: str, text: str) -> list[Message]:
    return [one for one in desk.slack.direct(user) if text in desk.slack.read(one)]


async def test_a_private_incident_is_not_run_in_a_public_channel(desk: Scene) -> None:
    """Nothing is posted there; its lead hears why, and `repair` makes a private channel of its own."""
    house = desk.slack.add_channel("payments", [desk.lena, desk.ravi], with_bot=False)
    await _declared(desk, {**PRIVATE, "house": house.id})
    await desk.until(lambda: _told(desk, desk.lena, "That channel is public, and the incident is private"))
    assert [] == house.messages
    await desk.slack.command(desk.lena, "#ops", "repair INC-1")
    channel = await desk.until(desk.incident_channel)
    await desk.see(channel, PRIVATE["title"])
    assert "group" == desk.slack.channel(channel).kind


async def test_what_a_house_is_decides_for_the_run_as_well(desk: Scene) -> None:
    """The verdict from which it was declared leads to an incident in a public channel, to none in a private one."""
    await desk.verdict()
    secret = desk.slack.add_channel("secret", [desk.lena], private=True)
    await _declared(desk, {**PLAIN, "title": "Breach at ACME", "house": secret.id})
    await desk.see("secret", "Breach at ACME")
    await desk.see("secret", "[ 529 ]")
    assert not [m for m in desk.slack.messages("#ops") if "INC-1" in desk.slack.read(m)]
    house = desk.slack.add_channel("payments", [desk.lena])
    await _declared(desk, {**PLAIN, "house": house.id})
    await desk.see("#ops", "INC-2")
    incident, story = await desk.record(2)
    assert (False, incident) == (incident.private, fold(2, [item.event for item in story]))


@pytest.mark.expects_errors
async def test_a_private_house_that_the_bot_cannot_enter_is_private(desk: Scene) -> None:
    """Nobody else finds the incident, and its postmortem goes nowhere."""
    secret = desk.slack.add_channel("secret", [desk.lena], private=True, with_bot=False)
    await _form(desk, desk.ravi)
    await _declared(desk, {**PLAIN, "title": "Breach at ACME", "house": secret.id})
    await desk.until(lambda: _told(desk, desk.lena, "repair INC-1"))
    await desk.slack.submit(desk.ravi, PLAIN)  # his form is not led to hers
    await desk.until(lambda: desk.whispered(desk.ravi, "INC-2 is open"))
    await desk.resolve(desk.lena, "#ops", "INC-1", root_cause="ACME lost its key")
    await desk.until(lambda: _told(desk, desk.lena, "no channel for its postmortem"))
    await desk.slack.command(desk.ravi, "#ops", "search ACME")
    await desk.until(lambda: desk.whispered(desk.ravi, "No incident has all of these words"))
    assert [] == desk.slack.channel("#ops").files


@pytest.mark.parametrize("private", [True, False])
async def test_what_replaces_a_refused_house_is_as_private(desk: Scene, *, private: bool) -> None:
    """`repair` makes a channel of the house's own kind, whatever it was refused for."""
    house = desk.slack.add_channel("partners", [desk.lena], private=private)
    house.ext_shared = True
    await _declared(desk, {**PLAIN, "house": house.id})
    await desk.until(lambda: _told(desk, desk.lena, "shared with people of another organisation"))
    await desk.slack.command(desk.lena, "#ops", "repair INC-1")
    channel = await desk.until(desk.incident_channel)
    assert ("group" if private else "channel") == desk.slack.channel(channel).kind


@pytest.mark.expects_errors  # what is still to be shown there when it is archived
async def test_an_incident_in_a_private_channel_is_private(desk: Scene) -> None:
    """As the form says: no list of others tells of it, and a channel that replaces the lost one is private, too."""
    secret = desk.slack.add_channel("secret", [desk.lena], private=True)
    await _declared(desk, {**PLAIN, "house": secret.id})
    await desk.see("secret", PLAIN["title"])
    await desk.slack.command(desk.ravi, "#ops", "list")
    await desk.until(lambda: desk.whispered(desk.ravi, "No incident is open"))
    await desk.see("secret", "[ 529 ]")  # the last that is done there
    secret.archived = True
    await desk.slack.command(desk.lena, "#ops", "repair INC-1")
    channel = await desk.until(desk.incident_channel)
    await desk.see(channel, PLAIN["title"])
    assert "group" == desk.slack.channel(channel).kind


async def test_a_channel_shared_with_others_is_refused(desk: Scene) -> None:
    """People of another organisation would read along."""
    house = desk.slack.add_channel("partners", [desk.lena], with_bot=False)
    house.ext_shared = True
    await _declared(desk, {**PLAIN, "house": house.id})
    await desk.until(lambda: _told(desk, desk.lena, "shared with people of another organisation"))
    assert [] == house.messages


async def test_a_run_of_a_private_incident_is_not_named(desk: Scene) -> None:
    """Who asks for a run meanwhile hears neither its channel nor who asked, and to try again."""
    channel = await _private(desk)
    await desk.world.play("hanging")  # so that the run takes its time
    await desk.slack.command(desk.lena, channel)
    await desk.slack.command(desk.ravi, "#ops")
    told = desk.slack.read(await desk.until(lambda: desk.whispered(desk.ravi, "A triage is running already")))
    assert "ask again then" in told
    assert "inc-" not in told


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_what_is_reported_in_private_shows_in_no_public_verdict(desk: Scene) -> None:
    """It weighs where it was said, and nowhere else."""
    channel = await _private(desk)
    await desk.slack.command(desk.lena, channel, "evidence")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"kind": "compromise", "changed": "contractor Jane Doe took it along"})
    assert "Jane Doe" in desk.slack.read(await desk.see(channel, "[ Run again ]"))
    await desk.slack.command(desk.ravi, "#ops")
    verdict = desk.slack.read(await desk.see("#ops", "[ Open incident ]"))
    assert "Jane Doe" not in verdict
    assert "wrong hands" not in verdict


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_what_is_reported_in_a_private_channel_without_an_incident_weighs_there_alone(desk: Scene) -> None:
    """Nobody else reads that a contractor took the key along, nor that anything was reported."""
    desk.slack.add_channel("secret", [desk.lena], private=True)
    await desk.slack.command(desk.lena, "secret", "evidence")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"kind": "compromise", "changed": "contractor Jane Doe took it along"})
    assert "Jane Doe" in desk.slack.read(await desk.see("secret", "[ Run again ]"))
    await desk.slack.command(desk.ravi, "#ops")
    verdict = desk.slack.read(await desk.see("#ops", "[ Open incident ]"))
    assert "Jane Doe" not in verdict
    assert "wrong hands" not in verdict


async def test_a_private_verdict_proposes_nothing_elsewhere(desk: Scene) -> None:
    """Neither the form nor the incident has anything of what was measured and reported in private."""
    channel = await _private(desk)
    await desk.slack.command(desk.lena, channel, "evidence")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"kind": "compromise", "changed": "contractor Jane Doe took it along"})
    await desk.see(channel, "[ Run again ]")
    await _form(desk, desk.ravi)
    view = desk.slack.view(desk.ravi)
    assert view is not None
    assert "Nothing was measured" in str(view.blocks)
    await desk.slack.submit(desk.ravi, {"title": "Something else"})
    await desk.until(lambda: desk.whispered(desk.ravi, "INC-2 is open"))
    assert "Jane Doe" not in str(await desk.record(2))


async def test_a_run_in_a_private_channel_is_not_named(desk: Scene) -> None:
    """Nor is who asked for it, though no incident is run there."""
    desk.slack.add_channel("secret-acquisition", [desk.lena], private=True)
    await desk.world.play("hanging")
    await desk.slack.command(desk.lena, "#secret-acquisition")
    await desk.slack.command(desk.ravi, "#ops")
    told = desk.slack.read(await desk.until(lambda: desk.whispered(desk.ravi, "A triage is running already")))
    assert "ask again then" in told
    assert "secret" not in told
    assert "lena" not in told


async def test_the_home_counts_what_its_person_may_see(desk: Scene) -> None:
    """Of a private incident not even the number."""
    await _private(desk)
    await desk.slack.open_home(desk.ravi)
    view = await desk.until(lambda: desk.slack.home(desk.ravi), "the home")
    assert "No incident was opened" in str(view.blocks)


async def test_who_has_a_private_incident_in_hand_sees_it_from_outside(desk: Scene) -> None:
    """As who has a role or a task in it."""
    channel = await _private(desk)
    desk.slack.channel(channel).members.append(desk.ravi)
    await desk.slack.command(desk.ravi, channel, "ack")
    await desk.until(lambda: desk.whispered(desk.ravi, "You have INC-1 in hand"))
    await desk.slack.command(desk.ravi, "#ops", "status INC-1")
    await desk.until(lambda: desk.whispered(desk.ravi, PRIVATE["title"]))


async def test_guests_see_no_incident_at_home_nor_by_joining(desk: Scene) -> None:
    """`see` is for members: a guest gets no App Home and no word of what happened so far."""
    channel = await desk.opened()
    guest = desk.slack.guest
    await desk.slack.open_home(guest)
    await desk.slack.join(guest, channel)
    await desk.slack.open_home(desk.ravi)
    await desk.slack.join(desk.ravi, channel)
    await desk.until(lambda: desk.slack.home(desk.ravi), "a member's App Home")
    await desk.until(lambda: desk.whispered(desk.ravi, "INC-1 is investigating"), "a member's recap")
    assert desk.slack.home(guest) is None
    assert [] == desk.slack.ephemerals(guest)
