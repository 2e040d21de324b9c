"""Opening an incident: from a triage's verdict or in a person's own words; once, however many people press."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.errors import BadInput
from bot.incidents import decisions, lifecycle
from bot.incidents.access import may_see
from bot.incidents.decisions import Declaration
from bot.incidents.effects import create_channel
from bot.incidents.events import BOT, Opened
from bot.incidents.measuring import measured
from bot.incidents.model import Incident
from bot.incidents.prospect import Prospect
from bot.incidents.seen import Seen
from bot.incidents.triage import Triage
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.tell import telling

FRESH: Final = timedelta(minutes=15)
"""A verdict this young is about what people declare now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The incident; `existed` when somebody had opened it before."""

    incident: Incident
    existed: bool


async def open_incident(context: Context, delivery: Delivery, triage_id: int) -> Opening:
    """Open the incident of this triage run, or lead to the one that was opened from it, or in whose channel it ran.

    Or to one that somebody opened since the run was asked for, from another run or in their own words: it is mostly
    the same. Raises BadInput when the run does not exist or has no verdict yet.
    """
    async with context.store.begin(once=delivery.key) as unit:
        await unit.incidents.one_at_a_time()
        triage = await unit.triages.get(triage_id, lock=True)
        if triage.incident_id is not None:
            return Opening(incident=await unit.incidents.get(triage.incident_id), existed=True)
        around = await unit.incidents.in_channel(triage.channel_id)
        if around is not None and around.is_open:
            return Opening(incident=around, existed=True)
        opened = [one for one in await unit.incidents.open() if one.opened_at >= triage.requested_at]
        meanwhile = [one for one in opened if may_see(one, delivery.actor.id, delivery.channel_id)]
        if meanwhile:
            return Opening(incident=meanwhile[-1], existed=True)
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
        return Opening(incident=await _opened(context, unit, event, triage), existed=False)


async def prospect(context: Context, delivery: Delivery) -> Prospect:
    """Return what a person should know before they declare an incident."""
    async with context.store.read() as unit:
        return await _prospect(unit, delivery)


async def declare(context: Context, delivery: Delivery, said: Declaration, seen: int) -> Opening:
    """Open an incident in a person's own words; lead to one that somebody else opened while they wrote.

    `seen` is the number of the newest incident when they began: one that came since may be the same. Raises BadInput
    for a title or severity that cannot be used, and when another incident runs in the channel.
    """
    async with context.store.begin(once=delivery.key) as unit:
        await unit.incidents.one_at_a_time()
        known = await _prospect(unit, delivery)
        meanwhile = [one for one in known.others if one.id > seen]
        if meanwhile:
            return Opening(incident=meanwhile[0], existed=True)
        if said.house is not None:
            await _require_free(unit, said.house)
        triage = known.triage
        # The message of a run shows its incident to everybody; of one whose house may be private later, or never.
        # Nor is there a message of a run that the bot made for another incident.
        asked_for = triage is not None and triage.requested_by != BOT
        linked = triage is not None and asked_for and not said.private and triage.incident_id is None
        event = decisions.declared(
            said,
            triage.verdict if triage else None,
            context.tree,
            actor=delivery.actor,
            now=unit.now,
            triage_id=triage.id if triage and linked else None,
            origin_channel=delivery.channel_id or None,
        )
        incident = await _opened(context, unit, event, triage)
        where = f"<#{said.house}>" if said.house else "its own channel, to which you are invited in a moment"
        await unit.wish(telling(delivery, f"{incident.name} is open: it is run in {where}."))
        return Opening(incident=incident, existed=False)


async def reopen(
    context: Context, delivery: Delivery, incident_id: int, reason: str, seen: Seen | None = None
) -> Incident:
    """Go on with an incident that was over; raises BadInput while another is run in its channel.

    `seen` is how it stood when the person wrote why.
    """
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        context.policy.require("reopen", delivery.person, incident)
        there = await unit.incidents.in_channel(incident.channel_id) if incident.channel_id else None
        if there is not None and there.is_open and there.id != incident.id:
            hint = "Resolve that first, or open another incident elsewhere."
            raise BadInput(f"{there.name} is run in the channel of {incident.name} by now.", hint)
        actor, tree = delivery.actor, context.tree
        event = lifecycle.reopened(incident, actor=actor, now=unit.now, reason=reason, seen=seen, tree=tree)
        return await unit.record(incident, event)


async def retry_channel(context: Context, delivery: Delivery, incident_id: int) -> Incident:
    """Try again to get the incident a channel: after a refusal was mended, or when the one it had is gone."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        context.policy.require("repair", delivery.person, incident)
        await unit.wish(create_channel(incident.id, asked_by=delivery.actor.id))
        return incident


async def _prospect(unit: UnitOfWork, delivery: Delivery) -> Prospect:
    seen = await unit.incidents.newest()
    every = await unit.incidents.open()
    others = (one for one in every if may_see(one, delivery.actor.id, delivery.channel_id))
    places = {delivery.channel_id, delivery.actor.id}  # the App Home's runs show where the person is told in private
    triage = await unit.triages.finished_since(delivery.team_id, unit.now - FRESH, places)
    return Prospect(seen=seen, others=tuple(others), triage=triage if triage and triage.verdict else None)


async def _opened(context: Context, unit: UnitOfWork, event: Opened, triage: Triage | None) -> Incident:
    incident = await unit.open(event)
    if triage is None or triage.verdict is None or triage.finished_at is None:
        return incident
    await show_on_its_run(unit, incident)
    evidence = tuple(triage.evidence.values())
    known, models, began = context.taxonomy, context.models, triage.requested_at
    seen = measured(triage.verdict, evidence, known, models, actor=BOT, now=triage.finished_at, began=began)
    return await unit.record(incident, seen)


async def show_on_its_run(unit: UnitOfWork, incident: Incident) -> None:
    """Let the message of the run from which the incident was opened lead to it, unless it is private."""
    if incident.triage_id is not None and not incident.private:
        await unit.triages.link(incident.triage_id, incident.id)


async def _require_free(unit: UnitOfWork, channel_id: str) -> None:
    for there in await unit.incidents.open():
        if channel_id in {there.channel_id, there.house if there.channel_id is None else None}:
            hint = "Choose another channel, or none: then one is made."
            raise BadInput(f"{there.name} is run in that channel.", hint, field="house")
