"""Jobs on both databases: never lost, never finished twice, in order, and patient."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Unsaved
from bot.incidents.effects import Effect
from bot.store.database import Database
from bot.store.jobs import Due, Job
from bot.store.unit_of_work import Repeated, Store, UnitOfWork
from bot.workflows.worker import (
    LEASE,
    MAX_ATTEMPTS,
    OUTAGE,
    POLL_S,
    Crew,
    Finish,
    GiveUp,
    RetryLater,
    Unclear,
    Worker,
    require_lease,
)
from tests.fakes import ManualClock

Deed = Callable[[Job], Awaitable[Finish | None]]


class Bench:
    """A store, a clock and workers over one database."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock()
        self.store = Store(database, self.clock, lambda data: data)
        self.done: list[str] = []

    def worker(self, deed: Deed | None = None, slots: int = 4) -> Worker:
        """Return a worker that does `deed`, or else notes the job's name."""
        crew = Crew("test", {"test": deed or self._note}, slots=slots)
        return Worker(self.store, self.clock, (crew,), jitter=lambda: 0.5)

    async def _note(self, job: Job) -> None:
        self.done.append(str(job.payload["name"]))

    async def wish(self, name: str, *, lane: str = "", key: str | None = None, after_s: float = 0) -> None:
        """Queue one job."""
        async with self.store.begin() as unit:
            await unit.wish(Effect(kind="test", lane=lane or name, key=key, payload={"name": name}), after_s)

    async def counts(self) -> tuple[int, int]:
        """Return how many jobs are live and how many dead."""
        async with self.store.read() as unit:
            return await unit.jobs.counts()


@pytest.fixture
def bench(database: Database) -> Bench:
    """Return a bench over a database of either kind."""
    return Bench(database)


@contextmanager
def answers_lost(database: Database, *, saved: bool) -> Iterator[None]:
    """Let the connection break in each commit: nobody here knows whether it was `saved`."""
    connect = database.connection

    @asynccontextmanager
    async def breaking(*, write: bool, patience_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        async with connect(write=write, patience_s=patience_s) as connection:
            yield connection
        if write:
            raise Unsaved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "connection", breaking)
        if not saved:
            patch.setattr(AsyncConnection, "commit", AsyncConnection.rollback)
        yield


@pytest.mark.parametrize("saved", [True, False])
async def test_a_claim_whose_answer_was_lost_is_found_again(bench: Bench, *, saved: bool) -> None:
    """At once, not after its lease, and as the first attempt; nobody else does it meanwhile, and it is done once."""
    attempts: list[int] = []

    async def deed(job: Job) -> None:
        attempts.append(job.attempts)

    await bench.wish("x")
    worker = bench.worker(deed)
    for _ in range(2):
        with answers_lost(bench.store.database, saved=saved), pytest.raises(Unsaved):
            await worker.step()
    if saved:
        assert 0 == await bench.worker().drain()
    assert 1 == await worker.drain()
    assert ([1], (0, 0)) == (attempts, await bench.counts())


async def test_a_claim_that_somebody_else_took_over_is_not_found(bench: Bench) -> None:
    """After its lease it is theirs."""
    await bench.wish("x")
    worker = bench.worker()
    with answers_lost(bench.store.database, saved=True), pytest.raises(Unsaved):
        await worker.step()
    bench.clock.advance(LEASE.total_seconds() + 1)
    async with bench.store.begin() as unit:
        assert 1 == len(await unit.jobs.claim(["test"], unit.now, LEASE, 1))
    assert 0 == await worker.drain()


async def test_what_the_database_lost_does_not_count(bench: Bench) -> None:
    """However often it was away in the middle, or a lease ended, the job has all of its tries; it still looks first."""
    attempts: list[int] = []
    trouble: list[Exception] = [Unsaved() for _ in range(MAX_ATTEMPTS)] + [OSError()] * (MAX_ATTEMPTS - 1)

    async def deed(job: Job) -> None:
        attempts.append(job.attempts)
        if trouble:
            raise trouble.pop(0)

    await bench.wish("x")
    for _ in range(MAX_ATTEMPTS):
        async with bench.store.begin() as unit:
            assert 1 == len(await unit.jobs.claim(["test"], unit.now, LEASE, 1))
        bench.clock.advance(LEASE.total_seconds() + 1)
    while (await bench.counts())[0]:
        await bench.worker(deed).drain()
        bench.clock.advance(600)
    assert (0, 0) == await bench.counts()
    assert list(range(MAX_ATTEMPTS + 1, 3 * MAX_ATTEMPTS + 1)) == attempts


async def test_a_rolled_back_transaction_leaves_no_job(bench: Bench) -> None:
    """A wish whose cause failed never happens."""

    async def fails() -> None:
        async with bench.store.begin() as unit:
            await unit.wish(Effect(kind="test", lane="x", payload={"name": "x"}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert 0 == await bench.worker().drain()


async def test_a_delivery_counts_once(bench: Bench) -> None:
    """Slack's second delivery of the same thing changes nothing."""
    async with bench.store.begin(once="k"):
        pass
    with pytest.raises(Repeated):
        async with bench.store.begin(once="k") as unit:
            await unit.wish(Effect(kind="test", lane="x", payload={"name": "x"}))
    assert (0, 0) == await bench.counts()


async def test_a_delivery_whose_transaction_failed_may_come_again(bench: Bench) -> None:
    """What was not saved is not remembered as seen."""
    with pytest.raises(ZeroDivisionError):
        async with bench.store.begin(once="k"):
            raise ZeroDivisionError
    async with bench.store.begin(once="k"):
        pass


async def test_jobs_of_a_lane_run_in_order(bench: Bench) -> None:
    """A younger job waits for the older ones of its lane, not for those of others."""
    for name in "abc":
        await bench.wish(name, lane="one")
    await bench.wish("x", lane="two")
    assert 2 == await bench.worker().step()
    assert ["a", "x"] == sorted(bench.done)
    await bench.worker().drain()
    assert ["a", "b", "c"] == [name for name in bench.done if name != "x"]


async def test_a_failing_job_holds_only_its_lane(bench: Bench) -> None:
    """A stuck channel never blocks another one."""

    async def deed(job: Job) -> None:
        if job.payload["name"] == "bad":
            raise OSError
        bench.done.append(str(job.payload["name"]))

    await bench.wish("bad", lane="one")
    await bench.wish("behind", lane="one")
    await bench.wish("other", lane="two")
    await bench.worker(deed).drain()
    assert ["other"] == bench.done


async def test_a_dead_worker_s_job_is_taken_over_after_its_lease(bench: Bench) -> None:
    """Nobody else touches a leased job; after the lease somebody else does it, and the first cannot finish it."""
    await bench.wish("x")
    async with bench.store.begin() as unit:
        (zombie,) = await unit.jobs.claim(["test"], unit.now, LEASE, 1)
    assert 0 == await bench.worker().drain()
    bench.clock.advance(LEASE.total_seconds() + 1)
    assert 1 == await bench.worker().drain()
    async with bench.store.begin() as unit:
        assert not await unit.jobs.hold(zombie)
        assert not await unit.jobs.extend(zombie, unit.now)


async def test_the_second_attempt_knows_that_it_is_one(bench: Bench) -> None:
    """Only a job that was tried before looks whether its message got through; its uuid stays the same."""
    seen: list[tuple[str, int]] = []

    async def deed(job: Job) -> None:
        seen.append((job.uuid, job.attempts))
        if len(seen) == 1:
            raise OSError

    await bench.wish("x")
    await bench.worker(deed).drain()
    bench.clock.advance(10)
    await bench.worker(deed).drain()
    (first, one), (second, two) = seen
    assert (first, 1, 2) == (second, one, two)


async def test_asked_to_wait_it_waits_and_the_attempt_does_not_count(bench: Bench) -> None:
    """Retry-After is never undercut, and a rate limit is no reason to look for a message."""
    attempts: list[int] = []

    async def deed(job: Job) -> None:
        attempts.append(job.attempts)
        if len(attempts) == 1:
            raise RetryLater(30)

    await bench.wish("x")
    await bench.worker(deed).drain()
    bench.clock.advance(29)
    assert 0 == await bench.worker(deed).drain()
    bench.clock.advance(1)
    assert 1 == await bench.worker(deed).drain()
    assert [1, 1] == attempts


async def test_a_wait_holds_for_who_wishes_again_meanwhile(bench: Bench) -> None:
    """A limit is not asked again for each new wish: what was wished last is done once, when it is over."""
    done: list[str] = []

    async def deed(job: Job) -> None:
        if not done:
            done.append("refused")
            raise RetryLater(30)
        done.append(str(job.payload["name"]))

    await bench.wish("first", key="k")
    await bench.worker(deed).drain()
    for second in range(29):
        bench.clock.advance(1)
        await bench.wish(f"wish {second}", key="k")
        assert 0 == await bench.worker(deed).drain()
    bench.clock.advance(1)
    assert 1 == await bench.worker(deed).drain()
    assert ["refused", "wish 28"] == done


async def test_what_was_achieved_before_a_wait_is_kept(bench: Bench) -> None:
    """Work that needs more calls than it gets at once goes on where it stopped, as its new wish says."""
    seen: list[str] = []

    async def deed(job: Job) -> None:
        seen.append(str(job.payload["name"]))
        if len(seen) < 3:

            async def so_far(unit: UnitOfWork) -> None:
                await unit.wish(Effect(kind="test", lane="x", key="k", payload={"name": f"part {len(seen)}"}))

            raise RetryLater(30, so_far)

    await bench.wish("part 0", lane="x", key="k")
    for _ in range(4):
        await bench.worker(deed).drain()
        bench.clock.advance(30)
    assert ["part 0", "part 1", "part 2"] == seen
    assert (0, 0) == await bench.counts()


@pytest.mark.expects_errors
async def test_a_job_is_given_up_after_its_attempts_and_stays_visible(bench: Bench) -> None:
    """What cannot be done is neither tried for ever nor forgotten."""

    async def deed(_job: Job) -> None:
        raise OSError

    await bench.wish("x")
    for _ in range(MAX_ATTEMPTS + 2):
        await bench.worker(deed).drain()
        bench.clock.advance(600)
    assert (0, 1) == await bench.counts()


@pytest.mark.expects_errors
async def test_a_hopeless_job_is_given_up_at_once(bench: Bench) -> None:
    """A refusal that trying again cannot change ends the job."""

    async def deed(_job: Job) -> None:
        raise GiveUp("no")

    await bench.wish("x")
    await bench.worker(deed).drain()
    assert (0, 1) == await bench.counts()


async def test_a_day_of_asked_waits_is_no_outage(bench: Bench) -> None:
    """After it one time-out is only one: an outage counts from its own beginning, and each wait ends it."""
    waits = [
        RetryLater(OUTAGE.total_seconds() + 60),
        Unclear("cut"),
        RetryLater(OUTAGE.total_seconds()),
        Unclear("cut"),
    ]

    async def deed(_job: Job) -> None:
        if waits:
            raise waits.pop(0)

    await bench.wish("x")
    while (await bench.counts())[0]:
        await bench.worker(deed).drain()
        bench.clock.advance(3600)
    assert ([], (0, 0)) == (waits, await bench.counts())


@pytest.mark.expects_errors
async def test_what_was_given_up_has_all_its_tries_when_it_is_wished_again(bench: Bench) -> None:
    """By a new wish as by an operator's retry."""
    tries = 0

    async def deed(_job: Job) -> None:
        nonlocal tries
        tries += 1
        raise OSError

    for _ in range(2):
        await bench.wish("x", key="x")
        for _ in range(MAX_ATTEMPTS):
            await bench.worker(deed).drain()
            bench.clock.advance(600)
        assert (0, 1) == await bench.counts()
    assert 2 * MAX_ATTEMPTS == tries


@pytest.mark.expects_errors
async def test_a_wish_that_came_while_another_was_given_up_is_tried(bench: Bench) -> None:
    """The state that Slack refused is mended while the refused call is under way: what was asked for since comes."""
    tries = 0

    async def deed(_job: Job) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            await bench.wish("x", key="k")
            raise GiveUp("invalid_blocks")

    await bench.wish("x", key="k")
    await bench.worker(deed).drain()  # at once, and not when the lease of the refused call would have ended
    assert (2, (0, 0)) == (tries, await bench.counts())


async def test_an_idle_worker_never_writes(bench: Bench) -> None:
    """Also while a lane's first job waits and others stand behind it."""

    async def deed(_job: Job) -> None:
        raise RetryLater(60)

    await bench.wish("x", lane="lane")
    await bench.wish("y", lane="lane")
    await bench.worker(deed).drain()
    async with bench.store.read() as unit:
        assert not await unit.jobs.any_due(["test"], unit.now)


async def _at_work(bench: Bench) -> tuple[list[str], asyncio.Event, "asyncio.Future[int]"]:
    """Start a job that sends one thing when told to; return what it sent, how it is told, and the worker's turn."""
    sent: list[str] = []
    go = asyncio.Event()

    async def deed(_job: Job) -> None:
        await go.wait()
        require_lease()
        sent.append("x")

    await bench.wish("x")
    running = asyncio.ensure_future(bench.worker(deed).step())
    await asyncio.sleep(0.2)
    return sent, go, running


async def test_a_job_may_take_longer_than_its_lease(bench: Bench) -> None:
    """The heartbeat prolongs it, so what is sent at the end is sent."""
    sent, go, running = await _at_work(bench)
    for _ in range(5):  # 50 seconds, of which a heartbeat comes each ten
        bench.clock.advance(10)
        await asyncio.sleep(0.1)
    go.set()
    await running
    assert ["x"] == sent
    assert (0, 0) == await bench.counts()


async def test_nothing_is_sent_under_a_lease_that_was_not_saved(bench: Bench) -> None:
    """A heartbeat whose commit failed prolongs nothing: another process may have the job by then."""
    sent, go, running = await _at_work(bench)
    with answers_lost(bench.store.database, saved=False):
        for _ in range(2):
            bench.clock.advance(10)
            await asyncio.sleep(0.1)
        bench.clock.advance(LEASE.total_seconds() - 20 + 1)
        go.set()
        await asyncio.sleep(0.1)
    await running
    assert [] == sent


async def test_a_job_put_again_while_it_runs_runs_again(bench: Bench) -> None:
    """What the running attempt learned is kept, and the newer wish is not lost."""
    runs: list[int] = []

    async def deed(job: Job) -> Finish:
        runs.append(job.revision)
        if len(runs) == 1:
            await bench.wish("x", key="k")

        async def finish(unit: UnitOfWork) -> None:
            del unit
            bench.done.append("finished")

        return finish

    await bench.wish("x", key="k")
    await bench.worker(deed).drain()
    assert ([0, 1], ["finished", "finished"]) == (runs, bench.done)
    assert (0, 0) == await bench.counts()


async def test_waiting_jobs_with_one_key_are_one(bench: Bench) -> None:
    """Ten changes of a card are one edit, at the earliest of their times."""
    await bench.wish("x", key="k", after_s=60)
    await bench.wish("x", key="k", after_s=5)
    await bench.wish("x", key="k", after_s=60)
    bench.clock.advance(5)
    assert 1 == await bench.worker().drain()
    assert (0, 0) == await bench.counts()


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Let the worker run until the block ends, which must not take long."""
    task = asyncio.ensure_future(worker.run())
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        worker.stop()
        await task


async def test_a_commit_calls_those_whom_it_concerns(bench: Bench) -> None:
    """What a commit made due is done at once, and what stood behind it, whoever does that: no poll comes here."""
    done: asyncio.Queue[str] = asyncio.Queue()

    async def deed(job: Job) -> None:
        done.put_nowait(job.kind)

    async def ring(_: UnitOfWork, due: Due) -> None:
        done.put_nowait(due.kind)

    crews = Crew("one", {"first": deed}, slots=1), Crew("other", {"second": deed}, slots=1)
    worker = Worker(bench.store, bench.clock, crews, jitter=lambda: 0.5, within={"timer": ring})
    async with running(worker):
        for kinds in (("first", "second"), ("second", "first", "first"), ("timer",)):
            async with bench.store.begin() as unit:
                for kind in kinds:
                    await unit.wish(Effect(kind=kind, lane="lane"))
            assert list(kinds) == [await done.get() for _ in kinds]


async def test_what_no_commit_told_of_is_found_at_the_poll(bench: Bench) -> None:
    """Jobs of other processes, and those that become due by time."""
    done: asyncio.Queue[str] = asyncio.Queue()

    async def deed(job: Job) -> None:
        done.put_nowait(str(job.payload["name"]))

    async with running(bench.worker(deed)):
        await bench.wish("later", after_s=60)
        other = Store(bench.store.database, bench.clock, lambda data: data)
        async with other.begin() as unit:
            await unit.wish(Effect(kind="test", lane="other", payload={"name": "another's"}))
        for name, seconds in (("another's", POLL_S), ("later", 60)):
            bench.clock.advance(seconds)
            assert name == await done.get()


async def test_three_workers_do_each_job_once(bench: Bench) -> None:
    """Sixty jobs, three workers, sixty deeds."""
    for n in range(60):
        await bench.wish(str(n))
    workers = [bench.worker() for _ in range(3)]
    while any([await worker.step() for worker in workers]):
        pass
    assert sorted(map(str, range(60))) == sorted(bench.done)


async def test_leases_of_a_gone_process_are_shortened_not_cleared(bench: Bench) -> None:
    """Its last request may still land, so its job is not done again at once."""
    await bench.wish("x")
    async with bench.store.begin() as unit:
        await unit.jobs.claim(["test"], unit.now, LEASE, 1)
        await unit.jobs.shorten_leases(unit.now + timedelta(seconds=3))
    bench.clock.advance(2)
    assert 0 == await bench.worker().drain()
    bench.clock.advance(1)
    assert 1 == await bench.worker().drain()
