"""The procedure for a key in the wrong hands: what people do in Slack, each in one transaction."""

from collections.abc import Callable

from bot.incidents import leaked_key as decide
from bot.incidents.decisions import severity_changed
from bot.incidents.events import Event, Opened
from bot.incidents.model import Incident
from bot.rules.evidence import Fault, Severity
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import require_open

RULE = "1-key-compromise"
"""The row of the severity table that makes it a P1 at once."""
BRANCH = "auth.exposed"
STEP = "key_compromise"
_BECAUSE = "A person reports that a key is, or may be, in the wrong hands."


async def begin(context: Context, delivery: Delivery, wanted: str, incident_id: int | None = None) -> Incident:
    """Begin the procedure in this incident, or open one for it; P1 at once. Return the incident after it.

    Raises BadInput when that is too little of a key, StaleButton when the incident is over, NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        actor, now = delivery.actor, unit.now
        event = decide.key_reported(wanted, context.keys, actor=actor, now=now)
        if incident_id is None:
            context.policy.require("declare", delivery.person)
            incident = await unit.open(_opening(context, delivery, unit, event.wanted))
        else:
            incident = require_open(await unit.incidents.get(incident_id, lock=True))
        context.policy.require("key", delivery.person, incident)
        incident = await unit.record(incident, event)
        if incident.severity is Severity.P1:
            return incident
        worse = severity_changed(incident, actor=actor, now=now, to="P1", reason=_BECAUSE, seen=None)
        return await unit.record(incident, worse)


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
