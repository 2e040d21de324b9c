"""Telling those outside how it stands, and those who come late what happened so far."""

from typing import Any

from bot.incidents import lifecycle
from bot.incidents.model import Incident
from bot.incidents.seen import seen_of
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards.update import update_form
from bot.slack.forms import open_form, placed
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import incident_alone
from bot.slack.payload import field, pressed
from bot.workflows.change import change
from bot.workflows.look_up import find_incident, recap_of
from bot.workflows.tell import telling


async def update(request: Request, desk: Desk, rest: str) -> Reply:
    """Open the form of an update, with a draft in it."""
    return await _ask(request, desk, await incident_alone(request, desk, rest))


async def ask_update(request: Request, desk: Desk) -> Reply:
    """Open the form from the card's button."""
    number = ids.number(pressed(request.body))
    return await _ask(request, desk, await find_incident(desk.context, request.delivery, number))


async def submit_update(request: Request, desk: Desk) -> Reply:
    """Send the update; when the incident stands differently by now, show that in the form before anybody is told."""
    view = request.body["view"]
    number, seen = ids.parse_form(str(view["private_metadata"]))
    incident = await find_incident(desk.context, request.delivery, number)
    if seen != seen_of(incident) and not incident.is_closed:
        written = update_form(incident, announced=desk.announced(), said=field(view, "text"), before=seen)
        return {"response_action": "update", "view": placed(request, written)}
    said = {"text": field(view, "text"), "next_minutes": int(field(view, "next")) or None, "seen": seen}
    await change(desk.context, request.delivery, "update", number, lifecycle.update_sent, **said)
    return None


async def recap(request: Request, desk: Desk, rest: str) -> Reply:
    """Say what happened so far, to the person alone."""
    incident = await incident_alone(request, desk, rest)
    return _ephemeral(await recap_of(desk.context, incident.id))


async def joined(request: Request, desk: Desk) -> None:
    """Say what happened so far to who joins the channel of an open incident, unless they opened it just now."""
    event = request.body["event"]
    async with desk.context.store.read() as unit:
        incident = await unit.incidents.in_channel(str(event.get("channel") or ""))
    who = request.delivery.actor.id
    if incident is None or not incident.is_open or who in {incident.opened_by.id, incident.lead.id}:
        return
    desk.context.policy.require("see", request.delivery.person, incident)
    lines = await recap_of(desk.context, incident.id)
    async with desk.context.store.begin(once=request.delivery.key) as unit:
        await unit.wish(telling(request.delivery, _text(lines)))


async def _ask(request: Request, desk: Desk, incident: Incident) -> Reply:
    desk.context.policy.require("update", request.delivery.person, incident)
    view = update_form(incident, announced=desk.announced())
    await open_form(request, desk.open_view, view)
    return None


def _ephemeral(lines: list[str]) -> dict[str, Any]:
    return {"response_type": "ephemeral", "text": _text(lines)}


def _text(lines: list[str]) -> str:
    first, *others = lines
    return "\n".join([f"*{kit.safe(first)}*", *map(kit.safe, others)])
