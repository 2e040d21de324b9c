"""Finding incidents: the open ones, one by number, the one of a channel."""

from bot.errors import StaleButton, UnknownIncident, unknown_incident
from bot.incidents.access import may_see
from bot.incidents.model import Incident
from bot.workflows.context import Context, Delivery


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
        if number is None:
            incident = await unit.incidents.in_channel(delivery.channel_id)
            if incident is None:
                raise UnknownIncident("This is no incident's channel.", "Name one, like `INC-7`.")
            return incident
        incident = await unit.incidents.get(number)
    if not may_see(incident, delivery.actor.id, delivery.channel_id):
        raise unknown_incident(number)
    return incident
