"""What is private stays so, whichever way people go: by channel, by run, by report, by guest."""

import pytest

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
