"""Answering a question of the decision tree."""

from dataclasses import replace

from bot.incidents.decisions import answered
from bot.incidents.effects import show_step
from bot.incidents.events import BOT
from bot.incidents.model import Incident
from bot.incidents.walk import walk_of
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import require_open
from bot.workflows.triage import start_in


async def answer_step(
    context: Context, delivery: Delivery, incident_id: int, *, index: int, step_id: str, option_id: str
) -> Incident:
    """Record the answer to the n-th question (`index`, from 0); return the incident after it.

    Raises StaleButton when it has its answer already, BadButton for one that the tree does not have, NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        context.policy.require("answer", delivery.person, incident)
        walk = walk_of(item.event for item in await unit.incidents.story(incident_id))
        event = answered(
            incident,
            context.tree,
            walk,
            index=index,
            step_id=step_id,
            option_id=option_id,
            actor=delivery.actor,
            now=unit.now,
        )
        return await unit.record(incident, event)


async def measure_step(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Measure for the question at hand, whose message shows that and the result; one run at a time.

    Raises StaleButton when the incident is over, NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = require_open(await unit.incidents.get(incident_id, lock=True))
        context.policy.require("answer", delivery.person, incident)
        if incident.channel_id is not None:
            await start_in(unit, replace(delivery, channel_id=incident.channel_id, actor=BOT))
            await unit.wish(show_step(incident.id, incident.answers))
        return incident
