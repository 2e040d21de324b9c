"""Deleting what is old, whole incidents and what belongs to none: each day in the bot, or by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import BadInput
from bot.incidents.effects import Effect
from bot.incidents.events import BOT, Actor
from bot.incidents.model import Incident
from bot.store.jobs import Due
from bot.store.tombstones import Elsewhere
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.worker import PERIODIC, TxHandler

RETENTION: Final = f"{PERIODIC}retention"
FORGET: Final = f"{PERIODIC}forget"
_AT_A_TIME: Final = 20  # in one transaction, so that nobody waits for long
_MANY: Final = 500  # of what is small
_EVERY: Final = timedelta(days=1)
_REMEMBERED: Final = timedelta(days=1)  # Slack repeats a delivery for minutes; a replay of an old one fails on its time
_SOON: Final = timedelta(minutes=1)


class Retention:
    """Deletes incidents that have been over for more than `days` days; 0 keeps everything.

    Reports and runs of no incident go after `report_days` days; 0: after as many as incidents.
    """

    def __init__(self, days: int, report_days: int = 0) -> None:
        self._days = days
        self._report_days = report_days or days

    def handlers(self) -> Mapping[str, TxHandler]:
        """Return the handlers of the daily jobs; what one cannot do does not hold up the other."""
        return {RETENTION: self.run, FORGET: forget}

    async def run(self, unit: UnitOfWork, _due: Due) -> datetime:
        """Delete some, and come again: soon when there may be more, else tomorrow."""
        gone = await delete_expired(unit, self._days, BOT) if self._days else []
        lone = await delete_elsewhere(unit, self._report_days, BOT) if self._report_days else None
        return unit.now + (_SOON if len(gone) == _AT_A_TIME or lone else _EVERY)


async def forget(unit: UnitOfWork, _due: Due) -> datetime:
    """Drop budgets that are full and deliveries that nobody repeats any more, and come again as the other job does."""
    await unit.budgets.forget_before(unit.now)
    more = await unit.deliveries.forget_before(unit.now - _REMEMBERED)
    return unit.now + (_SOON if more else _EVERY)


async def schedule(unit: UnitOfWork) -> None:
    """See to it that both are done, from now on."""
    await unit.jobs.keep(Effect(kind=RETENTION, lane="retention", key="cron:retention:"), unit.now)
    await unit.jobs.keep(Effect(kind=FORGET, lane="forget", key="cron:forget:"), unit.now)


async def expired(unit: UnitOfWork, days: int, *, limit: int | None = _AT_A_TIME) -> Sequence[Incident]:
    """Return incidents that have been over for more than so many days, the oldest first; at most `limit` of them."""
    return await unit.incidents.over_before(_before(unit, days), limit=limit)


async def elsewhere(unit: UnitOfWork, days: int, *, limit: int | None = _MANY) -> Elsewhere:
    """Return reports and runs that belong to no incident and are older than so many days, at most `limit` of each."""
    return await unit.tombstones.elsewhere(_before(unit, days), limit=limit)


async def delete_elsewhere(unit: UnitOfWork, days: int, actor: Actor) -> Elsewhere:
    """Delete reports and runs that belong to no incident and are older than so many days, some at a time."""
    gone = await elsewhere(unit, days)
    if gone:
        why = f"kept for {days} days"
        await unit.tombstones.delete_elsewhere(gone, _before(unit, days), actor=actor, reason=why, now=unit.now)
    return gone


def _before(unit: UnitOfWork, days: int) -> datetime:
    if days < 1:
        raise BadInput("Incidents are kept for a day at least.", "Give a number of days, 1 or more.")
    return unit.now - timedelta(days=days)


async def delete_expired(unit: UnitOfWork, days: int, actor: Actor) -> list[Incident]:
    """Delete incidents that have been over for more than so many days, some at a time; return them."""
    gone = list(await expired(unit, days))
    for incident in gone:
        await unit.tombstones.delete(incident, actor=actor, reason=f"kept for {days} days", now=unit.now)
    return gone
