"""Incidents: events are appended, the state they fold to is kept beside them for quick reading."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, bindparam, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Unreadable, unknown_incident
from bot.incidents.events import EVENT, Amended, Erased, Event, Opened, Recorded
from bot.incidents.model import OVER, UNDER_WAY, Incident, Status, apply, fold
from bot.incidents.said import message_key, moment_of
from bot.store.reading import read, written
from bot.store.tables import event as event_table
from bot.store.tables import incident as table
from bot.telemetry import note

_STATE: TypeAdapter[Incident] = TypeAdapter(Incident)
# The questions of every act are put together once.
_ONE = select(table.c.state).where(table.c.id == bindparam("number"))
_ONE_LOCKED = _ONE.with_for_update()
_THERE = (
    select(table.c.id, table.c.state)
    .where(table.c.channel_id == bindparam("channel"))
    .order_by(case(*((table.c.status == over, 1) for over in OVER), else_=0), table.c.id.desc())  # the open one first
    .limit(1)
)
_THERE_LOCKED = _THERE.with_for_update()
_STORY = (
    select(event_table.c.id, event_table.c.seq, event_table.c.at, event_table.c.data)
    .where(event_table.c.incident_id == bindparam("number"))
    .order_by(event_table.c.seq)
)
_APPEND = insert(event_table)
_SAVE = update(table).where(table.c.id == bindparam("number"))
_CREATING = 0x616E7468  # the number of the lock, which nobody else uses


class Incidents:
    """The incidents inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def one_at_a_time(self) -> None:
        """Let nobody else create an incident until this transaction ends: who comes second sees the first one's."""
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer anyway
            await self._connection.execute(select(func.pg_advisory_xact_lock(_CREATING)))

    async def newest(self) -> int:
        """Return the number of the newest incident, 0 when there is none."""
        return int((await self._connection.execute(select(func.coalesce(func.max(table.c.id), 0)))).scalar_one())

    async def create(self, opened: Opened, now: datetime) -> Incident:
        """Store a new incident with its first event and return it with its number."""
        blank = {"version": 0, "status": "", "opened_at": opened.happened_at, "state": {}}
        number = (await self._connection.execute(insert(table).values(blank).returning(table.c.id))).scalar_one()
        incident = apply(number, None, opened)
        await self._append(number, 1, opened, now)
        await self._save(incident)
        return incident

    async def append(self, incident: Incident, event: Event, now: datetime) -> Incident:
        """Append the event and return the state after it; `incident` must be the locked, present state."""
        after = apply(incident.id, incident, event)
        await self._append(incident.id, after.version, event, now)
        if isinstance(event, Amended | Erased):
            after = fold(incident.id, [item.event for item in await self.story(incident.id)]) or after
        await self._save(after)
        return after

    async def get(self, number: int, *, lock: bool = False) -> Incident:
        """Return the incident, its row locked when it is about to change; raises UnknownIncident, or Unreadable."""
        row = (await self._connection.execute(_ONE_LOCKED if lock else _ONE, {"number": number})).first()
        if row is None:
            raise unknown_incident(number)
        note(incident=number)
        return read(_STATE, row.state, "incident", number)

    async def get_if_free(self, number: int) -> Incident | None:
        """Return the incident, its row locked; None, at once, while somebody else holds it; raises as `get` does."""
        row = (await self._connection.execute(_ONE.with_for_update(skip_locked=True), {"number": number})).first()
        if row is not None:
            return read(_STATE, row.state, "incident", number)
        await self.get(number)  # raises when there is none
        return None

    async def in_channel(self, channel_id: str, *, lock: bool = False) -> Incident | None:
        """Return the open incident of this channel, else the newest; its row locked when it is about to change."""
        row = (await self._connection.execute(_THERE_LOCKED if lock else _THERE, {"channel": channel_id})).first()
        if row is None:
            return None
        note(incident=row.id)
        return read(_STATE, row.state, "incident", row.id)

    async def housed_in(self, channel_id: str) -> list[Incident]:
        """Return every incident of this channel, the oldest first, as far as they can be read."""
        wanted = select(table.c.id, table.c.state).where(table.c.channel_id == channel_id).order_by(table.c.id)
        return list(_readable(await self._connection.execute(wanted)))

    async def holding(self, channel_id: str, ts: str) -> list[Incident]:
        """Return the incidents on whose timelines this message was put, the oldest first, whether it stands or not."""
        entry = event_table.c
        put = select(entry.incident_id).where(entry.kind == "captured", entry.happened_at == moment_of(ts))
        wanted = select(table.c.id, table.c.state).where(table.c.id.in_(put)).order_by(table.c.id)
        key = message_key(channel_id, ts)
        return [one for one in _readable(await self._connection.execute(wanted)) if key in one.captured]

    async def belongs_until(self, incident: Incident) -> datetime | None:
        """Return until when (UTC) what is said in the incident's channel is about it; None while it still is.

        It ends with the close, and where the next incident of that channel begins.
        """
        following = (await self._connection.execute(next_opening(incident.channel_id, incident.id))).scalar_one()
        entry = event_table.c
        closes = select(func.max(entry.happened_at)).where(entry.incident_id == incident.id, entry.kind == "closed")
        closed = (await self._connection.execute(closes)).scalar_one() if incident.status is Status.CLOSED else None
        ends = [moment for moment in (following, closed) if moment is not None]
        return min(ends, default=None)

    async def all(self, *, limit: int = 100) -> list[Incident]:
        """Return the incidents, the newest first; one that cannot be read is left out, and told in the log."""
        wanted = select(table.c.id, table.c.state).order_by(table.c.id.desc()).limit(limit)
        return list(_readable(await self._connection.execute(wanted)))

    async def opened_since(self, moment: datetime | None) -> list[Incident]:
        """Return the incidents that were opened since this moment (UTC; None: ever), the oldest first, if readable."""
        wanted = select(table.c.id, table.c.state).order_by(table.c.id)
        if moment is not None:
            wanted = wanted.where(table.c.opened_at >= moment)
        return list(_readable(await self._connection.execute(wanted)))

    async def open(self, *, limit: int = 100) -> list[Incident]:
        """Return the open incidents, the newest first, as far as they can be read."""
        wanted = (
            select(table.c.id, table.c.state)
            .where(table.c.status.in_(UNDER_WAY))  # by the index, which knows nothing of "not"
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        return list(_readable(await self._connection.execute(wanted)))

    async def over_before(self, moment: datetime, *, limit: int | None) -> list[Incident]:
        """Return incidents that ended before this moment (UTC), the oldest first, as far as they can be read."""
        over = table.c.status.in_(OVER) & (table.c.opened_at < moment)
        rows = await self._connection.execute(select(table.c.id, table.c.state).where(over).order_by(table.c.id))
        found = _readable(rows)
        return [one for one in found if one.resolved_at is not None and one.resolved_at < moment][:limit]

    async def story(self, number: int) -> Sequence[Recorded]:
        """Return the incident's events in the order in which they were recorded."""
        rows = await self._connection.execute(_STORY, {"number": number})
        return [Recorded(seq=row.seq, at=row.at, event=read(EVENT, row.data, "event", row.id)) for row in rows]

    async def _append(self, number: int, seq: int, event: Event, now: datetime) -> None:
        told = {
            "incident_id": number,
            "seq": seq,
            "at": now,
            "happened_at": event.happened_at,
            "kind": event.kind,
            "data": EVENT.dump_python(event, mode="json"),
        }
        await self._connection.execute(_APPEND, told)

    async def _save(self, incident: Incident) -> None:
        told = {
            "number": incident.id,
            "version": incident.version,
            "status": incident.status,
            "channel_id": incident.channel_id,
            "opened_at": incident.opened_at,
            "state": written(_STATE, incident),
        }
        await self._connection.execute(_SAVE, told)


def next_opening(channel_id: str | None, number: int) -> Select[Any]:
    """Return the query for when (UTC) the next incident of this channel began, after the one with this number."""
    return select(func.min(table.c.opened_at)).where(table.c.channel_id == channel_id, table.c.id > number)


def _readable(rows: Iterable[Any]) -> Iterator[Incident]:
    for row in rows:
        with suppress(Unreadable):
            yield read(_STATE, row.state, "incident", row.id)


def redacted(event: Event, redact_data: Any) -> Event:  # noqa: ANN401 - JSON-like data in, the same out
    """Return the event with every text in it redacted: append-only rows cannot be cleaned later."""
    return EVENT.validate_python(redact_data(EVENT.dump_python(event, mode="json")))
