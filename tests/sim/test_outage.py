"""Slack is away for a minute while much is to be said: afterwards all of it is said, once, in order, and soon."""

from collections.abc import Callable
from datetime import timedelta

import aiohttp
import pytest

from bot.incidents.effects import Effect
from bot.playground.faults import Fault
from bot.playground.recorder import Call
from bot.playground.workspace import Workspace
from tests.fakes import ManualClock
from tests.sim.life import Life
from tests.sim.place import orders
from tests.sim.scale import CHAOS
from tests.sim.slack_faults import STANDING
from tests.sim.troubled import passages_of, too_soon

OUTAGE_S = 60.0
_MADE_UP_WITHIN = 1.25  # outages after its end; a clear answer takes one less look-up, and those are paced
CHANNELS = [f"c{number}" for number in range(20)]
POSTS = 50 if CHAOS > 1 else 5  # in each channel; `make chaos`: a thousand in all
STUCK, HOUR_S = "stuck", 3600
_ANY = r"chat\.postMessage|conversations\.history"
TROUBLES = (
    Fault(r"chat\.postMessage", retry_after=20),
    Fault(r"chat\.postMessage", retry_after=15, cut="body"),
    Fault(r"chat\.postMessage", retry_after=30, body="<html>slow down</html>"),
    Fault(_ANY, http_status=503),
    Fault(_ANY, cut="before"),
)
"""One for each channel, by turns; nobody is asked to wait for longer than the outage lasts."""


class _Life(Life):
    """A life whose time moves only when nothing is to be done."""

    async def jump(self, seconds: float) -> None:
        """Move the clock on."""
        assert isinstance(self.clock, ManualClock)
        self.clock.advance(seconds)


@pytest.mark.timeout(600)
async def test_an_outage_of_a_minute_is_made_up_soon(
    sqlite_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Slack's own limits hold, no Retry-After is undercut, and a channel that stays stuck blocks no other."""
    clock = ManualClock()
    slack = Workspace(clock=clock)
    for name in (*CHANNELS, STUCK):
        slack.add_channel(name, [])
    await slack.start()
    try:
        async with aiohttp.ClientSession() as session:
            life = _Life(orders(slack, sqlite_url, clock_url=""), session, clock)
            try:
                _, worker = life.parts()
                began = clock.now()
                for number, name in enumerate(CHANNELS):
                    slack.faults.add(_in(name, TROUBLES[number % len(TROUBLES)]))
                stuck = slack.faults.add(_in(STUCK, Fault("chat[.]postMessage", retry_after=HOUR_S)))
                await _queue(life, [slack.channel(name).id for name in (STUCK, *CHANNELS)])
                await life.rest(worker, began + timedelta(seconds=OUTAGE_S))
                assert [] == [message for name in CHANNELS for message in slack.messages(slack.channel(name).id)]
                clock.advance((began + timedelta(seconds=OUTAGE_S) - clock.now()).total_seconds())
                slack.faults.clear()
                slack.faults.add(stuck)
                await life.rest(worker, began + timedelta(seconds=HOUR_S - 1))
                took = _newest(slack) - began.timestamp()
                wanted = [str(number) for number in range(POSTS)]
                assert dict.fromkeys(CHANNELS, wanted) == {name: _said(slack, name) for name in CHANNELS}
                assert took - OUTAGE_S <= _MADE_UP_WITHIN * OUTAGE_S
                assert [] == _said(slack, STUCK)
                slack.faults.clear()
                await life.rest(worker, began + timedelta(seconds=2 * HOUR_S))
                assert wanted == _said(slack, STUCK)
                assert [] == _undercut(slack)
            finally:
                await life.database.close()
    finally:
        await slack.stop()
    total = POSTS * len(CHANNELS)
    outage = f"on real connections, an outage of {OUTAGE_S:.0f} s"
    record_property("figures", f"{total} posts, {len(CHANNELS)} channels, {outage}: all out after {took:.0f} s")


def _in(channel: str, fault: Fault) -> Fault:
    return Fault(**{**vars(fault), "channel": channel, "times": STANDING})


async def _queue(life: Life, channels: list[str]) -> None:
    async with life.store.begin() as unit:
        for number in range(POSTS):
            for channel in channels:
                payload: dict[str, str | int] = {"channel": channel, "user": channel, "text": str(number)}
                await unit.wish(Effect(kind="slack.tell", lane=channel, payload=payload))


def _said(slack: Workspace, name: str) -> list[str]:
    return [message.text for message in slack.messages(slack.channel(name).id)]


def _newest(slack: Workspace) -> float:
    return max(float(message.ts) for name in CHANNELS for message in slack.messages(slack.channel(name).id))


def _undercut(slack: Workspace) -> list[str]:
    """Return which posts came before the moment that Slack had named for their channel."""
    waits = {
        slack.channel(name).id: str(TROUBLES[number % len(TROUBLES)].retry_after or HOUR_S)
        for number, name in enumerate(CHANNELS)
    }
    waits[slack.channel(STUCK).id] = str(HOUR_S)
    by_channel: dict[str, list[Call]] = {}
    for call in slack.recorder.calls("chat[.]postMessage"):
        by_channel.setdefault(str(call.arguments["channel"]), []).append(call)
    # Where Slack was to name no time, it is the stand-in's own limits that would: they must never be reached.
    return [
        told for channel, calls in by_channel.items() for told in too_soon(passages_of(calls), float(waits[channel]))
    ]
