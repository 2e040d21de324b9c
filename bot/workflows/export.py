"""Exporting the postmortem: from the database to the template's variables, and asking for it in Slack."""

from bot.incidents.effects import postmortem
from bot.incidents.model import Incident
from bot.postmortem.context import build
from bot.postmortem.shape import PostmortemContext
from bot.workflows.context import Context, Delivery


async def postmortem_of(context: Context, incident_id: int) -> PostmortemContext:
    """Return what the template needs to know of this incident; raises UnknownIncident."""
    async with context.store.read() as unit:
        incident = await unit.incidents.get(incident_id)
        return build(incident, await unit.incidents.story(incident_id))


async def share_postmortem(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Ask for the postmortem to be shared in the incident's channel; raises UnknownIncident."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id)
        context.policy.require("export", delivery.person, incident)
        for wish in postmortem(incident_id):
            await unit.wish(wish)
        return incident
