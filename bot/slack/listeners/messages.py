"""What is said and marked in the channels of incidents: kept, put on the timeline, corrected, taken back."""

from collections.abc import Mapping
from typing import Any

from bot.errors import BadInput
from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.model import Incident
from bot.slack.capture import said_of
from bot.slack.cards.pasted_key import hint_in, pasted_key_text
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import incident_and_rest
from bot.slack.typed import split
from bot.slack.written import as_written
from bot.workflows import timeline
from bot.workflows.look_up import open_incidents


async def heard(request: Request, desk: Desk) -> None:
    """Keep what was said in an incident's channel; take over what was edited or deleted there."""
    event: Mapping[str, Any] = request.body["event"]
    channel_id = str(event.get("channel") or "")
    deleted, edited = (event.get("subtype") == f"message_{what}" for what in ("deleted", "changed"))
    message = event.get("previous_message") if deleted else event["message"] if edited else event
    said = said_of(message or {}, channel_id, ours=desk.bot_user_id)
    if said is None:
        return
    if deleted:
        await timeline.forget(desk.context, request.delivery, said)
        return
    warned = not said.author and desk.has_secret(said.text)  # an app reads no warnings
    warning = pasted_key_text(desk.kinds_of(said.text), in_message=True) if warned else ""
    key = hint_in(str(desk.redact_data(said.text))) if warned else ""
    await timeline.hear(desk.context, request.delivery, said, changed=edited, warning=warning, key=key)


async def renamed(request: Request, desk: Desk) -> None:
    """Take over a channel's new name: people look for its incident by that."""
    await timeline.rename(desk.context, request.delivery, str(request.body["event"]["channel"]["name"]))


async def marked(request: Request, desk: Desk) -> None:
    """Put a message on the timeline that somebody marked with the emoji, or take it back when the mark goes."""
    event: Mapping[str, Any] = request.body["event"]
    item = event.get("item") or {}
    if event.get("reaction") != desk.emoji or item.get("type") != "message":
        return
    follow = timeline.mark if event["type"] == "reaction_added" else timeline.unmark
    await follow(desk.context, request.delivery, str(item["channel"]), str(item["ts"]))


async def add_to_timeline(request: Request, desk: Desk) -> Reply:
    """Put the message whose shortcut was chosen on the timeline of its channel's incident, or of the only open one."""
    incident = await _incident_for(request, desk)
    said = said_of(request.body["message"], request.delivery.channel_id, ours=desk.bot_user_id)
    if said is None:
        raise BadInput("That message cannot be put on a timeline.", "Slack wrote it, or the bot.")
    await timeline.put(desk.context, request.delivery, incident.id, said)
    return None


async def retract(request: Request, desk: Desk, rest: str) -> Reply:
    """Take a note or a captured message back: `retract 12 REASON`."""
    incident, text = await incident_and_rest(request, desk, rest)
    number, reason = split(text)
    if not (number.isascii() and number.isdigit() and len(number) < 7):  # noqa: PLR2004 - no timeline is that long
        raise BadInput("Which entry?", "`retract 12 REASON`: `anth-triage show` and the answers to `note` number them.")
    reason = as_written(reason)[: LONGEST_REASON + 1]
    await timeline.retract(desk.context, request.delivery, incident.id, int(number), reason)
    return f"Entry {number} of {incident.name} is taken back; it stays on the timeline, marked as that."


async def _incident_for(request: Request, desk: Desk) -> Incident:
    async with desk.context.store.read() as unit:
        housed = await unit.incidents.in_channel(request.delivery.channel_id)
    if housed is not None:
        return housed
    there = await open_incidents(desk.context, request.delivery)
    if len(there) != 1:
        what = "No incident is open." if not there else f"{len(there)} incidents are open."
        raise BadInput(what, "Share the message in the incident's channel and mark it there.")
    return there[0]
