"""What came from Slack and what stands in Slack: delivery keys that were seen, messages that were posted."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.store.tables import posted_message, slack_event
from bot.store.upsert import upsert

_AT_A_TIME: Final = 5_000  # in one transaction: others wait for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a named message stands in Slack."""

    channel_id: str
    ts: str


class Deliveries:
    """Delivery keys and posted messages inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def first_time(self, key: str, now: datetime) -> bool:
        """Remember the delivery; False when it was seen before: Slack's retry, to be acknowledged and left alone."""
        seen = _first_seen(self._connection.dialect.name)
        return (await self._connection.execute(seen, {"event_id": key, "seen_at": now})).first() is not None

    async def forget_before(self, moment: datetime) -> bool:
        """Forget deliveries seen before this moment, the oldest first; return whether there may be more of them."""
        old = select(slack_event.c.event_id).where(slack_event.c.seen_at < moment).order_by(slack_event.c.seen_at)
        some = slack_event.c.event_id.in_(old.limit(_AT_A_TIME))
        return (await self._connection.execute(delete(slack_event).where(some))).rowcount == _AT_A_TIME

    async def posted(self, name: str) -> Posted | None:
        """Return where the message with this name stands, if it was posted."""
        row = (await self._connection.execute(_POSTED, {"name": name})).first()
        return None if row is None else Posted(channel_id=row.channel_id, ts=row.ts)

    async def forget_posted(self, name: str) -> None:
        """Forget where the message stands: nobody edits it any more."""
        await self._connection.execute(delete(posted_message).where(posted_message.c.name == name))

    async def forget_of_incident(self, number: int) -> None:
        """Forget where the incident's own messages stand: their channel is lost."""
        ours = posted_message.c.name.startswith(f"incident:{number}:", autoescape=True)
        await self._connection.execute(delete(posted_message).where(ours))

    async def remember_posted(self, name: str, posted: Posted, now: datetime) -> None:
        """Store where the message stands now."""
        here = {"name": name, "channel_id": posted.channel_id, "ts": posted.ts, "posted_at": now}
        await self._connection.execute(_remember(self._connection.dialect.name), here)


# The question for every message is put together once.
_POSTED: Final = select(posted_message).where(posted_message.c.name == bindparam("name"))


@cache
def _first_seen(dialect: str) -> "ReturningInsert[Any]":
    new = upsert(dialect, slack_event)
    return new.on_conflict_do_nothing().returning(slack_event.c.event_id)


@cache
def _remember(dialect: str) -> Executable:
    new = upsert(dialect, posted_message)
    here = {name: new.excluded[name] for name in ("channel_id", "ts", "posted_at")}
    return new.on_conflict_do_update(index_elements=[posted_message.c.name], set_=here)
