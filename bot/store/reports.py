"""What people reported of production."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.incidents.events import Actor
from bot.incidents.report import Report
from bot.store.tables import report as table

_ACTOR: TypeAdapter[Actor] = TypeAdapter(Actor)


class Reports:
    """The reports inside one transaction."""

    def __init__(self, connection: AsyncConnection, redact_data: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._redact_data = redact_data

    async def add(self, report: Report) -> None:
        """Store the report, its texts redacted."""
        texts = self._redact_data({"text": report.text, "changed": report.changed})
        await self._connection.execute(
            insert(table).values(
                at=report.at,
                reported_by=_ACTOR.dump_python(report.actor, mode="json"),
                kind=report.kind,
                failed=report.failed,
                total=report.total,
                branch=report.branch,
                since=report.since,
                **texts,
            )
        )

    async def erase(self, moment: datetime, mask: str) -> None:
        """Put the mask in the place of the words of the reports made at this moment (UTC)."""
        told = update(table).where(table.c.at == moment)
        await self._connection.execute(told.where(table.c.text != "").values(text=mask))
        await self._connection.execute(told.where(table.c.changed != "").values(changed=mask))

    async def since(self, moment: datetime) -> list[Report]:
        """Return the reports from this moment (UTC) on, the oldest first."""
        rows = await self._connection.execute(select(table).where(table.c.at >= moment).order_by(table.c.at))
        return [
            Report(
                actor=_ACTOR.validate_python(row["reported_by"]),
                at=row["at"],
                kind=row["kind"],
                failed=row["failed"],
                total=row["total"],
                branch=row["branch"],
                since=row["since"],
                text=row["text"],
                changed=row["changed"],
            )
            for row in rows.mappings()
        ]
