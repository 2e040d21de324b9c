"""Finding incidents: the open ones, one by number, the one of a channel, those with some words; and their story."""

from typing import Final

from bot.errors import BadInput, StaleButton, UnknownIncident, unknown_incident
from bot.incidents.access import may_see
from bot.incidents.model import Incident
from bot.incidents.recap import recap
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery

_SEARCHED: Final = 1000


async def incident_of(context: Context, job: Job) -> Incident:
    """Return the incident that a job names; raises UnknownIncident."""
    async with context.store.read() as unit:
        return await unit.incidents.get(int(job.payload["incident_id"]))


async def open_incidents(context: Context, delivery: Delivery) -> list[Incident]:
    """Return the open incidents that the person may know of, the newest first."""
    async with context.store.read() as unit:
        every = await unit.incidents.open()
    return [one for one in every if may_see(one, delivery.actor.id, delivery.channel_id)]


async def still_open(context: Context, number: int) -> Incident:
    """Return the incident; raises StaleButton when it is over already, UnknownIncident when there is none."""
    async with context.store.read() as unit:
        return require_open(await unit.incidents.get(number))


def require_open(incident: Incident) -> Incident:
    """Return the incident; raises StaleButton when it is over already."""
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status} already.", "Nothing was changed.")
    return incident


async def find_incident(context: Context, delivery: Delivery, number: int | None) -> Incident:
    """Return the incident with this number, or without one the newest of the channel.

    Raises UnknownIncident when there is none, or none of which the person may know: the answer is the same.
    """
    async with context.store.read() as unit:
        return await incident_meant(unit, delivery, number)


async def incident_meant(unit: UnitOfWork, delivery: Delivery, number: int | None, *, lock: bool = False) -> Incident:
    """Return what `find_incident` does, in a transaction that is under way; locked when it is about to change."""
    if number is None:
        incident = await unit.incidents.in_channel(delivery.channel_id, lock=lock)
        if incident is None:
            raise UnknownIncident("This is no incident's channel.", "Name one, like `INC-7`.")
        return incident
    incident = await unit.incidents.get(number, lock=lock)
    if not may_see(incident, delivery.actor.id, delivery.channel_id):
        raise unknown_incident(number)
    return incident


async def recap_of(context: Context, incident_id: int) -> list[str]:
    """Return what happened so far, in lines; raises UnknownIncident."""
    async with context.store.read() as unit:
        incident = await unit.incidents.get(incident_id)
        return recap(incident, await unit.incidents.story(incident_id))


async def search(context: Context, delivery: Delivery, text: str) -> list[Incident]:
    """Return the incidents of which the person may know that have all of these words, the newest first.

    Looked through are names, titles, impact, what was affected, status, severity, kind of failure, people, tasks and
    updates of the newest thousand. Raises BadInput without a word.
    """
    words = [word.lstrip("@#") or word for word in text.lower().split()]
    if not words:
        raise BadInput("Search for what?", "`search gateway 529` finds incidents that have both words.")
    async with context.store.read() as unit:
        every = await unit.incidents.all(limit=_SEARCHED)
    seen = (one for one in every if may_see(one, delivery.actor.id, delivery.channel_id))
    return [one for one in seen if all(word in _words_of(one) for word in words)]


def _words_of(incident: Incident) -> str:
    parts = [
        *(incident.name, incident.title, incident.impact, incident.affected, incident.status, incident.severity),
        *(incident.branch or "", incident.fault or "", incident.channel_name or ""),
        *(f"{actor.name} {actor.id}" for actor in incident.people),
        *(task.text for task in incident.tasks),
        *(update.text for update in incident.updates),
    ]
    return "\n".join(parts).lower()
