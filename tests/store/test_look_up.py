"""What is open is found, however much is over; a recheck finds its place, however busy the bot is."""

from datetime import timedelta

from bot.rules.response import Response
from bot.store.jobs import Due
from bot.store.unit_of_work import Store
from bot.workflows.context import Delivery
from bot.workflows.timers import Timers
from bot.workflows.triage import start_in
from tests.factories import LENA, NOW, channel_created, opened, resolved


async def test_a_hundred_that_are_over_hide_none_that_is_open(store: Store) -> None:
    """The list of open incidents begins with the open ones, not with the newest."""
    async with store.begin() as unit:
        first = await unit.open(opened(triage_id=None))
        for _ in range(100):
            await unit.record(await unit.open(opened(triage_id=None)), resolved())
    async with store.read() as unit:
        assert [first.id] == [incident.id for incident in await unit.incidents.open()]


async def test_a_recheck_comes_again_until_it_can_measure(store: Store) -> None:
    """Without a channel, or while another run is under way, it rings again; then it measures in the channel."""
    timers = Timers(Response(), "T1")
    async with store.begin() as unit:
        incident = await unit.open(opened(triage_id=None))
        due = Due(
            id=1, kind="timer.recheck", incident_id=incident.id, uuid="", payload={}, attempts=0, run_at=NOW, revision=0
        )
        soon = unit.now + timedelta(seconds=30)
        assert soon == await timers.recheck(unit, due)
        await unit.record(incident, channel_created())
        other = await start_in(unit, Delivery(key="k", team_id="T1", channel_id="C9", actor=LENA))
        assert soon == await timers.recheck(unit, due)
        await unit.triages.abandon(other.triage.id)
        assert await timers.recheck(unit, due) is None
        assert "C7" == (await unit.triages.running("T1")).channel_id
