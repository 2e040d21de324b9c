"""The job loop: claims due jobs, carries them out side by side under leases, and finishes them in one transaction.

A handler does its network work outside any transaction and returns what to write when it is done. Whatever it
raises is caught here and nowhere else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.clock import Clock
from bot.errors import Unsaved
from bot.metrics import TRIES
from bot.store.jobs import Due, Job
from bot.store.unit_of_work import Store, UnitOfWork
from bot.telemetry import about
from bot.vitals import Vitals

LEASE = timedelta(seconds=30)
POLL_S = 0.5
MAX_ATTEMPTS = 8
_AT_A_TIME = 50
MAX_BACKOFF_S = 300.0
GRACE_S = 3.0
"""A request whose answer was lost may still land: so long nobody looks whether it did, or sends it again."""
OUTAGE = timedelta(days=1)
_STEEPEST = 9  # doublings: by then the back-off is at its longest, and a power without a limit overflows
_PART_OF_AN_OUTAGE = 8  # after an eighth of the time that it took in vain so far, it is tried again
PERIODIC = "cron."
"""Jobs whose kind begins like this are never given up, for nobody would put them again."""
_SOON_S = 60.0
_TIMERS = "timers"
LOOKOUT = "lookout"
"""The part whose beats tell that the worker turns."""

Finish = Callable[[UnitOfWork], Awaitable[None]]
Handler = Callable[[Job], Awaitable[Finish | None]]
OnDead = Callable[[UnitOfWork, Job, Exception], Awaitable[None]]
log = structlog.get_logger()


class LeaseLost(Exception):
    """Somebody else owns the job by now: nothing may be sent or written."""


@dataclass(slots=True)
class Lease:
    """Until when (UTC) the running job is ours; the heartbeat moves it on."""

    clock: Clock
    until: datetime


_LEASE: ContextVar[Lease | None] = ContextVar("lease", default=None)


def require_lease() -> None:
    """Raise LeaseLost when the job in whose name something is about to be sent is no longer ours."""
    lease = _LEASE.get()
    if lease is not None and lease.clock.now() >= lease.until:
        raise LeaseLost


class RetryLater(Exception):
    """The other side asked to wait `after_s` seconds: the attempt does not count.

    `so_far` writes what was achieved before that, so that long work goes on where it stopped and comes to an end.
    A `limit` is not asked again before that, also when the job is put again; anything else may be over sooner.
    """

    def __init__(self, after_s: float, so_far: Finish | None = None, *, limit: bool = True) -> None:
        super().__init__(f"asked to wait {after_s:g} s")
        self.after_s = after_s
        self.so_far = so_far
        self.limit = limit


class Unclear(Exception):
    """The other side could not be reached or broke off: it may have been done, and it is tried again for long."""


class GiveUp(Exception):
    """Trying again cannot help."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Slots that work on some kinds of jobs, so that slow ones of another kind never hold these up."""

    name: str
    handlers: Mapping[str, Handler]
    slots: int


TxHandler = Callable[[UnitOfWork, Due], Awaitable[datetime | None]]
"""Does a job inside the transaction that locked it, and returns when it is due again, None when it is over."""


class Worker:
    """Runs the crews until it is stopped; `step()` is one turn without waiting, for tests and `drain()`.

    `lease` is how long a dead replica's job waits for another one; a heartbeat renews it three times as often.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        crews: tuple[Crew, ...],
        jitter: Callable[[], float],
        on_dead: OnDead | None = None,
        within: Mapping[str, TxHandler] | None = None,
        lease: timedelta = LEASE,
        vitals: Vitals | None = None,
    ) -> None:
        self._lease = lease
        self._vitals = vitals or Vitals()
        self._store = store
        self._clock = clock
        self._crews = crews
        self._jitter = jitter
        self._on_dead = on_dead
        self._within = within or {}
        self._stopping = asyncio.Event()
        self.kinds = frozenset(within or ()).union(*(crew.handlers for crew in crews))
        self._bells = {name: asyncio.Event() for name in (_TIMERS, *(crew.name for crew in crews))}
        self._in_flight: set[int] = set()
        self._unsure: dict[str, list[Job]] = {}  # by crew: claims of which nobody knows whether they were saved

    async def run(self) -> None:
        """Work until `stop()`; jobs in flight are finished before this returns."""
        self._store.on_due(self._ring)
        parts = {LOOKOUT: self._look_out(), **{crew.name: self._work(crew) for crew in self._crews}}
        if self._within:
            parts[_TIMERS] = self._tick()
        async with asyncio.TaskGroup() as group:
            for name, part in parts.items():
                self._vitals.watch(group.create_task(part, name=f"crew {name}"))

    def stop(self) -> None:
        """Take no new job from now on."""
        self._stopping.set()

    async def drain(self) -> int:
        """Do everything that is due, and what comes of it, without waiting; return how many jobs that were."""
        done = 0
        while count := await self.step():
            done += count
        return done

    async def step(self) -> int:
        """Claim what is due now and do it; return how many jobs that were."""
        count = await self._do_within()
        for crew in self._crews:
            jobs = await self._claim(crew, crew.slots)
            async with asyncio.TaskGroup() as group:
                for job in jobs:
                    group.create_task(self._carry_out(crew, job))
            count += len(jobs)
        return count

    async def _look_out(self) -> None:
        """Find what no commit of this process told of: what became due by time, or was put by somebody else."""
        while not self._stopping.is_set():
            self._vitals.beat(LOOKOUT)
            self._ring(await self._kinds_due())
            for crew in self._crews:
                if self._unsure.get(crew.name):
                    self._bells[crew.name].set()
            await self._first_of(self._clock.sleep(POLL_S))

    async def _kinds_due(self) -> Collection[str]:
        try:
            async with self._store.read() as unit:
                return await unit.jobs.kinds_due(self.kinds, unit.now)
        except Unsaved:
            log.warning("database_away", during="look")  # again after the poll
        except Exception:
            log.exception("look_failed")
        return ()

    def _ring(self, kinds: Collection[str]) -> None:
        """Call those who do jobs of these kinds."""
        for crew in self._crews:
            if not crew.handlers.keys().isdisjoint(kinds):
                self._bells[crew.name].set()
        if not self._within.keys().isdisjoint(kinds):
            self._bells[_TIMERS].set()

    async def _work(self, crew: Crew) -> None:
        bell = self._bells[crew.name]
        running: set[asyncio.Task[None]] = set()

        def done(task: asyncio.Task[None]) -> None:
            if len(running) == crew.slots:  # something may have waited for a free slot
                bell.set()
            running.discard(task)

        async with asyncio.TaskGroup() as group:
            while not self._stopping.is_set():
                bell.clear()  # before looking, so that no commit between the look and the wait is missed
                free = crew.slots - len(running)
                jobs = await self._claim_safely(crew, free)
                for job in jobs:
                    task = group.create_task(self._carry_out(crew, job), name=f"job {job.id}")
                    running.add(task)
                    task.add_done_callback(done)
                if len(jobs) < free or not free:  # else there may be more
                    await self._first_of(bell.wait())

    async def _tick(self) -> None:
        bell = self._bells[_TIMERS]
        while not self._stopping.is_set():
            bell.clear()
            try:
                done = await self._do_within()
            except Unsaved:
                log.warning("database_away", during="tick")  # the bell rings again
                done = 0
            except Exception:
                log.exception("tick_failed")
                done = 0
            if not done:
                await self._first_of(bell.wait())

    async def _do_within(self) -> int:
        """Do every due job of the mode *tx*, each in a transaction of its own; return how many that were."""
        if not self._within:
            return 0
        async with self._store.read() as unit:
            due = await unit.jobs.due_ids(self._within.keys(), unit.now, _AT_A_TIME)
        done = 0
        for id_, incident_id in due:
            with about(job=id_, incident=incident_id):
                done += await self._do_one_within(id_, incident_id)
        return done

    async def _do_one_within(self, id_: int, incident_id: int | None) -> bool:
        job: Due | None = None
        try:
            async with self._store.begin() as unit:
                # First, as every listener does: locks are always taken in this order. Nobody waits for it here, or
                # one incident that somebody holds would hold up the timers of all.
                if incident_id is not None and await unit.incidents.get_if_free(incident_id) is None:
                    return False
                job = await unit.jobs.lock_due(id_, self._within.keys(), unit.now)
                if job is None:
                    return False
                unit.jobs.cause = job.cause
                await unit.jobs.rearm(job, await self._within[job.kind](unit, job))
            TRIES.labels(job.kind, "done").inc()
        except Unsaved:
            raise  # no fault of the job's: it rings when the database is back
        except Exception as error:  # noqa: BLE001 - the boundary: every failure of a timer ends in its row
            try:
                await self._record_failure_within(id_, job, error)
            except Unsaved:
                raise
            except Exception:
                log.exception("failure_not_recorded", job=id_)  # those behind it ring all the same
                return False
        return True

    async def _record_failure_within(self, id_: int, job: Due | None, error: Exception) -> None:
        """Put the job off, also when it was not even begun: what spoils one incident must not hold up the others."""
        async with self._store.begin() as unit:
            job = job or await unit.jobs.lock_due(id_, self._within.keys(), unit.now)
            if job is None:
                return
            periodic = job.kind.startswith(PERIODIC)
            over = not periodic and job.attempts + 1 >= MAX_ATTEMPTS
            delay = min(self._backoff(job.attempts + 1), _SOON_S if periodic else MAX_BACKOFF_S)
            level = log.error if over else log.warning
            level("timer_failed", job=job.id, kind=job.kind, attempt=job.attempts + 1, dead=over, error=describe(error))
            retry_at = None if over else unit.after(delay)
            await unit.jobs.fail_due(job, error=describe(error), retry_at=retry_at)
        TRIES.labels(job.kind, _outcome(error, over=over)).inc()

    async def _first_of(self, *what: Coroutine[Any, Any, object]) -> None:
        """Wait for the first of these, and no longer than until the end."""
        waits = [asyncio.ensure_future(one) for one in (*what, self._stopping.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _claim_safely(self, crew: Crew, free: int) -> list[Job]:
        try:
            return await self._claim(crew, free)
        except Unsaved:
            log.warning("database_away", during="claim", crew=crew.name)  # the bell rings again
        except Exception:
            log.exception("claim_failed", crew=crew.name)
        return []

    async def _claim(self, crew: Crew, free: int) -> list[Job]:
        if free <= 0:
            return []
        unsure = [job for job in self._unsure.get(crew.name, ()) if self._clock.now() < job.lease_until]
        async with self._store.read() as unit:
            if not unsure and not await unit.jobs.any_due(crew.handlers.keys(), unit.now):
                return []
        jobs: list[Job] = []
        try:
            async with self._store.begin() as unit:
                jobs = await unit.jobs.claimed(unsure[:free], unit.now + self._lease)
                # Not what this very process is doing: after a suspend its leases are past before a heartbeat ran.
                besides = self._in_flight | {job.id for job in jobs}
                kinds, more = crew.handlers.keys(), free - len(jobs)
                jobs += await unit.jobs.claim(kinds, unit.now, self._lease, more, besides=besides)
        except Unsaved:
            # The connection may have broken in the commit: then these are ours, or will be in a moment.
            self._unsure[crew.name] = list({job.token: job for job in (*unsure, *jobs)}.values())
            raise
        ours = {job.id for job in jobs}
        self._unsure[crew.name] = [job for job in unsure if job.id not in ours]
        return jobs

    async def _carry_out(self, crew: Crew, job: Job) -> None:
        with about(job=job.id, kind=job.kind, incident=_incident_of(job)):
            await self._carry_out_alone(crew, job)

    async def _carry_out_alone(self, crew: Crew, job: Job) -> None:
        self._in_flight.add(job.id)
        try:
            finish = await self._under_lease(crew.handlers[job.kind], job)
            await self._patiently(lambda: self._finish(job, finish))
            TRIES.labels(job.kind, "done").inc()
        except LeaseLost:
            log.warning("lease_lost", job=job.id, kind=job.kind)
        except Exception as error:  # noqa: BLE001 - the boundary: every failure of a job ends in its row
            await self._record_failure(job, error)
        finally:
            self._in_flight.discard(job.id)

    async def _patiently(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write down what was done however long the database is away; whether the job is still ours, its lease says."""
        while True:
            try:
                return await write()
            except Unsaved:
                log.warning("database_away", during="finish")
            await self._clock.sleep(POLL_S)

    async def _finish(self, job: Job, finish: Finish | None) -> None:
        async with self._store.begin() as unit:
            unit.jobs.cause = job.cause
            if finish is not None:
                await finish(unit)  # first: it locks the incident before the job, as every listener does
            if not await unit.jobs.hold(job):
                raise LeaseLost  # and everything above rolls back
            if (kind := await unit.jobs.finish(job, unit.now)) is not None:
                unit.due.add(kind)

    async def _under_lease(self, handler: Handler, job: Job) -> Finish | None:
        """Run the handler while a heartbeat keeps the lease; raise LeaseLost when it is somebody else's."""
        lease = Lease(self._clock, job.lease_until)
        token = _LEASE.set(lease)
        work = asyncio.ensure_future(handler(job))  # the task takes the lease along
        _LEASE.reset(token)
        beat = asyncio.ensure_future(self._keep(job, lease))
        try:
            await asyncio.wait({work, beat}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise LeaseLost
            return work.result()
        finally:
            for task in (work, beat):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task

    async def _keep(self, job: Job, lease: "Lease") -> None:
        while self._clock.now() < lease.until:
            await self._clock.sleep(self._lease.total_seconds() / 3)
            try:
                async with self._store.begin() as unit:
                    until = unit.now + self._lease
                    if not await unit.jobs.extend(job, until):
                        return
                lease.until = until  # only now: what was not committed others do not see
            except Unsaved:
                log.warning("database_away", during="heartbeat", job=job.id)  # try until the lease ends
            except Exception:
                log.exception("heartbeat_failed", job=job.id)

    async def _record_failure(self, job: Job, error: Exception) -> None:
        waits = isinstance(error, RetryLater)
        over = isinstance(error, GiveUp) or (not waits and self._has_had_its_tries(job, error))
        delay = self._delay(job, error)
        so_far = error.so_far if isinstance(error, RetryLater) else None
        if waits:
            log.info("job_waits", job=job.id, kind=job.kind, seconds=round(delay, 1), why=describe(error))
        else:
            level = log.error if over else log.warning
            level("job_failed", job=job.id, kind=job.kind, attempt=job.attempts, dead=over, error=describe(error))

        outcome: str | None = None

        async def write() -> None:
            nonlocal outcome
            async with self._store.begin() as unit:
                unit.jobs.cause = job.cause
                if so_far is not None:
                    await so_far(unit)  # first: it locks the incident before the job
                retry_at = None if over else unit.after(delay)
                outcome = await unit.jobs.fail(
                    job,
                    error=describe(error),
                    retry_at=retry_at,
                    again_at=unit.after(0 if isinstance(error, GiveUp) else GRACE_S),
                    counts=not waits,
                    limit=isinstance(error, RetryLater) and error.limit,
                    blames=_is_its_own(error),
                    away_since=self._away_since(job) if isinstance(error, Unclear | Unsaved) else None,
                )
                if outcome is None:
                    raise LeaseLost  # and what was written above rolls back
                if outcome == "again":
                    unit.due.add(job.kind)
                # Told by the one write that gave it up: not by a second one after a lost answer, nor by a former owner.
                if outcome == "over" and self._on_dead is not None:
                    await self._on_dead(unit, job, error)

        try:
            await self._patiently(write)
            TRIES.labels(job.kind, _outcome(error, over=outcome == "over")).inc()
        except LeaseLost:
            log.warning("lease_lost", job=job.id, kind=job.kind)
        except Exception:
            log.exception("failure_not_recorded", job=job.id)  # its lease ends and somebody tries again

    def _has_had_its_tries(self, job: Job, error: Exception) -> bool:
        """Wait an outage of the other side or of the database out, but do not try an error of our own for ever."""
        if isinstance(error, Unclear | Unsaved):
            return self._clock.now() - self._away_since(job) > OUTAGE
        return job.failures + 1 >= MAX_ATTEMPTS

    def _delay(self, job: Job, error: Exception) -> float:
        """Return the seconds until the next attempt; a database that is back is there for everybody at once."""
        if isinstance(error, RetryLater):
            return error.after_s
        if isinstance(error, Unclear):  # in proportion: work is done soon after an outage, however long that was
            away_s = (self._clock.now() - self._away_since(job)).total_seconds()
            return max(GRACE_S, min(MAX_BACKOFF_S, self._spread(away_s / _PART_OF_AN_OUTAGE)))
        return GRACE_S if isinstance(error, Unsaved) else max(GRACE_S, self._backoff(job.failures + 1))

    def _away_since(self, job: Job) -> datetime:
        """Return since when the other side is away, of which we have just heard (again)."""
        return job.away_since or self._clock.now()

    def _backoff(self, attempts: int) -> float:
        return self._spread(min(MAX_BACKOFF_S, 2.0 ** min(attempts, _STEEPEST)))

    def _spread(self, seconds: float) -> float:
        return float(seconds * (0.8 + 0.4 * self._jitter()))


def _incident_of(job: Job) -> int | None:
    """Return the incident whose lane the job stands in; of others it is known once somebody reads it."""
    of, _, number = (job.lane or "").partition(":")
    return int(number) if of == "incident" and number.isdigit() else None


def _outcome(error: Exception, *, over: bool) -> str:
    """Return how an attempt ended: given up, away (the other side or the database), asked to wait, or failed."""
    if over:
        return "given_up"
    if isinstance(error, RetryLater):
        return "waits"
    return "failed" if _is_its_own(error) else "away"


def _is_its_own(error: Exception) -> bool:
    """Tell whether the job itself failed; else the other side or the database was away, or asked to wait."""
    return not isinstance(error, RetryLater | Unclear | Unsaved)


def describe(error: Exception) -> str:
    """Return the error's kind and text, for the job's row and the log; both redact it."""
    return f"{type(error).__name__}: {error}"
