"""Walking through the decision tree: answering, measuring, and marking what was tried."""

from dataclasses import replace
from typing import get_args

from bot.errors import BadButton
from bot.incidents.decisions import answered
from bot.incidents.effects import show_step
from bot.incidents.events import BOT, Mark, StepAnswered
from bot.incidents.mitigating import marked
from bot.incidents.model import Incident
from bot.incidents.walk import Choice, Walk, walk_of
from bot.rules.tree import BACK, SKIP
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import require_open
from bot.workflows.tell import telling
from bot.workflows.timers import measure_later
from bot.workflows.triage import start_in


async def answer_step(context: Context, delivery: Delivery, choice: Choice, *, reason: str = "") -> Incident:
    """Record an answer; return the incident after it. `reason` is why, when the measurement speaks for another.

    To a question that the team has taken out of the tree since nothing is answered: the start is shown in its place.
    Raises StaleButton when the question has its answer already, BadButton for one that the tree does not have,
    NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(choice.incident_id, lock=True)
        if _is_gone(context, incident, choice):
            context.policy.require("answer", delivery.person, incident)
            await unit.wish(show_step(incident.id, incident.answers))
            await unit.wish(
                telling(delivery, "The decision tree has changed and has no such question: it begins anew.")
            )
            return incident
        event, _ = await _answered(context, delivery, unit, incident, choice, reason)
        return await unit.record(incident, event)


async def contradicted(context: Context, delivery: Delivery, choice: Choice) -> StepAnswered | None:
    """Return what the answer would be, when a fresh measurement speaks for another one; None when it does not.

    Nothing is recorded. Raises as `answer_step` does.
    """
    async with context.store.read() as unit:
        incident = await unit.incidents.get(choice.incident_id)
        if _is_gone(context, incident, choice):
            return None
        event, walk = await _answered(context, delivery, unit, incident, choice, "")
    says_something = event.option not in {BACK, SKIP}
    return event if says_something and event.disagrees and walk.is_fresh else None


def _is_gone(context: Context, incident: Incident, choice: Choice) -> bool:
    """Tell whether the question at hand, which was answered, is in the tree no more."""
    stands = incident.is_open and (choice.index, choice.step) == (incident.answers, incident.step)
    return stands and choice.step not in context.tree.steps


async def _answered(
    context: Context, delivery: Delivery, unit: UnitOfWork, incident: Incident, choice: Choice, reason: str
) -> tuple[StepAnswered, Walk]:
    context.policy.require("answer", delivery.person, incident)
    walk = walk_of(item.event for item in await unit.incidents.story(incident.id))
    event = answered(incident, context.tree, walk, choice, actor=delivery.actor, now=unit.now, reason=reason)
    return event, walk


async def measure_step(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Measure for the question at hand, whose message shows that and the result; one run at a time.

    While one is under way elsewhere this one comes after it, and the person hears so.

    Raises StaleButton when the incident is over, NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = require_open(await unit.incidents.get(incident_id, lock=True))
        context.policy.require("answer", delivery.person, incident)
        if incident.channel_id is not None:
            started = await start_in(unit, replace(delivery, channel_id=incident.channel_id, actor=BOT))
            if started.joined and started.triage.channel_id != incident.channel_id:
                await measure_later(unit, incident)
                await unit.wish(
                    telling(delivery, "Another measurement is under way. This one comes after it, in half a minute.")
                )
            await unit.wish(show_step(incident.id, incident.answers))
        return incident


async def mark_mitigation(
    context: Context, delivery: Delivery, incident_id: int, mitigation_id: str, mark: str
) -> Incident:
    """Record that somebody took, did or undid a mitigation; return the incident after it.

    Raises StaleButton when it stands so already or the incident is over, BadButton for one that the rules do not have,
    NotAllowed.
    """
    mitigation, known = context.taxonomy.mitigations.get(mitigation_id), get_args(Mark)
    if mitigation is None or mark not in known:
        raise BadButton("This mitigation is not in the rules any more.", "Use the newest message of the tree.")
    async with context.store.begin(once=delivery.key) as unit:
        incident = require_open(await unit.incidents.get(incident_id, lock=True))
        context.policy.require("answer", delivery.person, incident)
        said = next(one for one in known if one == mark)
        event = marked(incident.tried, mitigation, said, actor=delivery.actor, now=unit.now)
        return await unit.record(incident, event)
