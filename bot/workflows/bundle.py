"""Collecting what the provider's support can look up of an incident."""

from bot.incidents.model import Incident
from bot.postmortem.bundle import Api
from bot.postmortem.context import build
from bot.postmortem.papers import render_bundle
from bot.store.unit_of_work import Store
from bot.workflows.context import Context, Delivery


async def bundle_for(context: Context, delivery: Delivery, incident: Incident) -> str:
    """Return the support bundle of this incident to a person; raises NotAllowed."""
    context.policy.require("bundle", delivery.person, incident)
    return await bundle_of(context.store, incident.id, context.api)


async def bundle_of(store: Store, number: int, api: Api) -> str:
    """Return the support bundle of an incident; raises UnknownIncident."""
    async with store.read() as unit:
        incident, story = await unit.incidents.get(number), await unit.incidents.story(number)
    return render_bundle(build(incident, story), api)
