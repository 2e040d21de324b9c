"""Timers, operators and budgets on both databases: one transaction each, moved, cancelled, revived, shared."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.incidents.effects import Effect
from bot.store.database import Database
from bot.store.jobs import Due, Job
from bot.store.unit_of_work import Store, UnitOfWork
from bot.workflows.worker import MAX_ATTEMPTS, Crew, GiveUp, RetryLater, Worker, require_lease
from tests.fakes import ManualClock
from tests.sim.scale import CHAOS


class Timers:
    """A store, a clock and a worker whose timer notes when it fired."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock()
        self.store = Store(database, self.clock, lambda data: data)
        self.fired: list[datetime] = []
        self.again: timedelta | None = None
        self.trouble: Exception | None = None

    def worker(self) -> Worker:
        """Return a worker that does nothing but timers."""
        return Worker(self.store, self.clock, (), jitter=lambda: 0.5, within={"timer": self._fire})

    async def _fire(self, unit: UnitOfWork, _due: Due) -> datetime | None:
        await unit.wish(Effect(kind="test", lane="told", payload={"name": "told"}))
        if self.trouble is not None:
            raise self.trouble
        self.fired.append(unit.now)
        return None if self.again is None else unit.now + self.again

    async def put(self, after_s: float, key: str = "inc:1:ack") -> None:
        """Put or move the timer."""
        async with self.store.begin() as unit:
            await unit.wish(Effect(kind="timer", lane="timers", key=key, moves=True), after_s)

    async def cancel(self, **which: str) -> None:
        """Cancel by key or prefix."""
        async with self.store.begin() as unit:
            await unit.jobs.cancel(**which)

    async def later(self, seconds: float) -> int:
        """Move on and return how often the timer has fired in all."""
        self.clock.advance(seconds)
        await self.worker().drain()
        return len(self.fired)


@pytest.fixture
def timers(database: Database) -> Timers:
    """Return timers over a database of either kind."""
    return Timers(database)


async def test_a_timer_fires_once_at_its_time(timers: Timers) -> None:
    """Not before, and not again."""
    await timers.put(900)
    assert [0, 1, 1] == [await timers.later(899), await timers.later(1), await timers.later(86400)]


async def test_a_timer_moves_in_both_directions(timers: Timers) -> None:
    """A raised severity brings the deadline nearer, a lowered one puts it off."""
    await timers.put(3600)
    await timers.put(900)
    assert [0, 1] == [await timers.later(899), await timers.later(1)]
    await timers.put(60)
    await timers.put(600)
    assert [1, 2] == [await timers.later(599), await timers.later(1)]


async def test_a_cancelled_timer_never_fires(timers: Timers) -> None:
    """By its key, and by the incident's prefix, which is not that of incident 10."""
    await timers.put(60)
    await timers.put(60, key="inc:1:nag")
    await timers.put(60, key="inc:10:nag")
    await timers.cancel(key="inc:1:ack")
    await timers.cancel(prefix="inc:1:")
    assert 1 == await timers.later(86400)
    with pytest.raises(ValueError, match="ends in a colon"):
        await timers.cancel(prefix="inc:1")


async def test_a_periodic_timer_comes_again(timers: Timers) -> None:
    """A handler that names the next time is asked again then."""
    timers.again = timedelta(minutes=5)
    await timers.put(0)
    assert [1, 2, 3] == [await timers.later(0), await timers.later(300), await timers.later(300)]


@pytest.mark.expects_errors
async def test_a_timer_that_is_put_again_has_all_its_tries(timers: Timers) -> None:
    """Whether it was given up, or moved on purpose after some failures."""
    timers.trouble = ValueError("broken")

    async def tried(count: int) -> int:
        for _ in range(count):
            await timers.later(400)
        return await failures()

    async def failures() -> int:
        async with timers.store.read() as unit:
            every = [*await unit.jobs.listed(dead=True), *await unit.jobs.listed(dead=False)]
        return sum(job.attempts for job in every if job.kind == "timer")

    await timers.put(0)
    assert MAX_ATTEMPTS == await tried(MAX_ATTEMPTS + 3)
    await timers.put(0)
    assert MAX_ATTEMPTS == await tried(MAX_ATTEMPTS + 3)
    await timers.put(0)
    await tried(MAX_ATTEMPTS - 1)
    await timers.put(0)
    assert MAX_ATTEMPTS == await tried(MAX_ATTEMPTS + 3)


@pytest.mark.expects_errors
async def test_a_job_that_fails_for_weeks_holds_up_no_timer(timers: Timers) -> None:
    """One that is never given up comes again in the same rhythm for ever, and those behind it ring."""

    async def broken(_unit: UnitOfWork, _due: Due) -> None:
        raise ValueError("broken")

    worker = Worker(
        timers.store, timers.clock, (), jitter=lambda: 0.5, within={"cron.broken": broken, "timer": timers._fire}
    )
    async with timers.store.begin() as unit:
        await unit.jobs.keep(Effect(kind="cron.broken", lane="b", key="cron:broken:"), unit.now)
        await unit.jobs._connection.execute(text("UPDATE job SET attempts = 5000"))
    await timers.put(60)
    timers.clock.advance(60)
    await worker.step()
    assert 1 == len(timers.fired)


@pytest.mark.expects_errors
async def test_what_a_failed_timer_did_is_undone(timers: Timers) -> None:
    """Its wishes roll back with it; it is tried again, and in the end given up for all to see."""
    timers.trouble = ZeroDivisionError()
    await timers.put(0)
    for _ in range(MAX_ATTEMPTS + 1):
        await timers.later(400)
    async with timers.store.read() as unit:
        live, dead = await unit.jobs.listed(dead=False), await unit.jobs.listed(dead=True)
    assert ([], ["timer"]) == ([job.kind for job in live], [job.kind for job in dead])
    assert "ZeroDivisionError" in str(dead[0].error)


async def test_a_timer_moved_while_it_failed_keeps_its_new_time(timers: Timers) -> None:
    """The record of a failure never overwrites a move that came between."""
    await timers.put(0)
    async with timers.store.begin() as unit:
        ((id_, _),) = await unit.jobs.due_ids(["timer"], unit.now, 10)
        seen = await unit.jobs.lock_due(id_, ["timer"], unit.now)
    assert seen is not None
    await timers.put(600)
    async with timers.store.begin() as unit:
        await unit.jobs.fail_due(seen, error="x", retry_at=unit.now)
    assert [0, 1] == [await timers.later(599), await timers.later(1)]


async def test_three_workers_fire_each_timer_once(timers: Timers) -> None:
    """Sixty timers, three workers, sixty firings."""
    for number in range(60):
        await timers.put(0, key=f"inc:{number}:ack")
    workers = [timers.worker() for _ in range(3)]
    while any([await worker.step() for worker in workers]):
        pass
    assert 60 == len(timers.fired)


@pytest.mark.expects_errors
async def test_a_given_up_job_is_seen_and_revived(timers: Timers) -> None:
    """An operator retries it, and its next attempt still looks before it posts."""
    attempts: list[int] = []

    async def deed(job: Job) -> None:
        attempts.append(job.attempts)
        if len(attempts) == 1:
            raise GiveUp("is_archived")

    async with timers.store.begin() as unit:
        await unit.wish(Effect(kind="test", lane="one", payload={}))
    worker = Worker(timers.store, timers.clock, (Crew("test", {"test": deed}, slots=2),), jitter=lambda: 0.5)
    await worker.drain()
    async with timers.store.begin() as unit:
        (dead,) = await unit.jobs.listed(dead=True)
        assert "is_archived" in str(dead.error)
        assert 1 == await unit.jobs.revive(None, unit.now)
    await worker.drain()
    assert [1, 2] == attempts


async def test_nothing_is_sent_after_the_lease(timers: Timers) -> None:
    """A process that was paused between claim and call gives up right before the call."""
    sent: list[str] = []

    async def deed(_job: Job) -> None:
        timers.clock.advance(3600)  # the pause: no heartbeat ran meanwhile
        require_lease()
        sent.append("x")

    async with timers.store.begin() as unit:
        await unit.wish(Effect(kind="test", lane="one", payload={}))
    await Worker(timers.store, timers.clock, (Crew("test", {"test": deed}, slots=1),), jitter=lambda: 0.5).step()
    assert [] == sent


async def test_a_budget_gives_its_burst_then_its_pace(timers: Timers) -> None:
    """Four at once, then one a second, whoever asks; another channel is not touched."""
    waits = [await _taken(timers, "chat.postMessage:C1") for _ in range(6)]
    assert ([0.0] * 4, True) == (waits[:4], all(wait > 0 for wait in waits[4:]))
    assert 0.0 == await _taken(timers, "chat.postMessage:C2")
    timers.clock.advance(1)
    assert [0.0, 1.0] == [await _taken(timers, "chat.postMessage:C1") for _ in range(2)]


async def test_what_slack_asks_for_holds_for_all(timers: Timers) -> None:
    """After a 429 nobody draws on that budget before Retry-After is over, and a shorter wait never shortens it."""
    async with timers.store.begin() as unit:
        await unit.budgets.pause("b", unit.after(30), 1.0, 4)
        await unit.budgets.pause("b", unit.after(2), 1.0, 4)
    timers.clock.advance(29)
    assert 1.0 == await _taken(timers, "b")
    timers.clock.advance(1)
    assert 0.0 == await _taken(timers, "b")


async def _taken(timers: Timers, name: str) -> float:
    async with timers.store.begin() as unit:
        return await unit.budgets.take(name, 1.0, 4, unit.now)


async def test_an_outage_drains_within_twice_its_length(
    timers: Timers, record_property: Callable[[str, object], None]
) -> None:
    """Messages for twenty channels, queued in a minute's outage, are out before another minute is over."""
    channels, posts = 20, 50 if CHAOS > 1 else 10  # `make chaos`: a thousand
    sent: dict[str, list[int]] = {}
    back = timers.clock.now() + timedelta(seconds=60)

    async def post(job: Job) -> None:
        channel = str(job.payload["channel"])
        if timers.clock.now() < back:
            raise RetryLater(5)
        if wait := await _taken(timers, channel):
            raise RetryLater(wait)
        sent.setdefault(channel, []).append(int(job.payload["n"]))

    async with timers.store.begin() as unit:
        for n in range(posts):
            for channel in range(channels):
                effect = Effect(kind="post", lane=f"c{channel}", payload={"channel": f"c{channel}", "n": n})
                await unit.wish(effect)
    worker = Worker(timers.store, timers.clock, (Crew("post", {"post": post}, slots=32),), jitter=lambda: 0.5)
    began = timers.clock.now()
    while (live := await _live(timers)) and timers.clock.now() - began < timedelta(seconds=120):
        await worker.drain()
        timers.clock.advance(1)
    assert 0 == live
    took = (timers.clock.now() - began).total_seconds()
    record_property(
        "figures", f"{channels * posts} posts, {channels} channels, an outage of 60 s: all out after {took:.0f} s"
    )
    assert {f"c{channel}": list(range(posts)) for channel in range(channels)} == sent


async def _live(timers: Timers) -> int:
    async with timers.store.read() as unit:
        return (await unit.jobs.counts())[0]
