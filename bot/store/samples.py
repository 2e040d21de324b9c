"""Samples that outlive their run: what probes met, and production's own requests that people handed over."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.evidence import Sample
from bot.store.tables import sample as table

_KEPT: Final = timedelta(days=7)
_MOST: Final = 10_000  # of one run; the newest are kept


class Samples:
    """The samples inside one transaction."""

    def __init__(self, connection: AsyncConnection, redact_data: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._redact_data = redact_data

    async def add(self, samples: Sequence[Sample], key: str, now: datetime) -> None:
        """Store the samples of one run, measured with this kind of key; those of a week ago are forgotten."""
        await self._connection.execute(delete(table).where(table.c.at < now - _KEPT))
        newest = sorted(samples, key=lambda sample: sample.at)[-_MOST:]
        rows = [
            {
                "at": one.at,
                "source": one.source,
                "key": key,
                "model": one.model and one.model[:100],
                "branch": one.branch,
                "status": one.status,
                "latency_s": one.latency_s,
                "request_id": one.request_id and one.request_id[:200],
                "streamed": one.streamed,
            }
            for one in newest
        ]
        if rows:
            await self._connection.execute(insert(table), [{**row, **self._redacted(row)} for row in rows])

    def _redacted(self, row: Mapping[str, object]) -> dict[str, str]:
        """Return the row's foreign words, redacted."""
        foreign = {name: row[name] for name in ("model", "request_id")}
        return dict(self._redact_data(foreign))

    async def between(self, since: datetime, until: datetime) -> list[Sample]:
        """Return the samples from `since` on and before `until` (UTC), the oldest first, without their texts."""
        wanted = select(table).where(table.c.at >= since, table.c.at < until).order_by(table.c.at, table.c.id)
        rows = (await self._connection.execute(wanted)).mappings()
        return [
            Sample(
                at=row["at"],
                source=row["source"],
                model=row["model"],
                branch=row["branch"],
                latency_s=row["latency_s"],
                status=row["status"],
                request_id=row["request_id"],
                streamed=row["streamed"],
            )
            for row in rows
        ]
