"""Triage runs: who asked, how far each check is, and the verdict."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import BadInput
from bot.incidents.events import Actor
from bot.incidents.triage import Triage
from bot.rules.evidence import Evidence, Verdict
from bot.store.reading import read
from bot.store.tables import triage as table
from bot.store.upsert import upsert

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)
_EVIDENCE: TypeAdapter[dict[str, Evidence]] = TypeAdapter(dict[str, Evidence])
_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)

_ABANDONED = "abandoned"


class Triages:
    """The triage runs inside one transaction."""

    def __init__(self, connection: AsyncConnection, redact_data: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._redact_data = redact_data

    async def create(
        self, team_id: str, channel_id: str, actor: Actor, now: datetime, *, private: bool = False
    ) -> Triage | None:
        """Store a new run and return it with its number; None when one of the workspace is running already."""
        new = {
            "team_id": team_id,
            "channel_id": channel_id,
            "requested_by": _ACTOR.dump_python(actor, mode="json"),
            "requested_at": now,
            "status": "running",
            "checks": {},
            "private": private,
        }
        first = upsert(self._connection.dialect.name, table).on_conflict_do_nothing().returning(table)
        row = await self._connection.execute(first, new)
        found = row.mappings().first()
        return None if found is None else _triage(found)

    async def abandon_before(self, team_id: str, moment: datetime) -> None:
        """End the workspace's run that was asked for before this moment and never finished."""
        old = (table.c.team_id == team_id) & (table.c.status == "running") & (table.c.requested_at < moment)
        await self._connection.execute(update(table).where(old).values(status=_ABANDONED))

    async def abandon(self, number: int) -> None:
        """End a run that could not be carried out."""
        await self._set(number, status=_ABANDONED)

    async def get(self, number: int, *, lock: bool = False) -> Triage:
        """Return the run; raises BadInput when there is none with this number."""
        wanted = select(table).where(table.c.id == number)
        row = (await self._connection.execute(wanted.with_for_update() if lock else wanted)).mappings().first()
        if row is None:
            raise _none(number)
        return _triage(row)

    async def newest(self) -> int | None:
        """Return the number of the newest run, None when there was none."""
        found = await self._connection.execute(select(table.c.id).order_by(table.c.id.desc()).limit(1))
        return found.scalar_one_or_none()

    async def finished_since(self, team_id: str, moment: datetime, places: Collection[str]) -> Triage | None:
        """Return the workspace's newest run that has come to a verdict since this moment (UTC).

        Private runs count in these `places` (channels) alone.
        """
        ours = (table.c.team_id == team_id) & (table.c.finished_at >= moment)
        ours &= ~table.c.private | table.c.channel_id.in_(places)
        row = await self._connection.execute(select(table).where(ours).order_by(table.c.id.desc()).limit(1))
        found = row.mappings().first()
        return None if found is None else _triage(found)

    async def running(self, team_id: str) -> Triage:
        """Return the workspace's newest run, which others join when `create` found it running."""
        wanted = select(table).where(table.c.team_id == team_id).order_by(table.c.id.desc()).limit(1)
        return _triage((await self._connection.execute(wanted)).mappings().one())

    async def is_running_in(self, channel_id: str) -> bool:
        """Tell whether a run is under way that was asked for in this channel."""
        wanted = select(table.c.id).where(table.c.channel_id == channel_id, table.c.status == "running").limit(1)
        return (await self._connection.execute(wanted)).first() is not None

    async def add_evidence(self, number: int, evidence: Evidence) -> None:
        """Store a finished check's answer, in place of an earlier one by the same check."""
        stored = select(table.c.checks).where(table.c.id == number).with_for_update()
        row = (await self._connection.execute(stored)).first()
        if row is None:
            raise _none(number)
        read(_EVIDENCE, row.checks, "triage", number)
        await self._set(number, checks={**row.checks, **self._checks({evidence.check: evidence})})

    async def finish(
        self, number: int, evidence: Sequence[Evidence], verdict: Verdict, now: datetime, duration_ms: int
    ) -> None:
        """Store every check's answer and the verdict, and end the run."""
        await self._set(
            number,
            checks=self._checks({item.check: item for item in evidence}),
            report=self._redact_data(_VERDICT.dump_python(verdict, mode="json")),
            finished_at=now,
            duration_ms=duration_ms,
            status="finished",
        )

    async def expect(self, number: int, verdict: Verdict) -> None:
        """Store what the verdict would be by now; the run goes on."""
        await self._set(number, report=self._redact_data(_VERDICT.dump_python(verdict, mode="json")))

    def _checks(self, evidence: dict[str, Evidence]) -> dict[str, Any]:
        redacted: dict[str, Any] = self._redact_data(_EVIDENCE.dump_python(evidence, mode="json"))
        return redacted

    async def link(self, number: int, incident_id: int) -> None:
        """Remember the first incident that was opened from this run."""
        free = (table.c.id == number) & table.c.incident_id.is_(None)
        await self._connection.execute(update(table).where(free).values(incident_id=incident_id))

    async def _set(self, number: int, **values: Any) -> None:  # noqa: ANN401 - column values
        await self._connection.execute(update(table).where(table.c.id == number).values(**values))


def _none(number: int) -> BadInput:
    return BadInput(f"There is no triage run {number}.", "Start a new one with `/anth-triage`.")


def _triage(row: Any) -> Triage:  # noqa: ANN401 - a row mapping
    number = row["id"]
    return Triage(
        id=number,
        team_id=row["team_id"],
        channel_id=row["channel_id"],
        requested_by=read(_ACTOR, row["requested_by"], "triage", number),
        requested_at=row["requested_at"],
        evidence=read(_EVIDENCE, row["checks"], "triage", number),
        verdict=None if row["report"] is None else read(_VERDICT, row["report"], "triage", number),
        finished_at=row["finished_at"],
        duration_ms=row["duration_ms"],
        incident_id=row["incident_id"],
        given_up=row["status"] == _ABANDONED,
        private=row["private"],
    )
