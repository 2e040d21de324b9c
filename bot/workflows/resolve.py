"""Ending an incident: what the form says of it, with a task for each thing that is still to be done."""

from collections.abc import Sequence

from bot.incidents.ending import resolved
from bot.incidents.model import Incident
from bot.incidents.seen import Seen, require_round
from bot.incidents.writing import Form
from bot.workflows.context import Context, Delivery
from bot.workflows.write_postmortem import ActionItem, put_down


async def resolve_incident(
    context: Context, delivery: Delivery, number: int, seen: Seen, early: str, form: Form, items: Sequence[ActionItem]
) -> Incident:
    """Record what the form says for the postmortem, and the end; return the incident after it.

    `early` is why it ends before that was measured. Raises StaleButton when it is over already, or the form is one of
    another round, or somebody else has written in the same part; BadInput for what cannot be, and NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(number, lock=True)
        context.policy.require("resolve", delivery.person, incident)
        require_round(incident, seen)
        event = resolved(incident, rule=context.recovery, actor=delivery.actor, now=unit.now, early=early)
        incident = await put_down(unit, incident, delivery, form, items)
        return await unit.record(incident, event)
