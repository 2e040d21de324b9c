"""Answering one question of the decision tree."""

from bot.incidents import decisions
from bot.incidents.model import Incident
from bot.workflows.context import Context, Delivery


async def answer_step(
    context: Context, delivery: Delivery, *, incident_id: int, index: int, step: str, option: str
) -> Incident:
    """Record the answer to the incident's n-th question (`index`, from 0) and return the state after it.

    Raises StaleButton when the question has its answer already, BadButton when the tree has changed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        event = decisions.answered(
            incident, context.tree, index=index, step_id=step, option_id=option, actor=delivery.actor, now=unit.now
        )
        return await unit.record(incident, event)
