"""Declaring an incident over, with what people know of it."""

from dataclasses import dataclass

from bot.incidents import decisions
from bot.incidents.model import Incident
from bot.workflows.context import Context, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What the person who resolves says; every text may be empty and is then left visibly blank."""

    impact: str
    root_cause: str
    mitigation: str
    action_items: tuple[str, ...]


async def resolve(context: Context, delivery: Delivery, incident_id: int, closing: Closing) -> Incident:
    """Resolve the incident and return its state; raises StaleButton when it is over already."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        event = decisions.resolved(
            incident,
            actor=delivery.actor,
            now=unit.now,
            impact=closing.impact,
            root_cause=closing.root_cause,
            mitigation=closing.mitigation,
            action_items=closing.action_items,
        )
        return await unit.record(incident, event)
