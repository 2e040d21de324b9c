"""What is said in the channels of incidents, each message once, as it reads now; secrets are masked before."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.incidents.said import Said
from bot.store.tables import message as table
from bot.store.upsert import upsert


class Messages:
    """The messages inside one transaction."""

    def __init__(self, connection: AsyncConnection, redact_data: Callable[[Any], Any]) -> None:
        self._connection = connection
        self._redact_data = redact_data

    async def keep(self, said: Said) -> None:
        """Store the message; one that is there already takes the text of a later edit, and stays deleted."""
        new = upsert(self._connection.dialect.name, table).values(
            channel_id=said.channel_id,
            ts=said.ts,
            thread_ts=said.thread_ts,
            user_id=said.user_id,
            author=self._redact_data(said.author),
            at=said.at,
            text=self._redact_data(said.text),
            edited_ts=said.edited_ts,
        )
        later = ~table.c.deleted & (new.excluded.edited_ts > func.coalesce(table.c.edited_ts, ""))
        changed = {"text": new.excluded.text, "edited_ts": new.excluded.edited_ts}
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=[table.c.channel_id, table.c.ts], set_=changed, where=later)
        )

    async def holds(self, channel_id: str, ts: str) -> bool:
        """Tell whether the message is stored."""
        ours = (table.c.channel_id == channel_id) & (table.c.ts == ts)
        return (await self._connection.execute(select(table.c.id).where(ours))).first() is not None

    async def delete(self, channel_id: str, ts: Collection[str]) -> None:
        """Forget what these messages said: their authors deleted them."""
        ours = (table.c.channel_id == channel_id) & table.c.ts.in_(ts)
        await self._connection.execute(update(table).where(ours).values(deleted=True, text=""))

    async def with_replies(self, channel_id: str, ts: str) -> list[Said]:
        """Return the message and those under it, in the order in which they were said."""
        ours = (table.c.channel_id == channel_id) & or_(table.c.ts == ts, table.c.thread_ts == ts)
        return await self._said(ours)

    async def of(self, channel_id: str, since: datetime, until: datetime | None = None) -> list[Said]:
        """Return what was said in a channel from this moment (UTC) on and before that, in the order of saying."""
        then = (table.c.channel_id == channel_id) & (table.c.at >= since)
        return await self._said(then if until is None else then & (table.c.at < until))

    async def _said(self, chosen: Any) -> list[Said]:  # noqa: ANN401 - a condition
        rows = await self._connection.execute(select(table).where(chosen).order_by(table.c.at, table.c.ts))
        return [Said(**{name: row[name] for name in Said.__slots__}) for row in rows.mappings()]
