"""Submitted forms: parse the fields, call one workflow."""

from bot.incidents.writing import Form
from bot.slack import ids
from bot.slack.cards.ending import WRITTEN
from bot.slack.forms import placed
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.lifecycle import ending_form
from bot.slack.payload import field
from bot.workflows.resolve import resolve_incident
from bot.workflows.write_postmortem import ActionItem, drafted


async def submit_resolve(request: Request, desk: Desk) -> Reply:
    """End the incident with what the form says; where somebody else has written meanwhile, show both texts first.

    Each line of its action items becomes a task.
    """
    view = request.body["view"]
    number, seen, entries = ids.parse_ending(str(view["private_metadata"]))
    form = Form(seen=entries, texts={part: field(view, part) for part in WRITTEN})
    incident, drafts, both = await drafted(desk.context, request.delivery, number, form, act="resolve")
    if both and incident.is_open:
        again = ending_form(desk, incident, drafts, form, both)
        return {"response_action": "update", "view": placed(request, again)}
    lines = (line.strip("-*• ").strip() for line in field(view, "action_items").splitlines())
    items = [ActionItem(text=line) for line in lines if line]
    await resolve_incident(desk.context, request.delivery, number, seen, field(view, "early"), form, items)
    return None
