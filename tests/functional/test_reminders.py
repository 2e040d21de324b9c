"""Reminders follow the response times, are answered by a press, and fall silent when they should."""

from bot.playground.workspace import Message
from tests.scene import Scene


async def test_a_p1_reminds_at_once_and_again_until_somebody_has_it(desk: Scene) -> None:
    """At the opening and every five minutes; after the press it asks for nothing any more."""
    channel = await desk.opened()
    first = await desk.see(channel, "Nobody has acknowledged INC-1 (P1)")
    await desk.world.jump(301)
    await desk.until(lambda: len(_reminders(desk, channel)) == 2, "the second reminder")
    await desk.see(channel, "Reminded again since.")
    assert "[ Acknowledge ]" not in desk.slack.read(_reminders(desk, channel)[0])
    await desk.slack.press(desk.lena, channel, _reminders(desk, channel)[-1].ts, label="Acknowledge")
    await desk.see(channel, "Acknowledged by")
    await desk.world.jump(1200)
    incident, story = await desk.record()
    assert ("lena", 2) == (incident.acknowledged_by and incident.acknowledged_by.name, incident.unanswered)
    assert ["reminded", "reminded", "acknowledged"] == [i.event.kind for i in story if i.event.kind in _KINDS][:3]
    assert first.ts == _reminders(desk, channel)[0].ts


async def test_silence_is_reminded_of_and_can_be_stopped(desk: Scene) -> None:
    """Half an hour without a word asks for the state; `snooze stop` ends it."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, f"#{channel}", "ack")
    await desk.until(lambda: desk.whispered(desk.lena, "You have INC-1 in hand"))
    await desk.world.jump(1801)
    await desk.see(channel, "No word on INC-1 for a while")
    await desk.slack.command(desk.lena, f"#{channel}", "snooze stop")
    await desk.until(lambda: desk.whispered(desk.lena, "Reminders of INC-1 are stopped"))
    await desk.world.jump(7200)
    incident, _ = await desk.record()
    assert (True, 2) == (incident.silent, incident.reminders)


async def test_bad_spans_are_told(desk: Scene) -> None:
    """A slip in the span says how to write it."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, f"#{channel}", "snooze forever")
    await desk.until(lambda: desk.whispered(desk.lena, "That is no span of time."))


async def test_the_second_to_acknowledge_is_told_who_did(desk: Scene) -> None:
    """Two people at once are one acknowledgement."""
    channel = await desk.opened()
    await desk.slack.join(desk.ravi, channel)
    await desk.slack.command(desk.lena, f"#{channel}", "ack")
    await desk.slack.command(desk.ravi, f"#{channel}", "ack")
    await desk.until(lambda: desk.whispered(desk.ravi, "lena has acknowledged INC-1 already."))


_KINDS = {"reminded", "acknowledged"}


def _reminders(desk: Scene, channel: str) -> list[Message]:
    """Return the reminders that stand in the channel, the oldest first."""
    return [m for m in desk.slack.messages(channel) if "acknowledged INC-1" in desk.slack.read(m)]
