"""Puts messages on the timeline and into the record: those that are marked, and what was said while nobody listened."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from bot.incidents import capture
from bot.incidents.effects import BACKFILL, CAPTURE
from bot.incidents.events import BOT, Actor
from bot.incidents.model import Incident
from bot.incidents.said import Said
from bot.slack.calls import Slack
from bot.slack.people import People
from bot.slack.written import message_text
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.worker import Finish, Handler

_BEFORE: Final = timedelta(minutes=5)  # what was said just before an incident was opened in a channel belongs to it
_SYSTEM: Final = frozenset(
    {
        *("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive"),
        *("channel_unarchive", "group_join", "group_leave", "group_topic", "group_purpose", "group_name"),
        *("message_changed", "message_deleted", "pinned_item", "bot_add", "tombstone", "reminder_add"),
    }
)
"""What Slack itself writes."""


def said_of(message: Mapping[str, Any], channel_id: str) -> Said | None:
    """Return a message of Slack's as the record keeps it; None for what Slack itself writes, and for our own cards."""
    if message.get("subtype") in _SYSTEM or message.get("metadata") or not message.get("user"):
        return None
    return Said(
        channel_id=channel_id,
        ts=str(message["ts"]),
        user_id=str(message["user"]),
        text=message_text(message),
        thread_ts=str(message["thread_ts"]) if message.get("thread_ts") else None,
        edited_ts=str((message.get("edited") or {}).get("ts") or "") or None,
    )


class Capture:
    """The handlers of `slack.capture` and `slack.backfill`; `emoji` is the reaction that marks a message."""

    def __init__(self, context: Context, slack: Slack, people: People, emoji: str) -> None:
        self._context = context
        self._slack = slack
        self._people = people
        self._emoji = emoji

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {CAPTURE: self.capture, BACKFILL: self.backfill}

    async def capture(self, job: Job) -> Finish:
        """Put one message, and the replies under it, on the timeline of an incident."""
        channel, ts, by = (str(job.payload[name]) for name in ("channel", "ts", "by"))
        found = await self._thread(channel, ts)
        return await self._entries(int(job.payload["incident_id"]), found, await self._actor(by), listen=True)

    async def backfill(self, job: Job) -> Finish | None:
        """Read the incident's channel anew: what was said, marked, edited or deleted while nobody listened."""
        async with self._context.store.read() as unit:
            incident = await unit.incidents.get(int(job.payload["incident_id"]))
        return await self.catch_up(incident)

    async def catch_up(self, incident: Incident) -> Finish | None:
        """Return what to write so that record and timeline hold all that stands in the incident's channel."""
        if incident.channel_id is None:
            return None
        since = incident.opened_at - _BEFORE
        async with self._context.store.read() as unit:
            known = await unit.messages.of(incident.channel_id, since)
        there, marked = await self._read(incident, known)
        finishes: list[Finish] = [partial(self._mend, incident, known, there)]
        for by, said in marked:
            finishes.append(await self._entries(incident.id, said, await self._actor(by), listen=False))

        async def finish(unit: UnitOfWork) -> None:
            for one in finishes:
                await one(unit)

        return finish

    async def _read(self, incident: Incident, known: Sequence[Said]) -> tuple[list[Said], list[tuple[str, list[Said]]]]:
        """Return what stands in the channel, and the marked messages with their replies and who marked them."""
        assert incident.channel_id is not None  # noqa: S101 - asked before
        stored = {said.ts for said in known}
        there: list[Said] = []
        marked: list[tuple[str, list[Said]]] = []
        async for message in self._slack.said(incident.channel_id, incident.opened_at - _BEFORE):
            replies: list[dict[str, Any]] = []
            if message.get("reply_count") and str(message.get("latest_reply")) not in stored:
                replies = (await self._slack.thread(incident.channel_id, str(message["ts"])))[1:]
            every = [one for one in (said_of(item, incident.channel_id) for item in (message, *replies)) if one]
            there += every
            for item in (message, *replies):
                under = [one for one in every if str(item["ts"]) in (one.ts, one.thread_ts)]
                if (by := self._marked_by(item)) and under:
                    marked.append((by, under))
        return there, marked

    async def _mend(self, incident: Incident, known: Sequence[Said], there: Sequence[Said], unit: UnitOfWork) -> None:
        """Keep what is new, take over edits, and forget what was deleted meanwhile."""
        assert incident.channel_id is not None  # noqa: S101 - asked before
        present = await unit.incidents.get(incident.id, lock=True)
        for said in there:
            await unit.messages.keep(said)
            present = await take_over_edit(unit, present, said)
        roots = {said.ts for said in there}
        # Only roots: which replies are gone a channel's history does not tell.
        gone = [one for one in known if not one.deleted and one.thread_ts in (None, one.ts) and one.ts not in roots]
        if there:
            for said in gone:
                present = await take_over_deletion(unit, present, said)

    async def _thread(self, channel: str, ts: str) -> list[Said]:
        """Return a message and its replies as they stand in Slack; what the record holds where that cannot be read."""
        items = await self._slack.thread(channel, ts)
        found = [said for said in (said_of(item, channel) for item in items) if said]
        if any(said.ts == ts for said in found):
            return [said for said in found if ts in (said.ts, said.thread_ts)]
        async with self._context.store.read() as unit:
            return [said for said in await unit.messages.with_replies(channel, ts) if not said.deleted]

    async def _entries(self, incident_id: int, found: Sequence[Said], by: Actor, *, listen: bool) -> Finish:
        """Return the finish that records an entry for each message that has none."""
        authors = {said.user_id: await self._actor(said.user_id) for said in found}
        links = {said.ts: await self._slack.permalink(said.channel_id, said.ts) for said in found}

        async def finish(unit: UnitOfWork) -> None:
            incident = await unit.incidents.get(incident_id, lock=True)
            for said in found:
                if listen and said.channel_id == incident.channel_id:
                    await unit.messages.keep(said)
                event = capture.captured(
                    incident, said, author=authors[said.user_id], actor=by, permalink=links[said.ts]
                )
                if event is not None:
                    incident = await unit.record(incident, event)

        return finish

    async def _actor(self, user_id: str) -> Actor:
        return BOT if user_id == BOT.id else await self._people.actor(user_id)

    def _marked_by(self, message: Mapping[str, Any]) -> str:
        reactions = (one for one in message.get("reactions") or [] if one.get("name") == self._emoji)
        return next((str(one["users"][0]) for one in reactions if one.get("users")), "")


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
    author = Actor(id=said.user_id, name=said.user_id)
    event = capture.vanished(incident, said.key, actor=author, now=unit.now, reason=capture.DELETED)
    return incident if event is None else await unit.record(incident, event)
