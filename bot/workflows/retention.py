"""Deleting whole incidents that have been over for long: each day in the bot, or by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import BadInput
from bot.incidents.effects import Effect
from bot.incidents.events import BOT, Actor
from bot.incidents.model import Incident
from bot.store.jobs import Due
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.worker import PERIODIC, TxHandler

RETENTION: Final = f"{PERIODIC}retention"
_AT_A_TIME: Final = 20  # in one transaction, so that nobody waits for long
_EVERY: Final = timedelta(days=1)
_SOON: Final = timedelta(minutes=1)


class Retention:
    """Deletes what has been over for more than `days` days; 0 keeps everything."""

    def __init__(self, days: int) -> None:
        self._days = days

    def handlers(self) -> Mapping[str, TxHandler]:
        """Return the handler of the daily job."""
        return {RETENTION: self.run}

    async def run(self, unit: UnitOfWork, _due: Due) -> datetime:
        """Delete some, and come again: soon when there may be more, else tomorrow; drop budgets that are full, too."""
        await unit.budgets.forget_before(unit.now)
        gone = await delete_expired(unit, self._days, BOT) if self._days else []
        return unit.now + (_SOON if len(gone) == _AT_A_TIME else _EVERY)


async def schedule(unit: UnitOfWork) -> None:
    """See to it that it is done, from now on."""
    await unit.jobs.keep(Effect(kind=RETENTION, lane="retention", key="cron:retention:"), unit.now)


async def expired(unit: UnitOfWork, days: int, *, limit: int | None = _AT_A_TIME) -> Sequence[Incident]:
    """Return incidents that have been over for more than so many days, the oldest first; at most `limit` of them."""
    if days < 1:
        raise BadInput("Incidents are kept for a day at least.", "Give a number of days, 1 or more.")
    return await unit.incidents.over_before(unit.now - timedelta(days=days), limit=limit)


async def delete_expired(unit: UnitOfWork, days: int, actor: Actor) -> list[Incident]:
    """Delete incidents that have been over for more than so many days, some at a time; return them."""
    gone = list(await expired(unit, days))
    for incident in gone:
        await unit.tombstones.delete(incident, actor=actor, reason=f"kept for {days} days", now=unit.now)
    return gone
