"""What people reported of production."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import BadInput, Unreadable
from bot.incidents.events import Actor
from bot.incidents.report import Report
from bot.store.reading import read, unreadable
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
                channel_id=report.channel_id,
                private=report.private,
                **texts,
            )
        )

    async def erase(self, moment: datetime, mask: str) -> None:
        """Put the mask in the place of the words of the reports made at this moment (UTC)."""
        told = update(table).where(table.c.at == moment)
        await self._connection.execute(told.where(table.c.text != "").values(text=mask))
        await self._connection.execute(told.where(table.c.changed != "").values(changed=mask))

    async def since(self, moment: datetime) -> list[Report]:
        """Return the reports from this moment (UTC) on, the oldest first, as far as they can be read."""
        rows = await self._connection.execute(select(table).where(table.c.at >= moment).order_by(table.c.at))
        return list(_readable(rows.mappings()))


def _readable(rows: Iterable[Any]) -> Iterator[Report]:
    for row in rows:
        with suppress(Unreadable):
            yield _report(row)


def _report(row: Any) -> Report:  # noqa: ANN401 - a row mapping
    actor = read(_ACTOR, row["reported_by"], "report", row["id"])
    told = ("at", "kind", "failed", "total", "branch", "since", "text", "changed", "channel_id", "private")
    try:
        return Report(actor=actor, **{name: row[name] for name in told})
    except BadInput:
        raise unreadable("report", row["id"]) from None
