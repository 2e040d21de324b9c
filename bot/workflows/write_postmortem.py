"""Writing the postmortem: what its form shows, and what it changes, tasks for what is to be done next included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.incidents import writing
from bot.incidents.events import Actor, Event
from bot.incidents.lifecycle import task_added
from bot.incidents.model import Incident
from bot.incidents.policy import Act
from bot.incidents.writing import Draft, Form
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import find_incident


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """Something to be done next: who has it and by when may be open."""

    text: str
    owner: Actor | None = None
    due: date | None = None


async def drafted(
    context: Context, delivery: Delivery, number: int, form: Form | None = None, *, act: Act = "write"
) -> tuple[Incident, dict[str, Draft], dict[str, Draft | None]]:
    """Return the incident, what stands in each part, and what others have put where the `form` says something else.

    Raises UnknownIncident, and NotAllowed.
    """
    found = await find_incident(context, delivery, number)
    async with context.store.read() as unit:
        incident = await unit.incidents.get(found.id)
        story = await _events(unit, found.id)
    context.policy.require(act, delivery.person, incident)
    return incident, writing.drafts(story), {} if form is None else writing.overtaken(story, form)


async def write_postmortem(
    context: Context, delivery: Delivery, number: int, form: Form, items: Sequence[ActionItem]
) -> Incident:
    """Record what the form changes, each action item as a task; return the incident after it.

    Raises StaleButton when somebody else has written in the same part, BadInput for what cannot be, and NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(number, lock=True)
        context.policy.require("write", delivery.person, incident)
        return await put_down(unit, incident, delivery, form, items)


async def put_down(
    unit: UnitOfWork, incident: Incident, delivery: Delivery, form: Form, items: Sequence[ActionItem]
) -> Incident:
    """Record what a form changes in the locked incident; raises as `write_postmortem` does."""
    event = writing.written(await _events(unit, incident.id), form, actor=delivery.actor, now=unit.now)
    if event is not None:
        incident = await unit.record(incident, event)
    for item in items:
        task = task_added(incident, actor=delivery.actor, now=unit.now, text=item.text, owner=item.owner, due=item.due)
        incident = await unit.record(incident, task)
    return incident


async def _events(unit: UnitOfWork, number: int) -> list[Event]:
    return [item.event for item in await unit.incidents.story(number)]
