"""What people say in an incident's channel: kept in the record, and on the timeline where somebody marked it."""

from bot.incidents import capture
from bot.incidents.effects import capture as wish_capture
from bot.incidents.effects import unmark as wish_unmark
from bot.incidents.events import BOT, Actor, Captured, ChannelRenamed
from bot.incidents.model import Incident
from bot.incidents.said import Said
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.tell import telling


async def hear(
    context: Context, delivery: Delivery, said: Said, *, changed: bool = False, warning: str = "", key: str = ""
) -> None:
    """Keep a message of an incident's channel; a reply to one on the timeline follows it.

    One that was `changed` also corrects its entries, wherever and whenever it was put on a timeline. `warning` goes to
    the author alone, in whatever channel, with a button for the `key` whose hint is known.
    """
    async with context.store.read() as unit:
        kept = await _concerned(unit, said, changed=changed) or (changed and await _is_kept(unit, said))
    if not kept and not warning:
        return
    async with context.store.begin(once=delivery.key) as unit:
        if kept:
            await unit.messages.keep(said)
        for number in await _concerned(unit, said, changed=changed):
            incident = await take_over_edit(unit, await unit.incidents.get(number, lock=True), said)
            if said.edited_ts is None and capture.is_followed(incident, said):
                await unit.wish(wish_capture(number, said.channel_id, said.ts, BOT.id))
        if warning:
            await unit.wish(telling(delivery, warning, key))


async def forget(context: Context, delivery: Delivery, said: Said) -> None:
    """Forget a message that was deleted, and take its entries back, wherever and whenever it was put on a timeline."""
    async with context.store.read() as unit:
        if not await unit.incidents.holding(said.channel_id, said.ts) and not await _is_kept(unit, said):
            return
    async with context.store.begin(once=delivery.key) as unit:
        for held in await unit.incidents.holding(said.channel_id, said.ts):
            await take_over_deletion(unit, await unit.incidents.get(held.id, lock=True), said)
        await unit.messages.delete(said.channel_id, [said.ts])


async def rename(context: Context, delivery: Delivery, name: str) -> None:
    """Let the incidents of a channel know its new name."""
    async with context.store.begin(once=delivery.key) as unit:
        for housed in await unit.incidents.housed_in(delivery.channel_id):
            incident = await unit.incidents.get(housed.id, lock=True)
            if incident.channel_name != name:
                await unit.record(incident, ChannelRenamed(actor=BOT, happened_at=unit.now, name=name))


async def mark(context: Context, delivery: Delivery, channel_id: str, ts: str) -> None:
    """Put a message of an incident's channel on its timeline, with the replies under it; raises NotAllowed."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await _housed(context, delivery, unit, channel_id)
        if incident is not None:
            await unit.wish(wish_capture(incident.id, channel_id, ts, delivery.actor.id, by_mark=True))


async def unmark(context: Context, delivery: Delivery, channel_id: str, ts: str) -> None:
    """Have a look whether the message of which this person took their mark away is still marked; raises NotAllowed."""
    async with context.store.begin(once=delivery.key) as unit:
        for held in await unit.incidents.holding(channel_id, ts):
            if held.channel_id == channel_id:  # elsewhere marks mean nothing
                incident = await unit.incidents.get(held.id, lock=True)
                context.policy.require("note", delivery.person, incident)
                await unit.wish(wish_unmark(incident.id, channel_id, ts, delivery.actor.id))


async def take_back_unmarked(unit: UnitOfWork, incident_id: int, key: str, by: Actor) -> None:
    """Take the entry of a message back from which the last mark went; one that came by the shortcut stays."""
    incident = await unit.incidents.get(incident_id, lock=True)
    story, seq = await unit.incidents.story(incident_id), incident.captured.get(key)
    entry = story[seq - 1].event if seq else None
    if not isinstance(entry, Captured) or not entry.by_mark:
        return
    gone = capture.vanished(incident, key, actor=by, now=unit.now, reason=capture.UNMARKED)
    if gone is not None:
        await unit.record(incident, gone)


async def put(context: Context, delivery: Delivery, incident_id: int, said: Said) -> None:
    """Put a message of any channel on the timeline, and say so to who asked; raises NotAllowed."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        context.policy.require("note", delivery.person, incident)
        await unit.messages.keep(said)  # should Slack not let us read it
        await unit.wish(wish_capture(incident.id, said.channel_id, said.ts, delivery.actor.id))
        await unit.wish(telling(delivery, f"That message goes on the timeline of {incident.name}."))


async def retract(context: Context, delivery: Delivery, incident_id: int, seq: int, reason: str) -> Incident:
    """Take a note or a captured message back; raises BadInput for any other entry, and NotAllowed."""
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        context.policy.require("note", delivery.person, incident)
        story = await unit.incidents.story(incident.id)
        event = capture.retracted(incident, actor=delivery.actor, now=unit.now, story=story, seq=seq, reason=reason)
        return await unit.record(incident, event)


async def take_over_edit(unit: UnitOfWork, incident: Incident, said: Said) -> Incident:
    """Correct the entry of a message that was edited, if it has one; return the incident after it."""
    if said.edited_ts is None or said.key not in incident.captured:
        return incident
    story = await unit.incidents.story(incident.id)
    event = capture.edited(incident, story, said, now=unit.now)
    return incident if event is None else await unit.record(incident, event)


async def take_over_deletion(unit: UnitOfWork, incident: Incident, said: Said) -> Incident:
    """Forget a message that was deleted, and take its entry back, if it has one; return the incident after it."""
    await unit.messages.delete(said.channel_id, [said.ts])
    seq = incident.captured.get(said.key)
    if seq is None:
        return incident
    entry = (await unit.incidents.story(incident.id))[seq - 1].event
    author = entry.author if isinstance(entry, Captured) else Actor(id=said.user_id, name=said.user_id)
    event = capture.vanished(incident, said.key, actor=author, now=unit.now, reason=capture.DELETED)
    return incident if event is None else await unit.record(incident, event)


async def _concerned(unit: UnitOfWork, said: Said, *, changed: bool) -> list[int]:
    """Return the incident of the message's channel and, of one that was changed, those that hold it; in order."""
    housed = await unit.incidents.in_channel(said.channel_id)
    held = await unit.incidents.holding(said.channel_id, said.ts) if changed else []
    return sorted({one.id for one in held} | ({housed.id} if housed is not None and not housed.is_closed else set()))


async def _is_kept(unit: UnitOfWork, said: Said) -> bool:
    return await unit.messages.holds(said.channel_id, said.ts)


async def _housed(context: Context, delivery: Delivery, unit: UnitOfWork, channel_id: str) -> Incident | None:
    """Return the incident of this channel, locked, in which the person may mark; None when there is none."""
    housed = await unit.incidents.in_channel(channel_id)
    if housed is None:
        return None
    incident = await unit.incidents.get(housed.id, lock=True)
    context.policy.require("note", delivery.person, incident)
    return incident
