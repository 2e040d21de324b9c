"""What is said and marked in the channels of incidents: kept, put on the timeline, corrected, taken back."""

from collections.abc import Mapping
from typing import Any, Final

from bot.errors import BadInput
from bot.incidents import capture
from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.effects import capture as wish_capture
from bot.incidents.model import Incident, Status
from bot.incidents.said import message_key
from bot.slack.capture import said_of, take_over_deletion, take_over_edit
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import incident_and_rest
from bot.slack.typed import split
from bot.slack.written import as_written
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.look_up import open_incidents
from bot.workflows.tell import telling

_KEYS: Final = "https://platform.claude.com/settings/keys"


async def heard(request: Request, desk: Desk) -> None:
    """Keep what was said in an incident's channel; take over what was edited or deleted there."""
    event: Mapping[str, Any] = request.body["event"]
    channel_id = str(event.get("channel") or "")
    async with desk.context.store.read() as unit:
        housed = await unit.incidents.in_channel(channel_id)
    if housed is None or housed.status is Status.CLOSED:
        return
    async with desk.context.store.begin(once=request.delivery.key) as unit:
        incident = await unit.incidents.get(housed.id, lock=True)
        match event.get("subtype"):
            case "message_changed":
                await _edited(unit, incident, event["message"], channel_id)
            case "message_deleted":
                await _deleted(unit, incident, event.get("previous_message") or {}, channel_id)
            case _:
                await _said(unit, desk, request, incident, event)


async def marked(request: Request, desk: Desk) -> None:
    """Put a message on the timeline that somebody marked with the emoji, or take it back when the mark goes."""
    event: Mapping[str, Any] = request.body["event"]
    item = event.get("item") or {}
    if event.get("reaction") != desk.emoji or item.get("type") != "message":
        return
    channel_id, ts = str(item["channel"]), str(item["ts"])
    key = message_key(channel_id, ts)
    async with desk.context.store.begin(once=request.delivery.key) as unit:
        housed = await unit.incidents.in_channel(channel_id)
        if housed is None:
            return
        incident = await unit.incidents.get(housed.id, lock=True)
        desk.context.policy.require("note", request.delivery.person, incident)
        if event["type"] == "reaction_added":
            await unit.wish(wish_capture(incident.id, channel_id, ts, request.delivery.actor.id))
            return
        story = await unit.incidents.story(incident.id)
        seq = incident.captured.get(key)
        if seq is None or story[seq - 1].event.actor.id != request.delivery.actor.id:
            return  # others have marked it, too
        gone = capture.vanished(incident, key, actor=request.delivery.actor, now=unit.now, reason=capture.UNMARKED)
        if gone is not None:
            await unit.record(incident, gone)


async def add_to_timeline(request: Request, desk: Desk) -> Reply:
    """Put the message whose shortcut was chosen on the timeline of its channel's incident, or of the only open one."""
    message: Mapping[str, Any] = request.body["message"]
    channel_id = request.delivery.channel_id
    incident = await _incident_for(request, desk)
    said = said_of(message, channel_id)
    if said is None:
        raise BadInput("That message cannot be put on a timeline.", "Slack wrote it, or the bot.")
    async with desk.context.store.begin(once=request.delivery.key) as unit:
        locked = await unit.incidents.get(incident.id, lock=True)
        desk.context.policy.require("note", request.delivery.person, locked)
        await unit.messages.keep(said)  # should Slack not let us read it
        await unit.wish(wish_capture(locked.id, channel_id, said.ts, request.delivery.actor.id))
        await unit.wish(telling(request.delivery, f"That message goes on the timeline of {locked.name}."))
    return None


async def retract(request: Request, desk: Desk, rest: str) -> Reply:
    """Take a note or a captured message back: `retract 12 REASON`."""
    incident, text = await incident_and_rest(request, desk, rest)
    number, reason = split(text)
    if not (number.isascii() and number.isdigit() and len(number) < 7):  # noqa: PLR2004 - no timeline is that long
        raise BadInput("Which entry?", "`retract 12 REASON`: `anth-triage show` and the answers to `note` number them.")
    async with desk.context.store.begin(once=request.delivery.key) as unit:
        locked = await unit.incidents.get(incident.id, lock=True)
        desk.context.policy.require("note", request.delivery.person, locked)
        event = capture.retracted(
            locked,
            actor=request.delivery.actor,
            now=unit.now,
            story=await unit.incidents.story(locked.id),
            seq=int(number),
            reason=as_written(reason)[: LONGEST_REASON + 1],
        )
        await unit.record(locked, event)
    return f"Entry {number} of {locked.name} is taken back; it stays on the timeline, marked as that."


async def _said(unit: UnitOfWork, desk: Desk, request: Request, incident: Incident, event: Mapping[str, Any]) -> None:
    said = said_of(event, str(incident.channel_id))
    if said is None:
        return
    await unit.messages.keep(said)
    if capture.is_followed(incident, said):
        await unit.wish(wish_capture(incident.id, said.channel_id, said.ts, "bot"))
    if desk.redact_data(said.text) != said.text:
        text = (
            ":warning: *A key or a token stands in your message.* Everybody in this channel can read it; the bot's own"
            f" records mask it. Delete the message, and deactivate the key now: <{_KEYS}|API keys in the Console>."
        )
        await unit.wish(telling(request.delivery, text))


async def _edited(unit: UnitOfWork, incident: Incident, message: Mapping[str, Any], channel_id: str) -> None:
    said = said_of(message, channel_id)
    if said is not None:
        await unit.messages.keep(said)
        await take_over_edit(unit, incident, said)


async def _deleted(unit: UnitOfWork, incident: Incident, message: Mapping[str, Any], channel_id: str) -> None:
    said = said_of(message, channel_id)
    if said is not None:
        await take_over_deletion(unit, incident, said)


async def _incident_for(request: Request, desk: Desk) -> Incident:
    there = await open_incidents(desk.context, request.delivery)
    here = [one for one in there if one.channel_id == request.delivery.channel_id]
    there = here or there
    if len(there) != 1:
        what = "No incident is open." if not there else f"{len(there)} incidents are open."
        raise BadInput(what, "Share the message in the incident's channel and mark it there.")
    return there[0]
