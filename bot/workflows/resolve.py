"""Ending an incident: what the form says, with a task for each thing that is still to be done."""

from collections.abc import Mapping, Sequence

from bot.incidents.ending import resolved
from bot.incidents.lifecycle import task_added
from bot.incidents.model import Incident
from bot.incidents.seen import Seen, require_round
from bot.workflows.context import Context, Delivery


async def resolve_incident(
    context: Context, delivery: Delivery, number: int, seen: Seen, said: Mapping[str, str], items: Sequence[str]
) -> Incident:
    """Record the end with what was `said` of it, and a follow-up for each of the `items`; return the incident after it.

    Raises StaleButton when it is over already, or the form is one of another round; BadInput for what cannot be, and
    NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(number, lock=True)
        context.policy.require("resolve", delivery.person, incident)
        require_round(incident, seen)
        event = resolved(incident, rule=context.recovery, actor=delivery.actor, now=unit.now, **said)
        for text in items:
            task = task_added(incident, actor=delivery.actor, now=unit.now, text=text)
            incident = await unit.record(incident, task)
        return await unit.record(incident, event)
