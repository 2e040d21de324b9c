"""What an incident's own channel gets beside messages: a topic, the pinned card, bookmarks, and the people it needs."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.incidents.effects import BOOKMARKS, RESPONDERS, set_topic
from bot.incidents.events import PostmortemExported
from bot.incidents.model import Incident
from bot.slack.calls import SETTLED_S, Slack
from bot.slack.cards.incident import topic
from bot.slack.refusals import Refused
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.look_up import incident_of
from bot.workflows.worker import Finish, GiveUp, Handler, RetryLater, Unclear

_AT_ONCE: Final = 100  # the most people that Slack takes in one invitation
_MAY_STAY_OUT: Final = frozenset({"already_in_channel", "cant_invite_self", "user_is_restricted", "user_not_found"})
_SHARED_LATE_S: Final = 5.0
_SHARED_LATEST: Final = timedelta(minutes=2)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What the team wants in each channel: bookmarks, `status_page` among them, and ids of people and user groups."""

    bookmarks: bool = True
    status_page: str = ""
    responders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A bookmark of ours; the title tells it from those that people made."""

    title: str
    emoji: str
    link: str


class Furnishing:
    """The handlers of the jobs that furnish a channel. What the workspace does not allow is left out, and logged."""

    def __init__(self, context: Context, slack: Slack, furniture: Furniture) -> None:
        self._context = context
        self._slack = slack
        self._furniture = furniture

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {
            "slack.set_topic": self.set_topic,
            "slack.pin_card": self.pin_card,
            "slack.invite": self.invite,
            RESPONDERS: self.invite_responders,
            BOOKMARKS: self.bookmark,
        }

    async def set_topic(self, job: Job) -> Finish | None:
        """Write status and severity into the channel's topic."""
        incident = await incident_of(self._context, job)
        await self._slack.call("conversations.setTopic", channel=incident.channel_id, topic=topic(incident))
        if job.attempts == 1 or "again" in job.payload:
            return None

        async def finish(unit: UnitOfWork) -> None:
            # An earlier attempt may still land, and would bring the old words back.
            await unit.wish(set_topic(incident.id, again=True), after_s=SETTLED_S)

        return finish

    async def pin_card(self, job: Job) -> None:
        """Pin the incident's card; without the optional scope it stays unpinned."""
        incident = await incident_of(self._context, job)
        async with self._context.store.read() as unit:
            card = await unit.deliveries.posted(f"incident:{incident.id}:card")
        if card is None:
            raise GiveUp("the card was never posted")
        passes = frozenset({"already_pinned", "missing_scope"})
        answer = await self._slack.call("pins.add", passes=passes, channel=card.channel_id, timestamp=card.ts)
        if answer.get("error") == "missing_scope":
            log.warning("card_not_pinned", incident=incident.id, hint="add the optional scope pins:write")

    async def invite(self, job: Job) -> None:
        """Invite a person into the incident's channel; who may not come, or is there, is left alone."""
        incident = await incident_of(self._context, job)
        user = str(job.payload["user"])
        await self._slack.call("conversations.invite", passes=_MAY_STAY_OUT, channel=incident.channel_id, users=user)

    async def invite_responders(self, job: Job) -> None:
        """Invite those whom the team wants in each channel; a group stands for its members at this moment."""
        if not self._furniture.responders:
            return
        incident = await incident_of(self._context, job)
        people: dict[str, None] = {}
        for one in self._furniture.responders:
            people |= dict.fromkeys(await self._members(one) if one.startswith("S") else [one])
        try:
            for first in range(0, len(people), _AT_ONCE):
                some = ",".join(list(people)[first : first + _AT_ONCE])
                where = {"channel": incident.channel_id, "force": True}  # who cannot come keeps nobody out
                await self._slack.call("conversations.invite", passes=_MAY_STAY_OUT, users=some, **where)
        except Refused as refusal:
            log.warning("responders_not_invited", incident=incident.id, error=str(refusal))

    async def bookmark(self, job: Job) -> None:
        """Let the channel's bookmarks lead to the status page, the step at hand and the postmortem."""
        incident = await incident_of(self._context, job)
        if not self._furniture.bookmarks or incident.channel_id is None or not incident.own_channel:
            return
        channel = incident.channel_id
        wanted = [bookmark async for bookmark in self._bookmarks(incident, channel)]
        try:
            answer = await self._slack.call("bookmarks.list", channel_id=channel)
            for method, arguments in changes(wanted, _named(answer, "bookmarks")):
                await self._slack.call(method, channel_id=channel, **arguments)
        except Refused as refusal:
            hint = (
                "add the optional scopes bookmarks:read and bookmarks:write"
                if refusal.code == "missing_scope"
                else "look at the channel"
            )
            log.warning("bookmarks_not_set", incident=incident.id, error=str(refusal), hint=hint)

    async def _bookmarks(self, incident: Incident, channel: str) -> AsyncIterator[Bookmark]:
        if self._furniture.status_page:
            yield Bookmark("Claude status", ":satellite_antenna:", self._furniture.status_page)
        async with self._context.store.read() as unit:
            step = await unit.deliveries.posted(f"incident:{incident.id}:step:{incident.answers}")
            story = await unit.incidents.story(incident.id)
        if step is not None and (link := await self._slack.permalink(step.channel_id, step.ts)):
            yield Bookmark("Runbook step", ":compass:", link)
        shared = [(item.at, item.event.file_id) for item in story if isinstance(item.event, PostmortemExported)]
        if shared and shared[-1][1] and (link := await self._file(channel, *shared[-1])):
            yield Bookmark("Postmortem", ":page_facing_up:", link)

    async def _file(self, channel: str, shared_at: datetime, file_id: str | None) -> str | None:
        """Return the address of a file that was shared in the channel; Slack may show it there a little later."""
        link = await self._slack.file_link(channel, str(file_id), shared_at)
        if link is None and self._context.clock.now() - shared_at < _SHARED_LATEST:
            raise RetryLater(_SHARED_LATE_S, limit=False)
        return link

    async def _members(self, group: str) -> list[str]:
        try:
            answer = await self._slack.call("usergroups.users.list", usergroup=group)
        except Refused as refusal:
            hint = "add the optional scope usergroups:read, or mend [channel] invite in anth-triage.toml"
            log.warning("user_group_not_invited", group=group, error=str(refusal), hint=hint)
            return []
        return [str(user) for user in _named(answer, "users")]


def _named(answer: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list of this name; an answer without it says nothing, and Slack is asked again."""
    if not isinstance(answer.get(name), list):
        raise Unclear(f"Slack's answer has no {name}")
    return list(answer[name])


def changes(wanted: Sequence[Bookmark], there: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the calls (method, arguments) that make the bookmarks that are there those that are wanted.

    Bookmarks with other titles are people's own, and stay as they are.
    """
    by_title = {str(one.get("title")): one for one in there}
    for bookmark in wanted:
        present = by_title.get(bookmark.title)
        if present is None:
            shown = {"title": bookmark.title, "emoji": bookmark.emoji, "link": bookmark.link}
            yield "bookmarks.add", {"type": "link", **shown}
        elif present.get("link") != bookmark.link:
            yield "bookmarks.edit", {"bookmark_id": str(present["id"]), "link": bookmark.link}
