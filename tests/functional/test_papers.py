"""What a person gets to read for themselves in Slack: the support bundle, and numbers over what they may know of."""

import pytest

from bot.slack.listeners.commands import VERBS
from tests.functional.test_private import _private
from tests.scene import Scene


async def _hears(desk: Scene, user: str, channel: str, verb: str, answer: str) -> str:
    """Type a verb and return what only this person reads then."""
    await desk.slack.command(user, channel, verb)
    return desk.slack.read(await desk.until(lambda: desk.whispered(user, answer), answer))


async def test_the_bundle_comes_to_who_asks_alone(desk: Scene) -> None:
    """In the incident's channel without a name, elsewhere with one; nobody else reads it, and nothing is posted."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "note Anna Example is angry")
    await desk.until(lambda: desk.whispered(desk.lena, "Noted on the timeline"))
    await desk.settled()
    before = len(desk.slack.messages(channel))
    told = await _hears(desk, desk.lena, channel, "bundle", "Failed Claude API requests (INC-1)")
    _, story = await desk.record()
    measured = next(item.event for item in story if item.event.kind == "measured")
    assert measured.kind == "measured"
    for failed in measured.failures:
        for name in failed.request_ids:
            assert name in told
    assert "overloaded" in told
    assert "HTTP status: 529" in told
    assert "$ANTHROPIC_API_KEY" in told
    assert "anthropic-version: 2026-10-21" in told
    for word in ("Anna", "lena", channel):
        assert word not in told
    assert "(INC-1)" in await _hears(desk, desk.ravi, "#ops", "bundle inc-1", "Failed Claude API requests")
    await desk.settled()
    assert before == len(desk.slack.messages(channel))


async def test_a_private_incident_has_a_bundle_for_its_people_alone(desk: Scene) -> None:
    """Whoever may not know of it hears what they would hear of none; a guest may not at all."""
    await _private(desk)
    assert "(INC-1)" in await _hears(desk, desk.lena, "#ops", "bundle INC-1", "Failed Claude API requests")
    assert "INC-1" in await _hears(desk, desk.ravi, "#ops", "bundle INC-1", "There is no incident INC-1")
    guest = desk.slack.guest
    desk.slack.channel("ops").members.append(guest)
    await _hears(desk, guest, "#ops", "bundle INC-1", "For guests it is not allowed to collect")


@pytest.mark.parametrize("tables", ['[policy.bundle]\nwho = "lead"\n'])
async def test_a_team_says_who_may_collect_it(desk: Scene) -> None:
    """The row of the policy holds."""
    await desk.opened()
    await _hears(desk, desk.ravi, "#ops", "bundle INC-1", "Only its lead may collect what the provider's support asks")
    await _hears(desk, desk.lena, "#ops", "bundle INC-1", "Failed Claude API requests")


async def test_numbers_count_what_the_person_may_know_of(desk: Scene) -> None:
    """A public and a private incident: two for who works on both, one for the others, who do not hear of the second."""
    await desk.opened()
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"title": "A key leaked", "access": "private"})
    await desk.until(lambda: desk.slack.view(desk.lena) is None, "the form is gone")
    lena = await _hears(desk, desk.lena, "#ops", "report 7d", "2 incidents opened since")
    assert "1 private, counted because you may know of them" in lena
    assert "Counting the incidents opened since" in await _hears(desk, desk.ravi, "#ops", "report", "Counting")
    ravi = desk.slack.read(await desk.until(lambda: desk.whispered(desk.ravi, "1 incident opened since")))
    assert "private" not in ravi
    assert "whose fault: theirs 1" in ravi
    assert "mean time to detect" in ravi
    assert not [one for one in desk.slack.messages("#ops") if "opened since" in desk.slack.read(one)]


async def test_a_wrong_period_is_told(desk: Scene) -> None:
    """With how it is written; of no incident it says so."""
    await _hears(desk, desk.lena, "#ops", "report soon", "'soon' is no period. Write it like")
    await _hears(desk, desk.lena, "#ops", "report 30d", "No incident of which you may know was opened since")


def test_both_verbs_are_there() -> None:
    """Numbers are for whoever may see incidents."""
    assert ("bundle", "see") == (VERBS["bundle"][1], VERBS["report"][1])
