"""Two at once on one database: the fences that keep the later one from undoing, doubling or overtaking the earlier."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.clock import SteeredClock
from bot.incidents.effects import Effect
from bot.playground.faults import Fault
from bot.playground.workspace import Workspace
from bot.slack.client import OutgoingClient
from bot.store.database import Database
from bot.store.jobs import Due, Job
from bot.store.unit_of_work import Store, UnitOfWork
from bot.workflows.worker import LEASE, GiveUp, LeaseLost, RetryLater, Worker
from tests.fakes import ManualClock


async def _queue(store: Store, kind: str, *, key: str | None = None, after_s: float = 0) -> None:
    async with store.begin() as unit:
        await unit.wish(Effect(kind=kind, lane=kind, key=key, payload={"name": "x"}, moves=True), after_s)


async def _taken_over(store: Store, clock: ManualClock) -> tuple[Job, Job]:
    """Return one job as its first owner has it, who was paused, and as its second has it."""
    await _queue(store, "test")
    async with store.begin() as unit:
        (first,) = await unit.jobs.claim(["test"], unit.now, LEASE, 1)
    clock.advance(LEASE.total_seconds() + 1)
    async with store.begin() as unit:
        (second,) = await unit.jobs.claim(["test"], unit.now, LEASE, 1)
    return first, second


async def test_a_zombie_writes_nothing(store: Store, clock: ManualClock) -> None:
    """What the first owner learned and wants to write down is rolled back."""

    async def finish(unit: UnitOfWork) -> None:
        await unit.wish(Effect(kind="learned", lane="x", payload={}))

    first, _ = await _taken_over(store, clock)
    with pytest.raises(LeaseLost):
        await Worker(store, clock, (), jitter=lambda: 0.5)._finish(first, finish)
    async with store.read() as unit:
        assert ["test"] == [job.kind for job in await unit.jobs.listed(dead=False)]


async def test_a_zombie_keeps_nothing_of_what_it_achieved_before_a_wait(store: Store, clock: ManualClock) -> None:
    """The second owner does all of it."""

    async def so_far(unit: UnitOfWork) -> None:
        await unit.wish(Effect(kind="learned", lane="x", payload={}))

    first, _ = await _taken_over(store, clock)
    await Worker(store, clock, (), jitter=lambda: 0.5)._record_failure(first, RetryLater(5, so_far))
    async with store.read() as unit:
        assert ["test"] == [job.kind for job in await unit.jobs.listed(dead=False)]


async def test_a_leased_job_is_held_by_its_last_owner_only(store: Store, clock: ManualClock) -> None:
    """While the second owner works, the first may neither finish, fail nor keep the job."""
    first, second = await _taken_over(store, clock)
    async with store.begin() as unit:
        assert not await unit.jobs.hold(first)
        assert not await unit.jobs.extend(first, unit.now)
        await unit.jobs.fail(first, error="too late", retry_at=None)
        await unit.jobs.finish(first, unit.now)
        assert await unit.jobs.hold(second)
        assert (1, 0) == await unit.jobs.counts()


@pytest.mark.expects_errors
async def test_a_given_up_job_is_told_once(store: Store, clock: ManualClock) -> None:
    """By the write that gave it up: not by a former owner, nor once more when the answer to that write was lost."""
    told: list[str] = []

    async def on_dead(_unit: UnitOfWork, job: Job, _error: Exception) -> None:
        told.append(job.token)

    first, second = await _taken_over(store, clock)
    worker = Worker(store, clock, (), jitter=lambda: 0.5, on_dead=on_dead)
    for job in (first, second, second):
        await worker._record_failure(job, GiveUp("no"))
    assert [second.token] == told


async def test_a_timer_that_was_moved_since_the_look_does_not_ring(store: Store, clock: ManualClock) -> None:
    """Between the look at what is due and its lock another replica may have fired and moved it."""
    rung: list[datetime] = []

    async def ring(unit: UnitOfWork, _due: Due) -> None:
        rung.append(unit.now)

    await _queue(store, "timer", key="inc:1:ack:")
    async with store.read() as unit:
        ((id_, _),) = await unit.jobs.due_ids(["timer"], unit.now, 10)
    await _queue(store, "timer", key="inc:1:ack:", after_s=600)
    worker = Worker(store, clock, (), jitter=lambda: 0.5, within={"timer": ring})
    assert not await worker._do_one_within(id_, None)
    assert [] == rung


async def test_a_failed_timer_waits_and_says_why(store: Store, clock: ManualClock) -> None:
    """Its next time, its count and its error are written down; ringing again takes them off."""
    await _queue(store, "timer", key="inc:1:ack:")
    async with store.begin() as unit:
        ((id_, _),) = await unit.jobs.due_ids(["timer"], unit.now, 10)
        due = await unit.jobs.lock_due(id_, ["timer"], unit.now)
        assert due is not None
        await unit.jobs.fail_due(due, error="OSError: no", retry_at=unit.after(60))
        (waiting,) = await unit.jobs.listed(dead=False)
        assert (clock.now() + timedelta(seconds=60), 1, "OSError: no") == (
            waiting.run_at,
            waiting.attempts,
            waiting.error,
        )
    clock.advance(60)
    async with store.begin() as unit:
        due = await unit.jobs.lock_due(id_, ["timer"], unit.now)
        assert due is not None
        await unit.jobs.rearm(due, unit.after(600))
        (again,) = await unit.jobs.listed(dead=False)
        assert (clock.now() + timedelta(seconds=600), 0, None) == (again.run_at, again.attempts, again.error)


@pytest.mark.postgres
async def test_a_timer_that_another_replica_holds_is_left_to_it(postgres_url: str, clock: ManualClock) -> None:
    """Nobody waits for it: the second looks elsewhere, and finds it gone or moved the next time."""
    database = Database(postgres_url)
    store = Store(database, clock, lambda data: data)
    await _queue(store, "timer")
    async with store.begin() as one, store.begin() as other:
        ((id_, _),) = await one.jobs.due_ids(["timer"], one.now, 10)
        assert await one.jobs.lock_due(id_, ["timer"], one.now) is not None
        assert await other.jobs.lock_due(id_, ["timer"], other.now) is None
    await database.close()


async def test_a_writer_has_the_file_from_its_first_step(sqlite_url: str, clock: ManualClock) -> None:
    """A transaction that reads first and writes later lets no other writer between, so it never fails on its write."""
    database = Database(sqlite_url)
    store = Store(database, clock, lambda data: data)
    async with store.begin() as unit:
        await unit.incidents.all()
        with (
            sqlite3.connect(database.file, timeout=0) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        await unit.wish(Effect(kind="test", lane="x", payload={}))
    await database.close()


async def test_a_call_to_slack_inside_a_transaction_is_refused(store: Store) -> None:
    """It would hold locks for as long as Slack thinks, and no rollback takes back what was sent."""
    client = OutgoingClient("xoxb-test", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    async with store.read():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await client.api_call("chat.postMessage", json={"channel": "C1"})


@pytest.fixture
def slack_clock() -> SteeredClock:
    """Return Slack's own clock."""
    return SteeredClock()


@pytest.fixture
async def workspace(slack_clock: SteeredClock) -> AsyncIterator[Workspace]:
    """Yield a stand-in workspace whose only limits are those that a test orders."""
    workspace = Workspace(clock=slack_clock, rate_limits=False)
    await workspace.start()
    yield workspace
    await workspace.stop()


@pytest.fixture
async def client(workspace: Workspace, store: Store) -> AsyncIterator[OutgoingClient]:
    """Yield the bot's client of this workspace, which shares its budgets through the store."""
    async with aiohttp.ClientSession() as session:
        client = OutgoingClient(workspace.bot_token, base_url=workspace.api_url, session=session, retry_handlers=[])
        client.watch(store)
        yield client


async def test_what_slack_asks_one_to_wait_holds_the_others_back(
    workspace: Workspace, client: OutgoingClient, clock: ManualClock
) -> None:
    """After a 429 the next call of that method and channel waits, whoever makes it; another channel goes on."""
    ops, general = workspace.channel("#ops").id, workspace.channel("#general").id
    workspace.faults.add(Fault(method="chat[.]postMessage", retry_after=30))
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.api_call("chat.postMessage", json={"channel": ops, "text": "one"})
    clock.advance(29)
    with pytest.raises(RetryLater) as asked:
        await client.api_call("chat.postMessage", json={"channel": ops, "text": "two"})
    assert 1.0 == asked.value.after_s
    assert 1 == len(workspace.recorder.calls("chat.postMessage"))
    await client.api_call("chat.postMessage", json={"channel": general, "text": "two"})
    clock.advance(1)
    await client.api_call("chat.postMessage", json={"channel": ops, "text": "two"})


@pytest.mark.postgres
async def test_a_budget_that_nobody_drew_on_yet_is_drawn_on_once(postgres_url: str, clock: ManualClock) -> None:
    """Six replicas come at once for the one call that there is: one gets it."""
    databases = [Database(postgres_url) for _ in range(6)]

    async def drawn(database: Database) -> float:
        async with Store(database, clock, lambda data: data).begin() as unit:
            return await unit.budgets.take("conversations.list", 3.0, 1, unit.now)

    waits = await asyncio.gather(*map(drawn, databases))
    for database in databases:
        await database.close()
    assert [0.0, *[3.0] * 5] == sorted(waits)


async def test_two_calls_that_hear_at_once_to_wait_agree(
    workspace: Workspace, client: OutgoingClient, slack_clock: SteeredClock
) -> None:
    """Both were on their way; each hears the 429, and the longer wait holds for everybody."""
    for seconds in (30, 20):
        workspace.faults.add(Fault(method="chat[.]update", retry_after=seconds, delay_s=3600))
    calls = asyncio.gather(
        *(client.api_call("chat.update", json={"channel": "C1"}) for _ in range(2)), return_exceptions=True
    )
    async with asyncio.timeout(20):
        while len(workspace.recorder.calls("chat.update")) < 2:  # noqa: ASYNC110 - the recorder signals nothing
            await asyncio.sleep(0)
    slack_clock.move_to(timedelta(hours=2))
    assert [SlackApiError, SlackApiError] == [type(error) for error in await calls]
    with pytest.raises(RetryLater) as asked:
        await client.api_call("chat.update", json={"channel": "C1"})
    assert 30.0 == asked.value.after_s
