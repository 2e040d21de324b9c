"""The two ways to take something off the timeline, each with a tombstone without which the database refuses it.

What belongs to no incident goes with a tombstone too, of the incident 0, which there is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.incidents.events import EVENT, Actor, Event
from bot.incidents.model import Incident
from bot.incidents.said import BEFORE
from bot.incidents.words import words_of
from bot.store import tables
from bot.store.incidents import next_opening
from bot.store.tables import tombstone as table

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)
OF_NONE: Final = 0
"""The number of no incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Reports and triage runs, by their numbers, that belong to no incident."""

    reports: Sequence[int]
    runs: Sequence[int]

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.reports or self.runs)


class Tombstones:
    """Erasure of words and deletion of what is old, inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def erase(
        self, incident_id: int, seq: int, event: Event, *, actor: Actor, reason: str, now: datetime
    ) -> None:
        """Let the entry hold this event's words, which are masked, instead of its own; all else stays as it was."""
        entry = (tables.event.c.incident_id == incident_id) & (tables.event.c.seq == seq)
        stored = (await self._connection.execute(select(tables.event.c.data).where(entry))).scalar_one()
        masked = EVENT.dump_python(event, mode="json")
        data = stored | {name: masked[name] for name in words_of(event)}
        await self._stand(incident_id, seq, data, actor, reason, now)
        await self._connection.execute(update(tables.event).where(entry).values(data=data))

    async def delete(self, incident: Incident, *, actor: Actor, reason: str, now: datetime) -> None:
        """Delete the closed incident and everything of it; its tombstone keeps when it was and how bad, no words.

        The tombstone takes the incident and its entries along by itself: the database sees to that.
        """
        known = {
            "opened_at": incident.opened_at.isoformat(),
            "resolved_at": incident.resolved_at.isoformat() if incident.resolved_at else None,
            "severity": incident.severity,
            "entries": incident.version,
        }
        # First, as everybody does: locks are always taken in this order.
        await self._connection.execute(
            select(tables.incident.c.id).where(tables.incident.c.id == incident.id).with_for_update()
        )
        await self._delete_reports(incident.id)
        runs = await self._delete_runs(incident)
        await self._delete_messages(incident.id, runs)
        await self._delete_said(incident)
        await self._delete_jobs(incident.id, runs)
        await self._stand(incident.id, None, known, actor, reason, now)

    async def elsewhere(self, before: datetime, *, limit: int | None) -> Elsewhere:
        """Return what was made before this moment (UTC) and belongs to no incident; at most `limit` of each."""
        report, run, entry = tables.report.c, tables.triage.c, tables.event.c
        housed = select(tables.incident.c.channel_id).where(tables.incident.c.channel_id.is_not(None))
        told = select(entry.happened_at).where(entry.kind == "evidence_reported")
        free = or_(report.channel_id.is_(None), report.channel_id.not_in(housed))
        reports = select(report.id).where(report.at < before, free, report.at.not_in(told)).order_by(report.id)
        lone = run.incident_id.is_(None) & run.channel_id.not_in(housed) & (run.status != "running")
        runs = select(run.id).where(run.requested_at < before, lone).order_by(run.id)
        found = [(await self._connection.execute(wanted.limit(limit))).scalars().all() for wanted in (reports, runs)]
        return Elsewhere(reports=found[0], runs=found[1])

    async def delete_elsewhere(
        self, gone: Elsewhere, before: datetime, *, actor: Actor, reason: str, now: datetime
    ) -> None:
        """Delete these, with what stands in Slack for the runs; one tombstone says how many, and no words."""
        await self._connection.execute(delete(tables.report).where(tables.report.c.id.in_(gone.reports)))
        await self._connection.execute(delete(tables.triage).where(tables.triage.c.id.in_(gone.runs)))
        names = tables.posted_message.c.name.in_([f"triage:{run}" for run in gone.runs])
        await self._connection.execute(delete(tables.posted_message).where(names))
        lanes = tables.job.c.lane.in_([f"{kind}:{run}" for run in gone.runs for kind in ("triage", "run")])
        await self._connection.execute(delete(tables.job).where(lanes))
        known = {"reports": len(gone.reports), "runs": len(gone.runs), "before": before.isoformat()}
        await self._stand(OF_NONE, None, known, actor, reason, now)

    async def _delete_reports(self, number: int) -> None:
        """Delete what people reported in the incident's channel: the timeline has an entry of that very moment."""
        entry = tables.event.c
        told = select(entry.happened_at).where(entry.incident_id == number, entry.kind == "evidence_reported")
        await self._connection.execute(delete(tables.report).where(tables.report.c.at.in_(told)))

    async def _delete_runs(self, incident: Incident) -> list[int]:
        """Delete the runs from which the incident was opened, and those in its channel while it was open."""
        run = tables.triage.c
        in_channel = (run.channel_id == incident.channel_id) & (run.requested_at <= incident.resolved_at)
        ours = or_(run.incident_id == incident.id, run.incident_id.is_(None) & in_channel)
        gone = await self._connection.execute(delete(tables.triage).where(ours).returning(run.id))
        return list(gone.scalars())

    async def _delete_said(self, incident: Incident) -> None:
        """Delete what was said in the incident's channels, in one that people had before from its opening on.

        And what was put on its timeline from elsewhere. What belongs to a later incident of that channel stays.
        """
        said, entry = tables.message.c, tables.event.c
        told = select(entry.kind, entry.data).where(
            entry.incident_id == incident.id, entry.kind.in_(("channel_created", "captured"))
        )
        for kind, data in (await self._connection.execute(told)).all():
            ours = said.channel_id == data["channel_id"]
            if kind == "captured":
                ours &= said.ts == data["ts"]
            elif not data.get("own", True):
                until = next_opening(data["channel_id"], incident.id).scalar_subquery()
                ours &= (said.at >= incident.opened_at - BEFORE) & or_(until.is_(None), said.at < until)
            await self._connection.execute(delete(tables.message).where(ours))

    async def _delete_messages(self, number: int, runs: Sequence[int]) -> None:
        name = tables.posted_message.c.name
        ours = or_(name.startswith(f"incident:{number}:", autoescape=True), name.in_([f"triage:{run}" for run in runs]))
        await self._connection.execute(delete(tables.posted_message).where(ours))

    async def _delete_jobs(self, number: int, runs: Sequence[int]) -> None:
        """Delete what was still to be done, or was given up: timers, messages, and words to the lead."""
        lane = tables.job.c.lane
        lanes = [f"incident:{number}", *(f"{kind}:{run}" for run in runs for kind in ("triage", "run"))]
        dead = lane.startswith(f"tell:dead:{number}:", autoescape=True)
        ours = or_(tables.job.c.incident_id == number, lane.in_(lanes), dead)
        await self._connection.execute(delete(tables.job).where(ours))

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
