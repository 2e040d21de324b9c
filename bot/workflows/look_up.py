"""Finding incidents: the open ones, one by number, the one of a channel."""

from bot.errors import StaleButton, UnknownIncident
from bot.incidents.model import Incident
from bot.workflows.context import Context


async def open_incidents(context: Context) -> list[Incident]:
    """Return the open incidents, the newest first."""
    async with context.store.read() as unit:
        return await unit.incidents.open()


async def still_open(context: Context, number: int) -> Incident:
    """Return the incident; raises StaleButton when it is over already, UnknownIncident when there is none."""
    async with context.store.read() as unit:
        return require_open(await unit.incidents.get(number))


def require_open(incident: Incident) -> Incident:
    """Return the incident; raises StaleButton when it is over already."""
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status} already.", "Nothing was changed.")
    return incident


async def find_incident(context: Context, channel_id: str, number: int | None) -> Incident:
    """Return the incident with this number, or without one the newest of the channel; raises UnknownIncident."""
    async with context.store.read() as unit:
        if number is not None:
            return await unit.incidents.get(number)
        incident = await unit.incidents.in_channel(channel_id)
        if incident is None:
            raise UnknownIncident("This is no incident's channel.", "Name one, like `INC-7`.")
        return incident
