"""The job table: outbox and work list. A job is put in the transaction of its cause and done under a lease.

Doing a job twice is possible (a process died between the call and the finish); finishing it twice is not: the
lease's token is the fence. A job put again while it runs is not voided but marked by its `revision` and runs again
after the finish, so that what the running attempt learned (a message's ts) is never lost.
"""

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.incidents.effects import SWEEP, Effect
from bot.store.reading import unreadable
from bot.store.tables import UtcDateTime
from bot.store.tables import job as table
from bot.store.upsert import upsert

_LIMIT: Final = "limit"
_UNTRIED: Final = {"attempts": 0, "failures": 0, "away_since": None, "restored_from": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed job: `uuid` names it for ever, `attempts` counts this one too, times are UTC.

    `failures` are the attempts before it that failed by themselves: no lost lease, and nobody who was away.
    `away_since` is when the first of the last attempts, all of which found somebody away, ended.
    """

    id: int
    kind: str
    uuid: str
    lane: str | None
    payload: dict[str, Any]
    revision: int
    attempts: int
    failures: int
    first_tried_at: datetime
    away_since: datetime | None
    lease_until: datetime
    token: str
    restored_from: datetime | None = None

    @property
    def cause(self) -> "Cause":
        """Return it as the cause of what it puts."""
        return Cause(uuid=self.uuid, restored_from=self.restored_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A job of the mode *tx* whose row is locked: it is done inside the transaction that holds it."""

    id: int
    kind: str
    uuid: str
    payload: dict[str, Any]
    run_at: datetime
    attempts: int
    revision: int
    incident_id: int | None
    restored_from: datetime | None = None

    @property
    def cause(self) -> "Cause":
        """Return it as the cause of what it puts."""
        return Cause(uuid=self.uuid, restored_from=self.restored_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A job as operators see it; times are UTC."""

    id: int
    kind: str
    key: str | None
    lane: str | None
    run_at: datetime
    attempts: int
    dead: bool
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The job in whose transaction others are put; each of those has a name that follows from its own.

    So after a restore they find what they have posted in the time that the records know nothing of any more, from
    `restored_from` (UTC) on; None for a job that was in no backup.
    """

    uuid: str
    restored_from: datetime | None

    def name_of(self, effect: Effect) -> str:
        """Return the name for ever of a job that this one puts: always the same."""
        told = [effect.kind, effect.lane, effect.key, None if effect.key else effect.payload]
        return str(uuid.uuid5(uuid.UUID(self.uuid), json.dumps(told, sort_keys=True)))


class Jobs:
    """The job table inside one transaction; `cause` is the job that this transaction is about, if one."""

    def __init__(self, connection: AsyncConnection, redact_data: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._redact_data = redact_data
        self.cause: Cause | None = None

    async def put(self, effect: Effect, run_at: datetime) -> datetime:
        """Add the effect; one with the same key that is not done yet takes it over, at the earlier of both times.

        A job that was tried keeps its attempts, for only they make the next attempt look before it posts. Returns when
        somebody can take it up: at its time, or when the lease of who has it in hand is over.
        """
        restored_from = self._restored_from(effect)
        told = {
            "kind": effect.kind,
            "key": effect.key,
            "lane": effect.lane,
            "payload": effect.payload,
            "uuid": self.cause.name_of(effect) if self.cause else str(uuid.uuid4()),
            "run_at": run_at,
            "incident_id": effect.incident_id,
        }
        if restored_from is not None:
            told |= {"attempts": 1, "first_tried_at": restored_from, "restored_from": restored_from}
        put = _put(self._connection.dialect.name, moves=effect.moves)
        row = (await self._connection.execute(put, told)).one()
        due: datetime = max(row.run_at, row.lease_until or row.run_at)
        return due

    def _restored_from(self, effect: Effect) -> datetime | None:
        """Return since when the effect may have been carried out in a time of which the records know nothing.

        A timer rings anew, and what looks for copies has no copies itself.
        """
        if self.cause is None or effect.incident_id is not None or effect.kind == SWEEP:
            return None
        return self.cause.restored_from

    async def keep(self, effect: Effect, by: datetime) -> None:
        """See to it that the periodic job with this key exists, lives and comes by this moment; else leave it alone."""
        assert effect.key is not None  # noqa: S101 - without a key there would be many
        new = upsert(self._connection.dialect.name, table).values(
            kind=effect.kind, key=effect.key, lane=effect.lane, payload={}, uuid=str(uuid.uuid4()), run_at=by
        )
        nearer = case((table.c.run_at > new.excluded.run_at, new.excluded.run_at), else_=table.c.run_at)
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=[table.c.key], set_={"run_at": nearer, "dead": False})
        )

    async def remember(self, due: Due, memory: dict[str, Any]) -> None:
        """Let the locked job carry this from now on."""
        await self._connection.execute(update(table).where(table.c.id == due.id).values(payload=memory))

    async def due_at(self, key: str) -> datetime | None:
        """Return when the job with this key is due; None when there is none that lives."""
        row = await self._connection.execute(select(table.c.run_at).where(table.c.key == key, ~table.c.dead))
        return row.scalar_one_or_none()

    async def memory(self, key: str) -> dict[str, Any]:
        """Return what the job with this key carries; nothing when there is no such job."""
        found = (await self._connection.execute(select(table.c.id, table.c.payload).where(table.c.key == key))).first()
        return {} if found is None else _memory(found.payload, found.id)

    async def cancel(self, *, key: str = "", prefix: str = "") -> None:
        """Take the job with this key off the table, or every job whose key begins with this prefix (`inc:7:`)."""
        if prefix and not prefix.endswith(":"):
            raise ValueError("a prefix ends in a colon: inc:1: is not the beginning of inc:10:")
        wanted = table.c.key.startswith(prefix, autoescape=True) if prefix else table.c.key == key
        await self._connection.execute(delete(table).where(wanted))

    async def due_ids(self, kinds: Collection[str], now: datetime, limit: int) -> list[tuple[int, int | None]]:
        """Return due jobs of these kinds, the oldest first: their ids and incidents; locks nothing."""
        due = select(table.c.id, table.c.incident_id).where(_due(kinds, now)).order_by(table.c.run_at, table.c.id)
        return [(row.id, row.incident_id) for row in await self._connection.execute(due.limit(limit))]

    async def lock_due(self, id_: int, kinds: Collection[str], now: datetime) -> Due | None:
        """Lock this job if it is still due; None when somebody else has it, or moved or cancelled it."""
        wanted = select(table).where(table.c.id == id_, _due(kinds, now)).with_for_update(skip_locked=True)
        row = (await self._connection.execute(wanted)).mappings().first()
        if row is None:
            return None
        return Due(**{name: row[name] for name in Due.__slots__} | {"payload": _memory(row["payload"], id_)})

    async def rearm(self, due: Due, run_at: datetime | None) -> None:
        """Let the locked job come again at this moment, or take it off the table."""
        mine = (table.c.id == due.id) & (table.c.revision == due.revision)
        if run_at is None:
            await self._connection.execute(delete(table).where(mine))
        else:
            await self._connection.execute(
                update(table)
                .where(mine)
                .values(run_at=run_at, attempts=0, first_tried_at=None, last_error=None, restored_from=None)
            )

    async def fail_due(self, due: Due, *, error: str, retry_at: datetime | None) -> None:
        """Record the failure of a job done inside a transaction, unless it was moved or tried by others since."""
        unmoved = (table.c.run_at == due.run_at) & (table.c.attempts == due.attempts)
        mine = (table.c.id == due.id) & (table.c.revision == due.revision) & unmoved
        await self._connection.execute(
            update(table)
            .where(mine)
            .values(
                attempts=due.attempts + 1,
                first_tried_at=func.coalesce(table.c.first_tried_at, literal(due.run_at, UtcDateTime)),
                run_at=retry_at if retry_at is not None else due.run_at,
                dead=retry_at is None,
                last_error=str(self._redact_data(error))[:500],
            )
        )

    async def listed(self, *, dead: bool, limit: int = 100) -> list[Listed]:
        """Return live or given-up jobs, the longest due first."""
        wanted = select(table).where(table.c.dead == dead).order_by(table.c.run_at, table.c.id).limit(limit)
        return [
            Listed(
                **{name: row[name] for name in ("id", "kind", "key", "lane", "run_at", "attempts", "dead")},
                error=row["last_error"],
            )
            for row in (await self._connection.execute(wanted)).mappings()
        ]

    async def revive(self, ids: Collection[int] | None, now: datetime) -> int:
        """Make given-up jobs (all of them for None) due again; return how many.

        Their attempts stay above nothing, for only they make the next attempt look before it posts.
        """
        chosen = table.c.dead if ids is None else table.c.dead & table.c.id.in_(ids)
        tries = _UNTRIED | {"attempts": 1}
        again = {"dead": False, "run_at": now, **tries, "lease_until": None, "lease_token": None}
        done = await self._connection.execute(update(table).where(chosen).values(again).returning(table.c.id))
        return len(done.all())

    async def next_at(self) -> datetime | None:
        """Return when the next job that heads its lane is due, or free of its lease; None when there is none."""
        free = case((table.c.lease_until > table.c.run_at, table.c.lease_until), else_=table.c.run_at)
        heads = or_(table.c.incident_id.is_not(None), ~_is_behind())  # timers ring in any order
        found = await self._connection.execute(select(free).where(~table.c.dead, heads).order_by(free).limit(1))
        moment = found.scalar_one_or_none()
        return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)

    async def failed_in_lane(self, lane: str, error: str, since: datetime) -> int:
        """Return how many jobs of this lane failed for the same reason, or were given up for one since then.

        A job that was put again counts as well: it still carries its reason, and mostly fails for it once more.
        """
        same = table.c.last_error == str(self._redact_data(error))[:500]
        known = or_(same, table.c.dead & (table.c.run_at >= since))
        counted = select(func.count()).select_from(table).where(table.c.lane == lane, known)
        return int((await self._connection.execute(counted)).scalar_one())

    async def kinds_due(self, kinds: frozenset[str], now: datetime) -> set[str]:
        """Return of which of these kinds something is due; reads only. Timers stand behind nobody."""
        return set((await self._connection.execute(_kinds_due(kinds), {"now": now})).scalars())

    async def any_due(self, kinds: Collection[str], now: datetime) -> bool:
        """Return whether a claim would find something; reads only, so that an idle worker never writes."""
        row = await self._connection.execute(_any_due(frozenset(kinds)), {"now": now})
        return row.first() is not None

    async def claim(
        self, kinds: Collection[str], now: datetime, lease: timedelta, limit: int, *, besides: Collection[int] = ()
    ) -> list[Job]:
        """Lease up to `limit` due jobs of these kinds, the oldest first and one at most of each lane.

        `besides` are ids to leave alone, whatever their lease says.
        """
        told = {"now": now, "besides": list(besides), "limit": limit}
        ids = (await self._connection.execute(_claimable(frozenset(kinds)), told)).scalars().all()
        leased = [await self._lease(id_, now, lease) for id_ in ids]
        return [job for job in leased if job is not None]

    async def _lease(self, id_: int, now: datetime, lease: timedelta) -> Job | None:
        """Lease the job; one that cannot be read is given up instead, so that it holds nobody up."""
        told = {"which": id_, "now": now, "until": now + lease, "token": str(uuid.uuid4())}
        row = (await self._connection.execute(_take(), told)).mappings().one()
        if not isinstance(row["payload"], dict):
            error = f"Unreadable: {unreadable('job', id_).where}"
            gone = {"dead": True, "lease_until": None, "lease_token": None, "last_error": error}
            await self._connection.execute(update(table).where(table.c.id == id_).values(gone))
            return None
        return _job(row)

    async def claimed(self, jobs: Collection[Job], until: datetime) -> list[Job]:
        """Return those of these jobs whose claim was saved after all, and keep them; nobody knew when it was made."""
        return [replace(job, lease_until=until) for job in jobs if await self.extend(job, until)]

    async def extend(self, job: Job, until: datetime) -> bool:
        """Prolong the lease; False when it is no longer ours."""
        told = {"which": job.id, "token": job.token, "lease_until": until}
        return (await self._connection.execute(_EXTEND, told)).first() is not None

    async def hold(self, job: Job) -> bool:
        """Lock the job's row for its finish; False when the lease is no longer ours and nothing may be written."""
        return (await self._connection.execute(_HOLD, {"which": job.id, "token": job.token})).first() is not None

    async def finish(self, job: Job, now: datetime) -> str | None:
        """Take the done job off the table, or make it due again when it was put again meanwhile.

        Return the kind of the job that heads the lane now, whether it is due or not.
        """
        told = {"which": job.id, "token": job.token, "known": job.revision}
        gone = await self._connection.execute(_FINISH, told)
        if gone.first() is None:
            await self._connection.execute(
                update(table)
                .where(_held(job.id, job.token))
                .values(lease_until=None, lease_token=None, run_at=now, first_tried_at=None, **_UNTRIED)
            )
            return job.kind
        if job.lane is None:
            return None
        return (await self._connection.execute(_heads(), {"lane": job.lane})).scalar_one_or_none()

    async def fail(
        self,
        job: Job,
        *,
        error: str,
        retry_at: datetime | None,
        again_at: datetime | None = None,
        counts: bool = True,
        limit: bool = False,
        blames: bool = True,
        away_since: datetime | None = None,
    ) -> Literal["over", "later", "again"] | None:
        """Give the lease back until `retry_at`, or give the job up when that is None; None when it is not ours.

        `counts=False` gives the attempt back too: a rate limit proves that nothing was published. With a
        `limit` putting the job again does not bring it forward: that changes no limit. `blames=False` says that the job
        itself did not fail, `away_since` how long the other side has been away. A job that was put again
        meanwhile is not given up ("again") but due `again_at`, with all its tries: what was asked for since was not
        tried.
        """
        same = table.c.revision == job.revision
        given_up = retry_at is None
        done = await self._connection.execute(
            update(table)
            .where(_held(job.id, job.token))
            .values(
                lease_until=None,
                lease_token=_LIMIT if limit else None,
                attempts=job.attempts if counts else job.attempts - 1,
                failures=case((same, job.failures + blames), else_=0) if given_up else job.failures + blames,
                away_since=case((same, literal(away_since, UtcDateTime)), else_=None) if given_up else away_since,
                run_at=case((same, table.c.run_at), else_=again_at or table.c.run_at) if given_up else retry_at,
                dead=case((same, given_up), else_=False),
                last_error=str(self._redact_data(error))[:500],
            )
            .returning(table.c.dead)
        )
        row = done.first()
        if row is None:
            return None
        return "over" if row.dead else "again" if retry_at is None else "later"

    async def shorten_leases(self, until: datetime) -> None:
        """End the leases of a process that is gone at `until`: its last request may still land before that."""
        await self._connection.execute(
            update(table).where(table.c.lease_until > until).values(lease_until=until, lease_token=str(uuid.uuid4()))
        )

    async def queue(self, now: datetime) -> list[tuple[str, int, float, int]]:
        """Return of each kind: how many are due or were tried, seconds since the oldest was due, how many given up."""
        since = func.coalesce(table.c.first_tried_at, table.c.run_at)
        waits = ~table.c.dead & (since <= now)
        asked = select(
            table.c.kind,
            func.count(case((waits, 1))).label("waiting"),
            func.min(case((waits, since))).label("oldest"),
            func.count(case((table.c.dead, 1))).label("dead"),
        ).group_by(table.c.kind)
        rows = (await self._connection.execute(asked)).all()
        return [(row.kind, row.waiting, (now - (_utc(row.oldest) or now)).total_seconds(), row.dead) for row in rows]

    async def counts(self) -> tuple[int, int]:
        """Return how many jobs are live and how many were given up."""
        rows = await self._connection.execute(select(table.c.dead, func.count()).group_by(table.c.dead))
        found = {bool(dead): count for dead, count in rows.all()}
        return found.get(False, 0), found.get(True, 0)


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _memory(payload: object, id_: int) -> dict[str, Any]:
    """Return what the job carries; one that is done without it must go on when that cannot be read."""
    if isinstance(payload, dict):
        return payload
    unreadable("job", id_)
    return {}


def _job(row: Mapping[str, Any]) -> Job:
    leased = {"payload": dict(row["payload"]), "token": row["lease_token"]}
    return Job(**{name: row[name] for name in Job.__slots__ if name not in leased}, **leased)


@cache
def _is_behind() -> ColumnElement[bool]:
    """Tell of a job whether an older one of its lane is not done yet."""
    older = table.alias("older")
    return select(older.c.id).where(older.c.lane == table.c.lane, older.c.id < table.c.id, ~older.c.dead).exists()


def _due(kinds: Collection[str], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    return (~table.c.dead) & table.c.kind.in_(kinds) & (table.c.run_at <= now) & free


# The questions that are asked most often are put together once.


@cache
def _kinds_due(kinds: frozenset[str]) -> Select[str]:
    now = bindparam("now", type_=UtcDateTime)
    heads = or_(table.c.incident_id.is_not(None), ~_is_behind())
    return select(table.c.kind).distinct().where(_due(sorted(kinds), now), heads)


@cache
def _any_due(kinds: frozenset[str]) -> Select[int]:
    now = bindparam("now", type_=UtcDateTime)
    return select(table.c.id).where(_due(sorted(kinds), now), ~_is_behind()).limit(1)


@cache
def _put(dialect: str, *, moves: bool) -> Executable:
    """Add a job, or let the one with its key take it over; returns when it is due, and until when it is leased."""
    new = upsert(dialect, table)
    # Who was tried keeps its time, and who waits for a limit has a mark in place of a lease's token.
    untried = (table.c.attempts == 0) & table.c.lease_token.is_(None)
    sooner = untried & (new.excluded.run_at < table.c.run_at)
    moved = case((sooner, new.excluded.run_at), else_=table.c.run_at)
    again = {
        "payload": new.excluded.payload,
        "revision": table.c.revision + 1,
        "run_at": new.excluded.run_at if moves else moved,
        "dead": False,
        "failures": case((table.c.dead, 0), else_=table.c.failures),  # given up, it has all its tries again
        "away_since": case((table.c.dead, None), else_=table.c.away_since),
    }
    if moves:  # on purpose: it is not late, and as it posts nothing there is nothing to look for either
        again |= {"first_tried_at": None, "attempts": 0, "restored_from": None}
    kept = new.on_conflict_do_update(index_elements=[table.c.key], set_=again)
    return kept.returning(table.c.run_at, table.c.lease_until)


@cache
def _claimable(kinds: frozenset[str]) -> Select[int]:
    now, besides = bindparam("now", type_=UtcDateTime), bindparam("besides", type_=table.c.id.type, expanding=True)
    free = select(table.c.id).where(_due(sorted(kinds), now), ~_is_behind(), table.c.id.not_in(besides))
    first = free.order_by(table.c.run_at, table.c.id).limit(bindparam("limit", type_=Integer))
    return first.with_for_update(skip_locked=True, of=table)


@cache
def _take() -> "ReturningUpdate[Any]":
    return (
        update(table)
        .where(table.c.id == bindparam("which"))
        .values(
            lease_until=bindparam("until"),
            lease_token=bindparam("token"),
            attempts=table.c.attempts + 1,
            first_tried_at=func.coalesce(table.c.first_tried_at, bindparam("now", type_=UtcDateTime)),
        )
        .returning(table)
    )


@cache
def _heads() -> Select[str]:
    mine = table.c.lane == bindparam("lane", type_=table.c.lane.type)
    return select(table.c.kind).where(mine, ~table.c.dead).order_by(table.c.id).limit(1)


def _held(which: int | BindParameter[int], token: str | BindParameter[str]) -> ColumnElement[bool]:
    return (table.c.id == which) & (table.c.lease_token == token)


_MINE: Final = _held(bindparam("which"), bindparam("token"))
_HOLD: Final = select(table.c.id).where(_MINE).with_for_update()
_FINISH: Final = delete(table).where(_MINE, table.c.revision == bindparam("known")).returning(table.c.id)
_EXTEND: Final = update(table).where(_MINE).returning(table.c.id)
