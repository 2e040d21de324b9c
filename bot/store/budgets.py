"""Budgets of calls, as rows, so that replicas share them: each holds the moment to which it is used up."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, case, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import budget as table
from bot.store.upsert import upsert

_OLD = timedelta(hours=1)


class Budgets:
    """The budgets inside one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def take(self, name: str, interval_s: float, burst: int, now: datetime) -> float:
        """Take one call and return 0, or take nothing and return the seconds until there is one.

        The row holds when the calls so far are paid for, one each `interval_s`; `burst` of them may be owed.
        """
        paid = await self._locked(name)
        if paid is None:  # only what is there can be locked, and two may come at once
            first = upsert(self._connection.dialect.name, table).on_conflict_do_nothing()
            await self._connection.execute(first, {"name": name, "paid_at": now})
            paid = await self._locked(name) or now
        interval = timedelta(seconds=interval_s)
        wait = (paid - (burst - 1) * interval - now).total_seconds()
        if wait > 0:
            return wait
        await self._set(name, max(paid, now) + interval)
        return 0.0

    async def pause(self, name: str, until: datetime, interval_s: float, burst: int) -> None:
        """Give nothing out before this moment: Slack asked everybody to wait."""
        await self._set(name, until + (burst - 1) * timedelta(seconds=interval_s), later_only=True)

    async def forget_before(self, now: datetime) -> None:
        """Forget budgets that nobody has drawn on for an hour; they are full."""
        await self._connection.execute(delete(table).where(table.c.paid_at < now - _OLD))

    async def _locked(self, name: str) -> datetime | None:
        wanted = select(table.c.paid_at).where(table.c.name == name).with_for_update()
        return (await self._connection.execute(wanted)).scalar_one_or_none()

    async def _set(self, name: str, paid_at: datetime, *, later_only: bool = False) -> None:
        put = _put(self._connection.dialect.name, later_only=later_only)
        await self._connection.execute(put, {"name": name, "paid_at": paid_at})


@cache
def _put(dialect: str, *, later_only: bool) -> Executable:
    """Write how far a budget is used up; put together once, for each call to Slack needs it."""
    new = upsert(dialect, table)
    moment: ColumnElement[Any] = new.excluded.paid_at
    if later_only:
        moment = case((table.c.paid_at > moment, table.c.paid_at), else_=moment)
    return new.on_conflict_do_update(index_elements=[table.c.name], set_={"paid_at": moment})
