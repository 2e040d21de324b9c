"""Changing an incident's severity: by the verb, or by the card's button and its form."""

from bot.incidents.decisions import severity_changed
from bot.slack import ids
from bot.slack.cards.severity import measured_text, severity_form
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field, pressed
from bot.slack.typed import named, split
from bot.slack.written import as_written
from bot.workflows.change import change, change_meant
from bot.workflows.look_up import find_incident, require_open, still_open


async def severity(request: Request, desk: Desk, rest: str) -> Reply:
    """Change the severity (`P2 REASON` in the incident's channel, or `INC-7 P2 REASON`); without these open a form."""
    number, said = named(rest)
    to, reason = split(said)
    if not to:
        incident = await find_incident(desk.context, request.delivery, number)
        await open_form(request, desk.open_view, severity_form(require_open(incident)))
        return None
    change_to = {"to": to, "reason": as_written(reason), "seen": None}
    after = await change_meant(desk.context, request.delivery, "severity", number, severity_changed, **change_to)
    return f"{after.name} is {after.severity} now, as you set it; {measured_text(after)}. Both values stay."


async def ask_severity(request: Request, desk: Desk) -> Reply:
    """Open the form that changes the severity."""
    incident = await still_open(desk.context, ids.number(pressed(request.body)))
    await open_form(request, desk.open_view, severity_form(incident))
    return None


async def submit_severity(request: Request, desk: Desk) -> Reply:
    """Change the severity to what the form says, unless it has changed since the form was opened."""
    view = request.body["view"]
    incident_id, seen = ids.parse_form(str(view["private_metadata"]))
    said = {"to": field(view, "severity"), "reason": field(view, "reason"), "seen": seen.severity}
    await change(desk.context, request.delivery, "severity", incident_id, severity_changed, **said)
    return None
