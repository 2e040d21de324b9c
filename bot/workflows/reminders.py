"""Answering reminders: acknowledging an incident, and putting reminders off."""

import re
from datetime import timedelta

from bot.errors import BadInput, StaleButton
from bot.incidents.events import Acknowledged, Snoozed
from bot.incidents.model import Incident
from bot.workflows.context import Context, Delivery

_SPAN = re.compile(r"(\d{1,3})\s*(m|min|h)?", re.IGNORECASE)
_LONGEST = timedelta(hours=24)
STOP = "stop"


async def acknowledge(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Record that somebody has the incident in hand; raises StaleButton, naming who did before, or when it is over."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        _require_open(incident)
        if incident.acknowledged_by is not None:
            raise StaleButton(f"{incident.acknowledged_by.name} has acknowledged {incident.name} already.")
        return await unit.record(incident, Acknowledged(actor=delivery.actor, happened_at=unit.now))


async def snooze(context: Context, delivery: Delivery, incident_id: int, span: str) -> Incident:
    """Put reminders off for a span (`30m`, `2h`; half an hour without one), or `stop` them; raises BadInput."""
    wanted = None if span.lower() == STOP else _span(span)
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        _require_open(incident)
        until = None if wanted is None else unit.now + wanted
        return await unit.record(incident, Snoozed(actor=delivery.actor, happened_at=unit.now, until=until))


def _span(text: str) -> timedelta:
    found = _SPAN.fullmatch(text.strip() or "30m")
    span = timedelta(0) if found is None else timedelta(**{_unit(found[2]): int(found[1])})
    if not timedelta(0) < span <= _LONGEST:
        raise BadInput("That is no span of time.", "Write it like `30m` or `2h`, a day at most, or `stop`.")
    return span


def _unit(written: str | None) -> str:
    return "hours" if (written or "m").lower() == "h" else "minutes"


def _require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}; nothing reminds of it any more.")
