"""Puts messages on the timeline and into the record: those that are marked, and what was said while nobody listened."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from bot.errors import NotAllowed
from bot.incidents import capture
from bot.incidents.effects import BACKFILL, CAPTURE, UNMARK, Effect, backfill, incident_lane
from bot.incidents.events import BOT, Actor
from bot.incidents.model import Incident
from bot.incidents.policy import Person
from bot.incidents.said import BEFORE, Said, message_key, moment_of
from bot.slack.calls import Slack
from bot.slack.people import People
from bot.slack.written import file_names, message_text
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.look_up import incident_of
from bot.workflows.timeline import take_back_unmarked, take_over_deletion, take_over_edit
from bot.workflows.worker import Finish, Handler, RetryLater

_SYSTEM: Final = frozenset(
    {
        *("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive"),
        *("channel_unarchive", "group_join", "group_leave", "group_topic", "group_purpose", "group_name"),
        *("message_changed", "message_deleted", "pinned_item", "bot_add", "tombstone", "reminder_add"),
    }
)
"""What Slack itself writes."""


def said_of(message: Mapping[str, Any], channel_id: str, *, ours: str) -> Said | None:
    """Return a message of Slack's as the record keeps it; None for what Slack itself writes, and for what is `ours`.

    That is the bot's own user. What another app writes may have no user: then it goes by the app's name.
    """
    user, app = str(message.get("user") or ""), str(message.get("bot_id") or "")
    if message.get("subtype") in _SYSTEM or user == ours or not (user or app):
        return None
    named = str(message.get("username") or (message.get("bot_profile") or {}).get("name") or "an app")
    return Said(
        channel_id=channel_id,
        ts=str(message["ts"]),
        user_id=user or app,
        author="" if user else named,
        text=message_text(message) or file_names(message),
        thread_ts=str(message["thread_ts"]) if message.get("thread_ts") else None,
        edited_ts=str((message.get("edited") or {}).get("ts") or "") or None,
    )


class Capture:
    """The handlers of what marks and absences ask for; `emoji` marks a message, `ours` is the bot's user."""

    def __init__(self, context: Context, slack: Slack, people: People, emoji: str, ours: str) -> None:
        self._ours = ours
        self._context = context
        self._slack = slack
        self._people = people
        self._emoji = emoji

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {CAPTURE: self.capture, UNMARK: self.unmark, BACKFILL: self.backfill}

    async def capture(self, job: Job) -> Finish:
        """Put one message, and the replies under it, on the timeline of an incident."""
        channel, ts, by = (str(job.payload[name]) for name in ("channel", "ts", "by"))
        incident = await incident_of(self._context, job)
        found = await self._thread(channel, ts)
        # What was taken off the timeline comes back by a mark of its own, and not by that of the message above it.
        anew = [said for said in found if said.ts == ts or said.key not in incident.captured]
        marked = ts if job.payload.get("by_mark") else ""
        done: list[Finish] = []
        if channel == incident.channel_id:
            done += [partial(_keep, said) for said in found]
        try:
            async for entry in self._entries(incident, anew, by, marked):
                done.append(entry)
        except RetryLater as later:
            raise RetryLater(later.after_s, _all_of(done), limit=later.limit) from None
        return _all_of(done)

    async def unmark(self, job: Job) -> Finish | None:
        """Take a message off the timeline of which a mark was taken away, unless another mark stands."""
        channel, ts, by = (str(job.payload[name]) for name in ("channel", "ts", "by"))
        incident = await incident_of(self._context, job)
        for message in await self._slack.thread(channel, ts):
            if str(message["ts"]) == ts and await self._marked_by(message, incident):
                return None
        return partial(_take_back, incident.id, message_key(channel, ts), await self._actor(by))

    async def backfill(self, job: Job) -> Finish | None:
        """Read the incident's channel anew: what was said, marked, edited or deleted while nobody listened."""
        async with self._context.store.read() as unit:
            incident = await unit.incidents.get(int(job.payload["incident_id"]))
            since = incident.opened_at - BEFORE
            until = await unit.incidents.belongs_until(incident)
            known = await unit.messages.of(incident.channel_id, since, until) if incident.channel_id else []
        if incident.channel_id is None:
            return None
        said = [one async for one in self._slack.said(incident.channel_id, since)]
        messages = [one for one in said if until is None or moment_of(str(one["ts"])) < until]
        messages.sort(key=lambda message: str(message["ts"]))
        # What is older than all that Slack still shows may be hidden by the workspace's retention: it is not deleted.
        oldest = min((str(one["ts"]) for one in said), default=None)
        roots = [one for one in known if one.thread_ts in (None, one.ts) and oldest is not None and one.ts >= oldest]
        done: list[Finish] = [self._mending(incident, roots, messages)]
        lane, start = job.lane or "", str(job.payload.get("start") or "")
        try:
            for message in messages:
                if (ts := str(message["ts"])) >= start:
                    start = ts
                    under = [said for said in known if said.thread_ts == ts != said.ts and not said.deleted]
                    grown_only = lane == incident_lane(incident.id)
                    async for one in self._anew(incident, message, under, grown_only=grown_only):
                        done.append(one)  # noqa: PERF401 - what came before a refusal is kept
        except RetryLater as later:
            done.append(partial(_wish, backfill(incident.id, start=start, lane=lane)))
            raise RetryLater(later.after_s, _all_of(done), limit=later.limit) from None
        return _all_of(done)

    async def _anew(
        self, incident: Incident, message: Mapping[str, Any], known: Sequence[Said], *, grown_only: bool
    ) -> AsyncIterator[Finish]:
        """Yield what to write of a message's replies, and of the marks on it and on them; `known` are its replies."""
        channel_id = str(incident.channel_id)
        replies: list[dict[str, Any]] = []
        count = int(message.get("reply_count") or 0)
        if count != len(known) or (count and not grown_only):
            thread = await self._slack.thread(channel_id, str(message["ts"]))
            replies = thread[1:]
            if thread:  # its first message stands there: it could be read, and is whole
                yield self._mending(incident, known, replies)
        every = self._said_of((message, *replies), channel_id)
        for item in (message, *replies):
            if by := await self._marked_by(item, incident):
                under = [one for one in every if str(item["ts"]) in (one.ts, one.thread_ts)]
                # One that was taken back stays so: the mark itself may still stand in Slack.
                anew = [one for one in under if one.key not in incident.captured]
                async for entry in self._entries(incident, anew, by, str(item["ts"])):
                    yield entry

    async def _thread(self, channel: str, ts: str) -> list[Said]:
        """Return a message and its replies as they stand in Slack; what the record holds where that cannot be read."""
        found = self._said_of(await self._slack.thread(channel, ts), channel)
        if any(said.ts == ts for said in found):
            return [said for said in found if ts in (said.ts, said.thread_ts)]
        async with self._context.store.read() as unit:
            return [said for said in await unit.messages.with_replies(channel, ts) if not said.deleted]

    async def _entries(self, incident: Incident, found: Sequence[Said], by: str, marked: str) -> AsyncIterator[Finish]:
        """Yield what records an entry for each message that has none, for this person (id); `marked` is one's ts."""
        for said in found:
            if capture.is_standing(incident, said):
                continue
            yield partial(
                _record,
                incident.id,
                said,
                actor=await self._actor(by),
                author=Actor(id=said.user_id, name=said.author) if said.author else await self._actor(said.user_id),
                permalink=await self._slack.permalink(said.channel_id, said.ts),
                by_mark=said.ts == marked,
            )

    def _said_of(self, messages: Iterable[Mapping[str, Any]], channel_id: str) -> list[Said]:
        found = (said_of(message, channel_id, ours=self._ours) for message in messages)
        return [said for said in found if said is not None]

    def _mending(self, incident: Incident, known: Sequence[Said], there: Sequence[Mapping[str, Any]]) -> Finish:
        """Return what takes over that of the messages that are `known` these are `there`, and how they read now."""
        stand = {str(message["ts"]) for message in there}
        gone = [said for said in known if said.ts not in stand and not said.deleted]
        return partial(_mend, incident.id, self._said_of(there, str(incident.channel_id)), gone)

    async def _actor(self, user_id: str) -> Actor:
        return BOT if user_id == BOT.id else await self._people.actor(user_id)

    async def _marked_by(self, message: Mapping[str, Any], incident: Incident) -> str:
        """Return the first who has marked the message and may do that; empty for nobody."""
        reactions = (one for one in message.get("reactions") or [] if one.get("name") == self._emoji)
        for user in (str(user) for one in reactions for user in one.get("users") or []):
            kind, channel = await self._people.kind(user), str(incident.channel_id)
            person = Person(actor=Actor(id=user, name=user), kind=kind, channel_id=channel)
            with suppress(NotAllowed):
                self._context.policy.require("note", person, incident)
                return user
        return ""


async def _take_back(incident_id: int, key: str, by: Actor, unit: UnitOfWork) -> None:
    await take_back_unmarked(unit, incident_id, key, by)


async def _wish(effect: Effect, unit: UnitOfWork) -> None:
    await unit.wish(effect)


async def _keep(said: Said, unit: UnitOfWork) -> None:
    await unit.messages.keep(said)


async def _record(incident_id: int, said: Said, unit: UnitOfWork, **known: Any) -> None:  # noqa: ANN401 - who and where
    incident = await unit.incidents.get(incident_id, lock=True)
    event = capture.captured(incident, said, **known)
    if event is not None:
        await unit.record(incident, event)


async def _mend(incident_id: int, there: Sequence[Said], gone: Sequence[Said], unit: UnitOfWork) -> None:
    """Keep what is new, take over edits, and forget what was deleted."""
    present = await unit.incidents.get(incident_id, lock=True)
    for said in there:
        await unit.messages.keep(said)
        present = await take_over_edit(unit, present, said)
    for said in gone:
        present = await take_over_deletion(unit, present, said)


def _all_of(writes: Sequence[Finish]) -> Finish:
    """Return one finish that does all of these, in their order."""

    async def finish(unit: UnitOfWork) -> None:
        for write in writes:
            await write(unit)

    return finish
