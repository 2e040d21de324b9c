"""Changing an incident: lock it, let a decision name the event that follows, record it; all in one transaction."""

from collections.abc import Callable, Mapping

from bot.incidents.events import Event
from bot.incidents.model import Incident
from bot.incidents.policy import Act
from bot.incidents.seen import Seen, require_round
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import incident_meant


async def change(
    context: Context,
    delivery: Delivery,
    act: Act,
    incident_id: int,
    decide: Callable[..., Event],
    form: Seen | None = None,
    /,
    **said: object,
) -> Incident:
    """Record the event that `decide(incident, actor=…, now=…, **said)` returns; return the incident after it.

    `form` is what the person saw when they opened the form, if one: raises StaleButton for one of another round.
    What `decide` raises ends the transaction without a change; raises UnknownIncident, and NotAllowed when the policy
    does not let this person do the act.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        return await _record(context, unit, delivery, act, incident, decide, said, form)


async def change_meant(
    context: Context,
    delivery: Delivery,
    act: Act,
    number: int | None,
    decide: Callable[..., Event],
    /,
    **said: object,
) -> Incident:
    """Do the same to the incident that a person named, or without a number to their channel's.

    Raises UnknownIncident as `find_incident` does.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await incident_meant(unit, delivery, number, lock=True)
        return await _record(context, unit, delivery, act, incident, decide, said)


async def _record(
    context: Context,
    unit: UnitOfWork,
    delivery: Delivery,
    act: Act,
    incident: Incident,
    decide: Callable[..., Event],
    said: Mapping[str, object],
    form: Seen | None = None,
) -> Incident:
    context.policy.require(act, delivery.person, incident)
    require_round(incident, form)
    return await unit.record(incident, decide(incident, actor=delivery.actor, now=unit.now, **said))
