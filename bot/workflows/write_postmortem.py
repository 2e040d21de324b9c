"""Writing the postmortem: what its form shows, and what it changes, tasks for what is to be done next included."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from bot.incidents import writing
from bot.incidents.events import Actor, Event
from bot.incidents.lifecycle import task_added
from bot.incidents.model import Incident
from bot.incidents.words import corrected
from bot.incidents.writing import Draft
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.look_up import find_incident


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """Something to be done next: who has it and by when may be open."""

    text: str
    owner: Actor | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a person wrote in the form that they opened when the timeline had `seen` entries."""

    seen: int
    texts: Mapping[str, str] = field(default_factory=dict)
    items: Sequence[ActionItem] = ()


async def drafted(
    context: Context, delivery: Delivery, number: int | None, written: Written | None = None
) -> tuple[Incident, dict[str, Draft], dict[str, str]]:
    """Return the incident, what stands in each part, and where somebody else has `written` meanwhile: both texts.

    Without a number the incident of the channel is meant. Raises UnknownIncident, and NotAllowed.
    """
    found = await find_incident(context, delivery, number)
    async with context.store.read() as unit:
        incident = await unit.incidents.get(found.id)
        story = await _events(unit, found.id)
    context.policy.require("write", delivery.person, incident)
    both = {} if written is None else writing.overtaken(story, written.seen, written.texts)
    return incident, writing.drafts(story), both


async def drafts_of(context: Context, incident_id: int) -> dict[str, Draft]:
    """Return what people have written of the postmortem so far."""
    async with context.store.read() as unit:
        return writing.drafts(await _events(unit, incident_id))


async def write_postmortem(context: Context, delivery: Delivery, number: int, written: Written) -> Incident:
    """Record what the form changes, each action item as a task; return the incident after it.

    Raises StaleButton when somebody else has written in the same part, BadInput for what cannot be, and NotAllowed.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(number, lock=True)
        context.policy.require("write", delivery.person, incident)
        story = await _events(unit, number)
        seen, texts = written.seen, written.texts
        event = writing.written(story, seen=seen, texts=texts, actor=delivery.actor, now=unit.now)
        if event is not None:
            incident = await unit.record(incident, event)
        for item in written.items:
            new = partial(task_added, incident, actor=delivery.actor, now=unit.now)
            task = new(text=item.text, owner=item.owner, due=item.due)
            incident = await unit.record(incident, task)
        return incident


async def _events(unit: UnitOfWork, number: int) -> list[Event]:
    return corrected(item.event for item in await unit.incidents.story(number))
