"""The end of an incident in Slack: offered once it was measured, doubted when it fails again."""

import pytest

from bot.incidents.events import Measured, Recovered, Relapsed, Reopened, Resolved
from bot.incidents.model import Status
from tests.scene import Scene

_WORDS = {"impact": "", "root_cause": "", "mitigation": "", "action_items": ""}


async def _watching(desk: Scene) -> str:
    """Open an incident and say that it works again; return its channel."""
    channel = await desk.opened()
    for label in ("529", "All of them", "It works again"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]")
    return channel


async def _measured(desk: Scene, count: int) -> None:
    async def measurements() -> int:
        _, story = await desk.record()
        return sum(isinstance(item.event, Measured) for item in story)

    await desk.eventually(measurements, count)


async def _five_minutes_pass(desk: Scene, measurements: int) -> None:
    await desk.settled()
    await desk.world.jump(5 * 60)
    await _measured(desk, measurements)


async def test_the_end_is_offered_after_three_clean_measurements_over_ten_minutes(desk: Scene) -> None:
    """The card counts them with their cost; the offer comes once, to the lead; nothing resolves by itself."""
    channel = await _watching(desk)
    await desk.world.play("healthy")
    await _five_minutes_pass(desk, 2)
    card = await desk.see(channel, "1 of 3 clean measurements in a row")
    assert "at most $" in desk.slack.read(card)
    await _five_minutes_pass(desk, 3)
    assert desk.with_text(channel, "It seems to be over") is None
    await _five_minutes_pass(desk, 4)
    offer = await desk.see(channel, "It seems to be over")
    await _five_minutes_pass(desk, 5)
    incident, story = await desk.record()
    assert Status.MONITORING == incident.status
    assert 1 == sum(isinstance(item.event, Recovered) for item in story)
    await desk.slack.press(desk.lena, channel, offer.ts, label="Resolve")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    assert "Why is it over all the same?" not in str(form.blocks)
    await desk.slack.submit(desk.lena, _WORDS)
    await desk.until(lambda: "[ Resolve ]" not in desk.slack.read(offer), "the offer without its button")


async def test_who_resolves_before_that_says_why(desk: Scene) -> None:
    """The same form asks; the reason is on the timeline and in the form's answer when it is missing."""
    channel = await _watching(desk)
    card = await desk.see(channel, "[ Resolve ]")
    await desk.slack.press(desk.lena, channel, card.ts, label="Resolve")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    assert "0 of 3 clean measurements in a row" in str(form.blocks)
    await desk.slack.submit(desk.lena, {**_WORDS, "early": "customers confirm it"})
    await desk.see(channel, "resolved")
    _, story = await desk.record()
    assert ["customers confirm it"] == [item.event.early for item in story if isinstance(item.event, Resolved)]


async def test_what_fails_again_within_the_hour_proposes_to_reopen(desk: Scene) -> None:
    """The bot looks by itself after the end; the proposal carries what was measured into the form."""
    channel = await _watching(desk)
    await desk.world.play("healthy")
    await _five_minutes_pass(desk, 2)
    card = await desk.see(channel, "[ Resolve ]")
    await desk.slack.press(desk.lena, channel, card.ts, label="Resolve")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {**_WORDS, "early": "it works"})
    await desk.gone(channel, "[ Resolve ]")
    await _five_minutes_pass(desk, 3)
    await desk.world.play("overloaded_storm")
    await _five_minutes_pass(desk, 4)
    doubt = await desk.see(channel, "It fails again")
    await desk.slack.press(desk.ravi, channel, doubt.ts, label="Reopen")
    form = await desk.until(lambda: desk.slack.view(desk.ravi), "the form")
    assert "529" in str(form.blocks)
    await desk.slack.submit(desk.ravi, {"text": "529 again"})
    await desk.until(lambda: "[ Reopen ]" not in desk.slack.read(doubt), "the proposal without its button")
    incident, story = await desk.record()
    assert incident.is_open
    assert 1 == sum(isinstance(item.event, Relapsed) for item in story)
    assert ["529 again"] == [item.event.reason for item in story if isinstance(item.event, Reopened)]


async def test_a_provider_that_flaps_is_not_over(desk: Scene) -> None:
    """One failure between clean measurements begins the row anew."""
    channel = await _watching(desk)
    for count, scenario in enumerate(("healthy", "healthy", "overloaded_storm", "healthy", "healthy"), start=2):
        await desk.world.play(scenario)
        await _five_minutes_pass(desk, count)
    await desk.see(channel, "2 of 3 clean measurements in a row")
    assert desk.with_text(channel, "It seems to be over") is None


@pytest.mark.parametrize(("page", "holds"), [("status_red", True), ("status_unreadable", False)])
async def test_a_page_that_is_red_holds_the_end_up_an_unreadable_one_never(
    desk: Scene, page: str, *, holds: bool
) -> None:
    """The probes are clean; the provider's own incident is still open, or nobody can read whether it is."""
    channel = await _watching(desk)
    await desk.world.play(page)
    for count in (2, 3, 4):
        await _five_minutes_pass(desk, count)
    await desk.see(channel, "is still open" if holds else "It seems to be over")


async def test_the_watch_goes_on_where_the_bot_was_stopped(scene: Scene) -> None:
    """A restarted bot measures at the next moment that was due, and counts what had been measured before."""
    async with scene.bot():
        channel = await _watching(scene)
        await scene.world.play("healthy")
        await _five_minutes_pass(scene, 2)
        await _five_minutes_pass(scene, 3)
    await scene.world.jump(5 * 60)
    async with scene.bot():
        await _measured(scene, 4)
        await scene.see(channel, "It seems to be over")
