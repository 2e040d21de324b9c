"""Declaring an incident: by the verb, a shortcut from anywhere, or from a message; and trying again for its channel."""

from dataclasses import replace

from bot.errors import BadInput
from bot.incidents.decisions import Declaration
from bot.slack import ids
from bot.slack.cards.declare import declare_form, first_declaration
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field
from bot.slack.typed import named
from bot.slack.written import as_written, message_text
from bot.workflows.look_up import find_incident
from bot.workflows.open_incident import declare, prospect, retry_channel

_PRIVATE = "groups:write"


async def declare_by_verb(request: Request, desk: Desk, rest: str) -> Reply:
    """Open the form; the text behind the verb is the title."""
    return await _ask(request, desk, title=as_written(rest))


async def declare_from_anywhere(request: Request, desk: Desk) -> Reply:
    """Open the form from the global shortcut."""
    return await _ask(request, desk)


async def declare_from_message(request: Request, desk: Desk) -> Reply:
    """Open the form with a message's first line as title, and all of it as impact."""
    text = message_text(request.body["message"])
    return await _ask(request, desk, title=text.partition("\n")[0], impact=text)


async def submit_declare(request: Request, desk: Desk) -> Reply:
    """Open the incident, or show in the form which one somebody else has opened meanwhile."""
    view = request.body["view"]
    channel_id, seen = ids.parse_declare(str(view["private_metadata"]))
    said = Declaration(
        title=field(view, "title"),
        severity=field(view, "severity"),
        impact=field(view, "impact"),
        affected=field(view, "affected"),
        private=field(view, "access") == "private",
        house=field(view, "house") or None,
    )
    if said.private and desk.scopes and _PRIVATE not in desk.scopes:
        hint = f"Add the scope {_PRIVATE} to the app (`anth-triage manifest`), or open it in public."
        raise BadInput("The bot may not make private channels.", hint, field="access")
    delivery = replace(request.delivery, channel_id=channel_id)
    opening = await declare(desk.context, delivery, said, seen)
    if not opening.existed:
        return None
    known = await prospect(desk.context, delivery)
    form = declare_form(said, known, channel_id, meanwhile=opening.incident)
    return {"response_action": "update", "view": form}


async def repair(request: Request, desk: Desk, rest: str) -> Reply:
    """Try again to get the incident its channel."""
    number, _ = named(rest)
    incident = await find_incident(desk.context, request.delivery, number)
    await retry_channel(desk.context, request.delivery, incident.id)
    return f"Looking whether {incident.name} has a channel that serves; else one is made."


async def _ask(request: Request, desk: Desk, *, title: str = "", impact: str = "") -> Reply:
    known = await prospect(desk.context, request.delivery)
    form = declare_form(first_declaration(known, title, impact), known, request.delivery.channel_id)
    await open_form(request, desk.open_view, form)
    return None
