"""Submitted forms: parse the fields, call one workflow."""

from bot.slack import ids
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field
from bot.workflows.resolve import resolve_incident


async def submit_resolve(request: Request, desk: Desk) -> Reply:
    """End the incident with what the form says; each line of its action items becomes a task."""
    view = request.body["view"]
    number, seen = ids.parse_form(str(view["private_metadata"]))
    said = {name: field(view, name) for name in ("impact", "root_cause", "mitigation", "early")}
    lines = (line.strip("-*• ").strip() for line in field(view, "action_items").splitlines())
    await resolve_incident(desk.context, request.delivery, number, seen, said, [line for line in lines if line])
    return None
