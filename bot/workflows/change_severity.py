"""Setting an incident's severity by hand: the measured value stays beside it."""

from dataclasses import dataclass

from bot.incidents import decisions
from bot.incidents.model import Incident
from bot.workflows.context import Context, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person wants: the new value as written, and why; `seen` is the value that they had before them."""

    to: str
    reason: str
    seen: str | None = None


async def change_severity(context: Context, delivery: Delivery, incident_id: int, change: Change) -> Incident:
    """Change the severity and return the state after it; raises BadInput or StaleButton when it may not change."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        event = decisions.severity_changed(
            incident, actor=delivery.actor, now=unit.now, to=change.to, reason=change.reason, seen=change.seen
        )
        return await unit.record(incident, event)
