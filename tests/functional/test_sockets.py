"""Socket Mode's accidents: connections end, and what people did is carried out once."""

import asyncio

import pytest

from bot.playground.workspace.hub import Connection
from tests.scene import Scene


@pytest.mark.parametrize("accident", ["warning", "refresh_requested", "one reset", "all reset"])
async def test_an_ended_connection_is_no_gap(desk: Scene, accident: str) -> None:
    """Slack closes connections now and then: the bot opens new ones, and the next command is answered once."""
    hub = desk.slack.hub
    ended = {"warning": 0, "refresh_requested": 2, "one reset": 1, "all reset": 2}[accident]
    gone = list(hub.connections)[:ended]
    match accident:
        case "warning" | "refresh_requested" as reason:
            await hub.disconnect(reason)
        case "one reset":
            hub.abort(0)
        case _:
            hub.abort()
    await desk.until(lambda: _whole(desk, gone), "two connections")
    await desk.verdict()
    assert 1 == len(desk.slack.messages("#ops"))


@pytest.mark.expects_errors  # the SDK logs an acknowledgement that found no connection
async def test_a_connection_that_closes_before_the_answer_loses_nothing(desk: Scene) -> None:
    """The acknowledgement is lost with the connection; pressed again or not, the incident is opened once."""
    verdict = await desk.verdict()
    gone = list(desk.slack.hub.connections)
    pressed = asyncio.ensure_future(desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident"))
    await asyncio.sleep(0)  # the press is on its way
    desk.slack.hub.abort()
    assert not (await pressed).acked
    await desk.until(lambda: _whole(desk, gone), "two connections")
    if "[ Open incident ]" in desk.slack.read(desk.slack.message("#ops", verdict.ts)):
        await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    channel = await desk.until(desk.incident_channel, "the channel")
    await desk.see(channel, "[ 529 ]")
    _, story = await desk.record()
    assert 1 == len([item for item in story if item.event.kind == "opened"])
    assert 1 == len([one for one in desk.slack.state.channels.values() if one.name.startswith("inc-")])


def _whole(desk: Scene, gone: list[Connection]) -> bool:
    """Say whether two connections stand, and none of those that ended."""
    open_ = desk.slack.hub.connections
    return len(open_) == 2 and not any(one in gone for one in open_)
