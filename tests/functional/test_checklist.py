"""Mitigations in Slack: taken in hand, done, undone, and measured whether they helped; a wait that counts down."""

import re

import pytest

from bot.incidents.events import Measured, MitigationMarked
from bot.playground.workspace import Message
from bot.slack import ids
from tests.scene import Scene

_SWITCH = """
[[switch]]
name = "Fallback flag"
mitigations = ["other_model", "check_key"]
url = "https://flags.example.com/fallback"
owner = "U0OWNER001"
how = "Set ai-fallback to on"
"""


async def _advice(desk: Scene, *labels: str) -> tuple[str, Message]:
    """Answer what is pre-selected, question after question; return the channel and the message with the advice."""
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    channel = await desk.until(desk.incident_channel, "the incident's channel")
    for label in labels:
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]")
    return channel, await desk.see(channel, "[ It works again ]")


async def _reads(desk: Scene, message: Message, *texts: str) -> None:
    await desk.until(lambda: all(text in desk.slack.read(message) for text in texts) or None, " + ".join(texts))


@pytest.mark.parametrize("tables", [_SWITCH])
async def test_a_mitigation_is_taken_done_measured_and_undone(desk: Scene) -> None:
    """Who has it in hand and who did it stand in the advice, on the card and on the timeline."""
    channel, advice = await _advice(desk, "529", "All of them")
    await _reads(desk, advice, "Fallback flag", "Set ai-fallback to on", "[ I take it ]")
    await _press(desk, desk.ravi, channel, advice, "taken:other_model")
    await _reads(desk, advice, "has it in hand since")
    await _press(desk, desk.lena, channel, advice, "done:other_model")
    await _reads(desk, advice, "whether it helped only production can tell", "[ Tell what production sees ]")
    card = await desk.see(channel, "*Tried*")
    assert "Fall back to another model: :white_check_mark: done by" in desk.slack.read(card)
    await _press(desk, desk.lena, channel, advice, "undone:other_model")
    await _reads(desk, advice, "undone by")
    incident, story = await desk.record()
    marks = [item.event for item in story if isinstance(item.event, MitigationMarked)]
    assert [("ravi", "taken"), ("lena", "done"), ("lena", "undone")] == [(one.actor.name, one.mark) for one in marks]
    assert "ravi" == incident.tried[0].owner.name


@pytest.mark.parametrize("scenario", ["key_revoked"])
async def test_what_the_probes_can_see_is_measured_after_it_was_done(desk: Scene) -> None:
    """A minute later, by itself: still failing, and after it was done anew, works."""
    channel, advice = await _advice(desk, "401 or 403", "401 authentication")
    await _press(desk, desk.lena, channel, advice, "done:check_key")
    await _reads(desk, advice, "being measured", "[ Measure whether it helped ]")
    await desk.world.jump(61)
    await _reads(desk, advice, "measured after it: *it still fails*")
    await _press(desk, desk.lena, channel, advice, "undone:check_key")
    await _reads(desk, advice, "undone by")
    await desk.world.play("healthy")
    await _press(desk, desk.lena, channel, advice, "done:check_key")
    await desk.world.jump(61)
    await _reads(desk, advice, "measured after it: *it works*")


@pytest.mark.parametrize("scenario", ["key_revoked"])
async def test_the_last_measurement_says_whether_it_helped(desk: Scene) -> None:
    """Who measures before the change takes effect reads that it fails, and later that it works."""
    channel, advice = await _advice(desk, "401 or 403", "401 authentication")
    await _press(desk, desk.lena, channel, advice, "done:check_key")
    await _reads(desk, advice, "[ Measure whether it helped ]")
    await desk.slack.press(desk.ravi, channel, advice.ts, action_id=f"{ids.MEASURE}:check_key")
    await _reads(desk, advice, "measured after it: *it still fails*")
    await desk.world.play("healthy")
    await desk.settled()
    await desk.world.jump(61)
    await _reads(desk, advice, "measured after it: *it works*")


@pytest.mark.parametrize("scenario", ["key_revoked"])
async def test_a_run_that_began_before_it_was_done_does_not_say_that_it_fails(desk: Scene) -> None:
    """It was under way while somebody mended the key; the next one tells."""
    channel, advice = await _advice(desk, "401 or 403", "401 authentication")
    await desk.world.play("hanging")
    await desk.slack.press(desk.ravi, channel, advice.ts, label="Not sure: measure")
    calls = len(desk.world.provider.calls)
    await desk.until(lambda: len(desk.world.provider.calls) > calls or None, "a request under way")
    await _press(desk, desk.lena, channel, advice, "done:check_key")
    await _reads(desk, advice, "got no answer in time", "being measured")
    await desk.world.play("healthy")
    await desk.settled()
    await desk.world.jump(61)
    await _reads(desk, advice, "measured after it: *it works*")
    incident, _ = await desk.record()
    assert incident.tried[0].helped


async def test_who_comes_second_hears_who_was_first(desk: Scene) -> None:
    """An old button of a mitigation changes nothing."""
    channel, advice = await _advice(desk, "529", "All of them")
    await _press(desk, desk.ravi, channel, advice, "done:other_model")
    await _reads(desk, advice, "done by")
    await desk.slack.press_old(desk.lena, channel, advice.ts, action_id=f"{ids.MITIGATE}done:other_model")
    await desk.until(lambda: desk.whispered(desk.lena, "ravi has done it already"), "who was first")
    _, story = await desk.record()
    assert 1 == sum(isinstance(item.event, MitigationMarked) for item in story)


@pytest.mark.parametrize("scenario", ["rate_limited"])
async def test_a_wait_counts_down_and_is_measured_when_it_ends(desk: Scene) -> None:
    """The question says how many seconds are left, fewer each time, and the bot looks by itself."""
    _, advice = await _advice(desk, "429", "No: a rate limit")
    left = await _left(desk, advice)
    _, story = await desk.record()
    before = sum(isinstance(item.event, Measured) for item in story)
    await desk.world.jump(min(16, left - 1))
    await desk.until(lambda: ((now := _seconds(desk, advice)) is not None and now < left) or None, "fewer seconds")
    await desk.world.jump(60)

    async def measurements() -> bool:
        _, told = await desk.record()
        return sum(isinstance(item.event, Measured) for item in told) > before

    await desk.eventually(measurements, wanted=True)


def _seconds(desk: Scene, message: Message) -> int | None:
    found = re.search(r"(\d+) s to wait", desk.slack.read(message))
    return int(found[1]) if found else None


async def _left(desk: Scene, message: Message) -> int:
    return await desk.until(lambda: _seconds(desk, message), "a wait")


async def _press(desk: Scene, who: str, channel: str, message: Message, which: str) -> None:
    await desk.slack.press(who, channel, message.ts, action_id=f"{ids.MITIGATE}{which}")
