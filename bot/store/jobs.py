"""The job table: outbox and work list. A job is put in the transaction of its cause and done under a lease.

Doing a job twice is possible (a process died between the call and the finish); finishing it twice is not: the
lease's token is the fence. A job put again while it runs is not voided but marked by its `revision` and runs again
after the finish, so that what the running attempt learned (a message's ts) is never lost.
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.incidents.effects import Effect
from bot.store.tables import UtcDateTime
from bot.store.tables import job as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed job: `uuid` names it for ever, `attempts` counts this one too, times are UTC."""

    id: int
    kind: str
    uuid: str
    payload: dict[str, Any]
    revision: int
    attempts: int
    first_tried_at: datetime
    lease_until: datetime
    token: str


class Jobs:
    """The job table inside one transaction."""

    def __init__(self, connection: AsyncConnection, redact_data: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._redact_data = redact_data

    async def put(self, effect: Effect, run_at: datetime) -> None:
        """Add the effect; one with the same key that is not done yet takes it over, at the earlier of both times.

        A job that was tried keeps its attempts, for only they make the next attempt look before it posts.
        """
        insert = postgresql.insert if self._connection.dialect.name == "postgresql" else sqlite.insert
        new = insert(table).values(
            kind=effect.kind,
            key=effect.key,
            lane=effect.lane,
            payload=effect.payload,
            uuid=str(uuid.uuid4()),
            run_at=run_at,
        )
        sooner = (table.c.attempts == 0) & (new.excluded.run_at < table.c.run_at)
        again = {
            "payload": new.excluded.payload,
            "revision": table.c.revision + 1,
            "run_at": case((sooner, new.excluded.run_at), else_=table.c.run_at),
            "dead": False,
        }
        await self._connection.execute(new.on_conflict_do_update(index_elements=[table.c.key], set_=again))

    async def any_due(self, kinds: Collection[str], now: datetime) -> bool:
        """Return whether a claim would find something; reads only, so that an idle worker never writes."""
        row = await self._connection.execute(select(table.c.id).where(_due(kinds, now)).limit(1))
        return row.first() is not None

    async def claim(
        self, kinds: Collection[str], now: datetime, lease: timedelta, limit: int, *, besides: Collection[int] = ()
    ) -> list[Job]:
        """Lease up to `limit` due jobs of these kinds, the oldest first and one at most of each lane.

        `besides` are ids to leave alone, whatever their lease says.
        """
        older = table.alias("older")
        lane_is_busy = (
            select(older.c.id).where(older.c.lane == table.c.lane, older.c.id < table.c.id, ~older.c.dead).exists()
        )
        due = (
            select(table.c.id)
            .where(_due(kinds, now), ~lane_is_busy, table.c.id.not_in(besides))
            .order_by(table.c.run_at, table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=table)
        )
        ids = (await self._connection.execute(due)).scalars().all()
        return [await self._lease(id_, now, lease) for id_ in ids]

    async def _lease(self, id_: int, now: datetime, lease: timedelta) -> Job:
        taken = (
            update(table)
            .where(table.c.id == id_)
            .values(
                lease_until=now + lease,
                lease_token=str(uuid.uuid4()),
                attempts=table.c.attempts + 1,
                first_tried_at=func.coalesce(table.c.first_tried_at, literal(now, UtcDateTime)),
            )
            .returning(table)
        )
        row = (await self._connection.execute(taken)).mappings().one()
        return Job(
            id=id_,
            kind=row["kind"],
            uuid=row["uuid"],
            payload=dict(row["payload"]),
            revision=row["revision"],
            attempts=row["attempts"],
            first_tried_at=row["first_tried_at"],
            lease_until=row["lease_until"],
            token=row["lease_token"],
        )

    async def extend(self, job: Job, until: datetime) -> bool:
        """Prolong the lease; False when it is no longer ours."""
        done = await self._connection.execute(
            update(table).where(_held(job)).values(lease_until=until).returning(table.c.id)
        )
        return done.first() is not None

    async def hold(self, job: Job) -> bool:
        """Lock the job's row for its finish; False when the lease is no longer ours and nothing may be written."""
        row = await self._connection.execute(select(table.c.id).where(_held(job)).with_for_update())
        return row.first() is not None

    async def finish(self, job: Job, now: datetime) -> None:
        """Take the done job off the table, or make it due again when it was put again meanwhile."""
        gone = await self._connection.execute(
            delete(table).where(_held(job), table.c.revision == job.revision).returning(table.c.id)
        )
        if gone.first() is None:
            await self._connection.execute(
                update(table)
                .where(_held(job))
                .values(lease_until=None, lease_token=None, attempts=0, first_tried_at=None, run_at=now)
            )

    async def fail(self, job: Job, *, error: str, retry_at: datetime | None, counts: bool = True) -> None:
        """Give the lease back until `retry_at`, or give the job up when that is None.

        `counts=False` gives the attempt back too: a rate limit proves that nothing was published.
        """
        await self._connection.execute(
            update(table)
            .where(_held(job))
            .values(
                lease_until=None,
                lease_token=None,
                attempts=job.attempts if counts else job.attempts - 1,
                run_at=retry_at if retry_at is not None else table.c.run_at,
                dead=retry_at is None,
                last_error=str(self._redact_data(error))[:500],
            )
        )

    async def shorten_leases(self, until: datetime) -> None:
        """End the leases of a process that is gone at `until`: its last request may still land before that."""
        await self._connection.execute(
            update(table).where(table.c.lease_until > until).values(lease_until=until, lease_token=str(uuid.uuid4()))
        )

    async def counts(self) -> tuple[int, int]:
        """Return how many jobs are live and how many were given up."""
        rows = await self._connection.execute(select(table.c.dead, func.count()).group_by(table.c.dead))
        found = {bool(dead): count for dead, count in rows.all()}
        return found.get(False, 0), found.get(True, 0)


def _due(kinds: Collection[str], now: datetime) -> ColumnElement[bool]:
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    return (~table.c.dead) & table.c.kind.in_(kinds) & (table.c.run_at <= now) & free


def _held(job: Job) -> ColumnElement[bool]:
    return (table.c.id == job.id) & (table.c.lease_token == job.token)
