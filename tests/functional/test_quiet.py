"""A channel during an hour of a P1: what people do is seen in edits and answers to themselves, not in messages."""

from functools import partial

import pytest

from tests.scene import Scene

MOST = 15  # messages of the bot that a person who follows the channel sees


def _has_heard_more(desk: Scene, than: int) -> bool:
    return len(desk.slack.ephemerals(desk.lena)) > than


@pytest.mark.expects_errors  # minutes pass in a moment: a lease may end in the middle of a query
async def test_an_hour_with_twenty_acts_is_at_most_fifteen_messages(desk: Scene) -> None:
    """Reminders, questions, topics and the postmortem together, counted as they stand in the channel."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    acts = (
        *("ack", "note looks like theirs", "role scribe me", "task page the vendor", "severity P2 half of it"),
        *("note half of eu", "task tell support", "task done 1", "status identified it is theirs", "note calmer"),
        *("severity P1 all again", "note 10m ago saw the first one", "task done 2", "status monitoring calmer"),
        *("note quiet", "role communications me"),
    )
    for act in acts:
        heard = len(desk.slack.ephemerals(desk.lena))
        await desk.slack.command(desk.lena, channel, act)
        await desk.until(partial(_has_heard_more, desk, heard), act)
        await desk.world.jump(180)
    for label in ("529", "All of them"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]")
    said = await desk.slack.say(desk.lena, channel, "the gateway shows 529 since 02:50")
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")
    await desk.slack.command(desk.lena, channel, "update")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"text": "We fall back to another model"})
    await desk.see(channel, "We fall back to another model")
    await desk.resolve(desk.lena, channel)
    await desk.see(channel, "Postmortem shared")
    await desk.until(lambda: any(m.files for m in desk.slack.messages(channel)), "the file")
    ours = [m for m in desk.slack.messages(channel) if m.user == desk.slack.bot_user_id]
    assert len(ours) <= MOST, [desk.slack.read(m)[:80] for m in ours]
