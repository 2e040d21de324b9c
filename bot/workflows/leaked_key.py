"""The procedure for a key in the wrong hands: what people do in Slack, each in one transaction."""

from collections.abc import Callable

from bot.incidents import leaked_key as decide
from bot.incidents.access import may_see
from bot.incidents.decisions import severity_changed
from bot.incidents.events import Event, Opened
from bot.incidents.model import Incident
from bot.rules.evidence import Fault, Severity
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import require_open
from bot.workflows.tell import telling

RULE = "1-key-compromise"
"""The row of the severity table that makes it a P1 at once."""
BRANCH = "auth.exposed"
STEP = "key_compromise"
_BECAUSE = "A person reports that a key is, or may be, in the wrong hands."


async def begin(
    context: Context, delivery: Delivery, wanted: str, incident_id: int | None = None, *, says: bool = False
) -> Incident:
    """Begin the procedure in this incident, or open one for it; P1 at once. Return the incident after it.

    Who reports a key elsewhere for which the procedure goes on already is led there; it is told to them in private if
    nothing else `says` so. Raises BadInput when that is too little of a key, StaleButton when the incident is over or
    a containment goes on in it, NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        actor, now = delivery.actor, unit.now
        if incident_id is None:
            await unit.incidents.one_at_a_time()
            event = decide.key_reported(None, wanted, context.keys, actor=actor, now=now)
            context.policy.require("declare", delivery.person)
            if (there := await _under_way(unit, delivery, event.wanted)) is not None:
                if not says:
                    await unit.wish(telling(delivery, f"Somebody has reported that key already. {where(there)}"))
                return there
            incident = await unit.open(_opening(context, delivery, unit, event.wanted))
        else:
            incident = require_open(await unit.incidents.get(incident_id, lock=True))
            event = decide.key_reported(incident.key_case, wanted, context.keys, actor=actor, now=now)
        context.policy.require("key", delivery.person, incident)
        incident = await unit.record(incident, event)
        if incident.severity is Severity.P1:
            return incident
        worse = severity_changed(incident, actor=actor, now=now, to="P1", reason=_BECAUSE, seen=None)
        return await unit.record(incident, worse)


def where(incident: Incident) -> str:
    """Return where the procedure goes on, as a sentence."""
    house = f" in <#{incident.channel_id}>" if incident.channel_id else ", in its own channel in a moment"
    return f"The procedure for the key goes on{house}: {incident.name}, {incident.severity}."


async def _under_way(unit: UnitOfWork, delivery: Delivery, wanted: str) -> Incident | None:
    """Return the open incident about this key that the person may see, if there is one."""
    for incident in await unit.incidents.open():
        if incident.key_case is None or not incident.key_case.is_about(wanted):
            continue
        if may_see(incident, delivery.actor.id, delivery.channel_id):
            return incident
    return None


def _opening(context: Context, delivery: Delivery, unit: UnitOfWork, wanted: str) -> Opened:
    has_step = STEP in context.tree.steps
    return Opened(
        actor=delivery.actor,
        happened_at=unit.now,
        title=f"Key in the wrong hands: {wanted}",
        severity=Severity.P1,
        rule=RULE,
        provisional=False,
        fault=Fault.OURS,
        branch=BRANCH,
        because=_BECAUSE,
        step=STEP if has_step else context.tree.start,
        triage_id=None,
        origin_channel=delivery.channel_id or None,
    )


async def plan(context: Context, delivery: Delivery, incident_id: int, *, replace_first: bool) -> Incident:
    """Decide what comes first: that the key stops, or that its successor is in place."""
    return await _do(context, delivery, "key", incident_id, decide.planned, replace_first=replace_first)


async def confirm(context: Context, delivery: Delivery, incident_id: int, key_id: str) -> Incident:
    """Confirm, as a second person, that the key is made inactive."""
    return await _do(context, delivery, "contain", incident_id, decide.containment_confirmed, key_id=key_id)


async def withdraw(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Let the key stay active for now."""
    return await _do(context, delivery, "key", incident_id, decide.containment_withdrawn)


async def mark_step(context: Context, delivery: Delivery, incident_id: int, step: str, *, done: bool) -> Incident:
    """Mark a step that only people can do as done, or as not done."""
    rule = context.keys
    return await _do(context, delivery, "key", incident_id, decide.step_marked, step=step, rule=rule, done=done)


async def ask(context: Context, delivery: Delivery, incident_id: int, key_id: str, typed: str) -> Incident:
    """Ask that the key be made inactive; where the team's rule is a typed confirmation, that confirms it as well."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = require_open(await unit.incidents.get(incident_id, lock=True))
        context.policy.require("contain", delivery.person, incident)
        case, rule = incident.key_case, context.keys
        for event in decide.containment_asked(case, key_id, typed, rule, actor=delivery.actor, now=unit.now):
            incident = await unit.record(incident, event)
        return incident


async def _do(
    context: Context, delivery: Delivery, act: str, incident_id: int, decision: Callable[..., Event], **said: object
) -> Incident:
    async with context.store.begin(once=delivery.key) as unit:
        incident = require_open(await unit.incidents.get(incident_id, lock=True))
        context.policy.require(act, delivery.person, incident)
        event = decision(incident.key_case, actor=delivery.actor, now=unit.now, **said)
        return await unit.record(incident, event)
