"""Changing an incident: lock it, let a decision name the event that follows, record it; all in one transaction."""

from collections.abc import Callable

from bot.incidents.events import Event
from bot.incidents.model import Incident
from bot.incidents.policy import Act
from bot.workflows.context import Context, Delivery


async def change(
    context: Context, delivery: Delivery, act: Act, incident_id: int, decide: Callable[..., Event], **said: object
) -> Incident:
    """Record the event that `decide(incident, actor=…, now=…, **said)` returns; return the incident after it.

    What `decide` raises ends the transaction without a change; raises UnknownIncident, and NotAllowed when the policy
    does not let this person do the act.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        context.policy.require(act, delivery.person, incident)
        return await unit.record(incident, decide(incident, actor=delivery.actor, now=unit.now, **said))
