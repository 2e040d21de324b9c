"""The two ways to take something off the timeline, each with a tombstone without which the database refuses it."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.incidents.events import EVENT, Actor, Event
from bot.incidents.model import Incident
from bot.store import tables
from bot.store.tables import tombstone as table

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)


class Tombstones:
    """Erasure of words and deletion of whole incidents, inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def erase(
        self, incident_id: int, seq: int, event: Event, *, actor: Actor, reason: str, now: datetime
    ) -> None:
        """Let the entry hold this event, whose words are masked, instead of its own."""
        data = EVENT.dump_python(event, mode="json")
        await self._stand(incident_id, seq, data, actor, reason, now)
        entry = (tables.event.c.incident_id == incident_id) & (tables.event.c.seq == seq)
        await self._connection.execute(update(tables.event).where(entry).values(data=data))

    async def delete(self, incident: Incident, *, actor: Actor, reason: str, now: datetime) -> None:
        """Delete the closed incident and everything of it; its tombstone keeps when it was and how bad, no words."""
        known = {
            "opened_at": incident.opened_at.isoformat(),
            "resolved_at": incident.resolved_at.isoformat() if incident.resolved_at else None,
            "severity": incident.severity,
            "entries": incident.version,
        }
        await self._stand(incident.id, None, known, actor, reason, now)
        runs = select(tables.triage.c.id).where(tables.triage.c.incident_id == incident.id)
        names = [f"triage:{number}" for number in (await self._connection.execute(runs)).scalars()]
        posted = tables.posted_message.c.name
        ours = or_(posted.startswith(f"incident:{incident.id}:", autoescape=True), posted.in_(names))
        await self._connection.execute(delete(tables.posted_message).where(ours))
        for gone in (tables.event, tables.triage, tables.job):
            await self._connection.execute(delete(gone).where(gone.c.incident_id == incident.id))
        await self._connection.execute(delete(tables.incident).where(tables.incident.c.id == incident.id))

    async def of(self, incident_id: int) -> list[dict[str, Any]]:
        """Return the tombstones of an incident, the oldest first."""
        rows = await self._connection.execute(
            select(table).where(table.c.incident_id == incident_id).order_by(table.c.id)
        )
        return [dict(row) for row in rows.mappings()]

    async def _stand(
        self, incident_id: int, seq: int | None, data: dict[str, Any], actor: Actor, reason: str, now: datetime
    ) -> None:
        await self._connection.execute(
            insert(table).values(
                incident_id=incident_id,
                seq=seq,
                at=now,
                done_by=_ACTOR.dump_python(actor, mode="json"),
                reason=reason,
                data=data,
            )
        )
