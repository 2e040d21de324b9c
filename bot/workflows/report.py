"""Counting over incidents: reads each one's timeline, and keeps only its numbers."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from bot.errors import UnknownIncident, Unreadable
from bot.incidents.access import may_see
from bot.incidents.effects import tell_numbers
from bot.incidents.model import Incident
from bot.postmortem.context import build
from bot.postmortem.numbers import Row, row_of
from bot.postmortem.period import Period, period_of
from bot.store.unit_of_work import Store
from bot.workflows.context import Context, Delivery


async def ask_numbers(context: Context, delivery: Delivery, text: str) -> Period:
    """See to it that the person hears the numbers of the period that a text means; raises BadInput for none."""
    period = period_of(text, context.clock.now())
    wish = tell_numbers(delivery.actor.id, delivery.channel_id, period.since, delivery.key)
    async with context.store.begin(once=delivery.key) as unit:
        await unit.wish(wish)
    return period


async def rows_for(store: Store, since: datetime | None, user: str, channel: str) -> list[Row]:
    """Return the incidents of which this person may know, in numbers."""
    return await rows_since(store, since, lambda one: may_see(one, user, channel))


async def rows_since(
    store: Store, since: datetime | None, counts: Callable[[Incident], bool] = lambda _: True
) -> list[Row]:
    """Return the incidents that were opened since this moment (UTC; None: ever) in numbers, the oldest first.

    One that cannot be read, or is deleted meanwhile, is left out.
    """
    async with store.read() as unit:
        wanted = [one.id for one in await unit.incidents.opened_since(since) if counts(one)]
    rows = []
    for number in wanted:
        with suppress(UnknownIncident, Unreadable):
            rows.append(await _row(store, number))
    return rows


async def _row(store: Store, number: int) -> Row:
    async with store.read() as unit:
        incident, story = await unit.incidents.get(number), await unit.incidents.story(number)
    return await asyncio.to_thread(lambda: row_of(build(incident, story)))  # a long one takes a second of arithmetic
