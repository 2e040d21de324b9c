"""What the auditor asks of the records: late work, leases that nobody keeps, and incidents beside their events."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Unreadable
from bot.incidents.events import EVENT, Recorded
from bot.incidents.model import UNDER_WAY, Incident
from bot.store.reading import read
from bot.store.tables import event, incident, job, posted_message

_STATE: TypeAdapter[Incident] = TypeAdapter(Incident)
_MOST_JOBS: Final = 200
_MOST_INCIDENTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A job that is not as it should be, and since when (UTC)."""

    kind: str
    lane: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """An open incident as it is stored and its events, both of one moment; `unreadable` names a row that spoils it."""

    number: int
    stored: Incident | None = None
    story: tuple[Recorded, ...] = ()
    unreadable: str = ""


class Audit:
    """The auditor's questions inside one transaction; jobs whose lane begins with `besides` are left out."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def late(self, before: datetime, *, besides: str) -> list[Overdue]:
        """Return live jobs that should have been done before this moment, counted from when they were due first."""
        since = func.coalesce(job.c.first_tried_at, job.c.run_at)
        return await self._jobs(~job.c.dead & (since < before), since, besides)

    async def expired(self, before: datetime, *, besides: str) -> list[Overdue]:
        """Return jobs whose lease ended before this moment, and which nobody has taken over."""
        return await self._jobs(~job.c.dead & (job.c.lease_until < before), job.c.lease_until, besides)

    async def given_up_timers(self, *, besides: str) -> list[Overdue]:
        """Return the timers of incidents that were given up."""
        return await self._jobs(job.c.dead & job.c.incident_id.is_not(None), job.c.run_at, besides)

    async def unreadable_jobs(self) -> list[str]:
        """Return the jobs that were given up because their row cannot be read."""
        spoilt = job.c.dead & job.c.last_error.startswith("Unreadable: job ", autoescape=True)
        rows = await self._connection.execute(select(job.c.id).where(spoilt).order_by(job.c.id).limit(_MOST_JOBS))
        return [f"job {id_}" for id_ in rows.scalars()]

    async def live(self, keys: Collection[str]) -> set[str]:
        """Return those of these keys under which a job still waits or runs."""
        found = await self._connection.execute(select(job.c.key).where(job.c.key.in_(keys), ~job.c.dead))
        return {str(key) for key in found.scalars()}

    async def shown(self, names: Collection[str]) -> dict[str, datetime]:
        """Return when each of these messages was last posted or edited; one that never was is missing."""
        wanted = select(posted_message.c.name, posted_message.c.posted_at).where(posted_message.c.name.in_(names))
        return {row.name: row.posted_at for row in await self._connection.execute(wanted)}

    async def open_incidents(self) -> list[Audited]:
        """Return the newest open incidents with their events: by one statement, for it sees one moment."""
        chosen = select(incident.c.id).where(incident.c.status.in_(UNDER_WAY))
        newest = chosen.order_by(incident.c.id.desc()).limit(_MOST_INCIDENTS)
        state = case((func.coalesce(event.c.seq, 1) == 1, incident.c.state))  # beside the first event only, to be quick
        rows = await self._connection.execute(
            select(
                incident.c.id, state.label("state"), event.c.id.label("event_id"), event.c.seq, event.c.at, event.c.data
            )
            .join(event, event.c.incident_id == incident.c.id, isouter=True)
            .where(incident.c.id.in_(newest))
            .order_by(incident.c.id, event.c.seq)
        )
        stories: dict[int, list[Any]] = {}
        for row in rows:
            stories.setdefault(row.id, []).append(row)
        return [_audited(id_, rows) for id_, rows in stories.items()]

    async def _jobs(self, wrong: ColumnElement[bool], since: ColumnElement[Any], besides: str) -> list[Overdue]:
        lane = func.coalesce(job.c.lane, "")
        wanted = select(job.c.kind, lane.label("lane"), since.label("since")).where(
            wrong, ~lane.startswith(besides, autoescape=True)
        )
        rows = await self._connection.execute(wanted.order_by(since, job.c.id).limit(_MOST_JOBS))
        return [Overdue(kind=row.kind, lane=row.lane, since=row.since) for row in rows]


def _audited(number: int, rows: Sequence[Any]) -> Audited:
    try:
        stored = read(_STATE, rows[0].state, "incident", number)
        return Audited(number=number, stored=stored, story=tuple(_events(rows)))
    except Unreadable as error:
        return Audited(number=number, unreadable=error.where)


def _events(rows: Iterable[Any]) -> Iterable[Recorded]:
    for row in rows:
        if row.seq is not None:
            yield Recorded(seq=row.seq, at=row.at, event=read(EVENT, row.data, "event", row.event_id))
