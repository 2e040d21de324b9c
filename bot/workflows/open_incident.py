"""Opening an incident: from a triage's verdict, once, however many people press."""

from dataclasses import dataclass

from bot.errors import BadInput
from bot.incidents import decisions
from bot.incidents.effects import create_channel
from bot.incidents.events import BOT
from bot.incidents.model import Incident
from bot.workflows.context import Context, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The incident; `existed` when somebody had opened it from the same run before."""

    incident: Incident
    existed: bool


async def open_incident(context: Context, delivery: Delivery, triage_id: int) -> Opening:
    """Open the incident of this triage run, or lead to the one that was opened from it.

    Raises BadInput when the run does not exist or has no verdict yet.
    """
    async with context.store.begin(once=delivery.key) as unit:
        triage = await unit.triages.get(triage_id, lock=True)
        if triage.incident_id is not None:
            return Opening(incident=await unit.incidents.get(triage.incident_id), existed=True)
        if triage.verdict is None or triage.finished_at is None:
            raise BadInput("The triage is still running.", "Open the incident from its verdict in some seconds.")
        event = decisions.opened(
            triage.verdict,
            context.tree,
            actor=delivery.actor,
            now=unit.now,
            triage_id=triage.id,
            origin_channel=triage.channel_id,
        )
        incident = await unit.open(event)
        await unit.triages.link(triage.id, incident.id)
        evidence = tuple(triage.evidence.values())
        measured = decisions.measured(triage.verdict, evidence, actor=BOT, now=triage.finished_at)
        return Opening(incident=await unit.record(incident, measured), existed=False)


async def retry_channel(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Try again to create the incident's channel, after whatever Slack refused was mended."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        if incident.channel_id is not None:
            raise BadInput(f"{incident.name} has its channel already.", "`/anth-triage list` links to it.")
        await unit.wish(create_channel(incident.id))
        return incident
