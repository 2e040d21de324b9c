"""Finishing and sharing the postmortem: by the card's buttons and by verbs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.incidents.events import Actor
from bot.incidents.writing import PARTS, Form
from bot.slack import ids
from bot.slack.cards.postmortem import ITEMS, postmortem_form
from bot.slack.forms import open_form, placed
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import incident_alone, member_meant
from bot.slack.payload import field, pressed
from bot.workflows.export import share_postmortem
from bot.workflows.tell import tell
from bot.workflows.write_postmortem import ActionItem, drafted, write_postmortem


async def write(request: Request, desk: Desk, rest: str) -> Reply:
    """Open the form of the postmortem."""
    incident = await incident_alone(request, desk, rest)
    return await _ask(request, desk, incident.id)


async def ask_to_write(request: Request, desk: Desk) -> Reply:
    """Open the form from the card's button."""
    return await _ask(request, desk, ids.number(pressed(request.body)))


async def submit_written(request: Request, desk: Desk) -> Reply:
    """Save what the form says; where somebody else has written meanwhile, show both texts and save nothing yet."""
    view = request.body["view"]
    number, seen = ids.parse_written(str(view["private_metadata"]))
    form = Form(seen=seen, texts={part: field(view, part) for part in PARTS})
    items = [item for index in range(1, ITEMS + 1) if (item := await _item(desk, view, index)) is not None]
    incident, drafts, both = await drafted(desk.context, request.delivery, number, form)
    if both:
        again = postmortem_form(incident, drafts, form=form, both=both)
        return {"response_action": "update", "view": placed(request, again)}
    await write_postmortem(desk.context, request.delivery, number, form, items)
    return None


async def export(request: Request, desk: Desk, rest: str) -> Reply:
    """Share the postmortem in the incident's channel, as Markdown or in the format behind the verb."""
    name, _, last = rest.strip().rpartition(" ")
    name, kind = (name, last.lower()) if last.isalpha() else (rest, "md")
    incident = await incident_alone(request, desk, name)
    await share_postmortem(desk.context, request.delivery, incident.id, kind)
    return f"The postmortem of {incident.name} is being shared in its channel."


async def press_share(request: Request, desk: Desk) -> Reply:
    """Share the postmortem from the card's button."""
    incident = await share_postmortem(desk.context, request.delivery, ids.number(pressed(request.body)))
    await tell(desk.context, request.delivery, f"The postmortem of {incident.name} is being shared in its channel.")
    return None


async def _ask(request: Request, desk: Desk, number: int) -> Reply:
    incident, drafts, _ = await drafted(desk.context, request.delivery, number)
    await open_form(request, desk.open_view, postmortem_form(incident, drafts))
    return None


async def _item(desk: Desk, view: Mapping[str, Any], index: int) -> ActionItem | None:
    """Return the action item of this row, None for an empty one."""
    text, owner, due = (field(view, f"{name}_{index}") for name in ("item", "owner", "due"))
    if not text:
        return None
    return ActionItem(
        text=text,
        owner=await member_meant(desk, Actor(id=owner, name=owner)) if owner else None,
        due=date.fromisoformat(due) if due else None,
    )
