"""Gets an incident its channel: a new one with a legal, unique name, or one that people had before."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import BadInput
from bot.incidents.effects import word_to
from bot.incidents.events import BOT, ChannelCreated, ChannelFailed, Event
from bot.incidents.model import Incident
from bot.slack.pages import PAGE, pages
from bot.slack.refusals import CLOSED_TO_US, TROUBLE, Refused, code_of, hint_for, translate
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.look_up import incident_of
from bot.workflows.open_incident import show_on_its_run
from bot.workflows.worker import Finish, Handler

_LONGEST = 80
_TRIES = 5


def names_for(incident: Incident) -> Iterator[str]:
    """Yield the names to try, in order: `inc-7-overloaded`, then with -2, -3 …; lower case, at most 80 characters."""
    slug = re.sub(r"[^a-z0-9]+", "-", (incident.branch or "claude-api").lower()).strip("-")
    base = f"inc-{incident.id}-{slug}"[: _LONGEST - 3].rstrip("-")
    yield base
    yield from (f"{base}-{n}" for n in range(2, _TRIES + 1))


class ChannelMaker:
    """Makes channels; `bot_user_id` is known from the start-up's auth.test."""

    def __init__(self, context: Context, client: AsyncWebClient, bot_user_id: str) -> None:
        self._context = context
        self._client = client
        self._bot_user_id = bot_user_id

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of its kind of job."""
        return {"slack.create_channel": self.create}

    async def create(self, job: Job) -> Finish | None:
        """Create the channel; a refusal that trying again cannot change is written on the timeline."""
        incident = await incident_of(self._context, job)
        asked_by = str(job.payload.get("asked_by") or "")
        lost = incident.channel_id if asked_by else None
        if incident.channel_id is not None and (not asked_by or await self._serves(incident.channel_id)):
            return _told(incident, asked_by) if asked_by else None
        try:
            channel, own = await self._home(incident, job, again=bool(asked_by))
        except TROUBLE as error:
            told = translate(error)
            if not (isinstance(error, SlackApiError) and isinstance(told, Refused)):
                raise told from None
            return _failed(incident, told.code, hint_for(error))
        except _Unfit as unfit:
            return _failed(incident, unfit.user_message, unfit.hint, public=unfit.public)
        created = partial(
            ChannelCreated,
            actor=BOT,
            channel_id=str(channel["id"]),
            name=str(channel["name"]),
            own=own,
            private=bool(channel.get("is_private")),
        )
        recorded = _recording(incident.id, lambda now: created(happened_at=now))

        async def finish(unit: UnitOfWork) -> None:
            if lost is not None:  # its messages are gone with it: in the new one they are posted, not edited
                await unit.deliveries.forget_of_incident(incident.id)
            await recorded(unit)

        return finish

    async def _home(self, incident: Incident, job: Job, *, again: bool) -> tuple[dict[str, Any], bool]:
        """Return the incident's channel, and whether it was made for it.

        Into a channel that was lost nobody moves `again`, nor into one that must not be used; raises _Unfit for that
        one the first time.
        """
        if incident.house is not None and incident.channel_id is None:
            try:
                return await self._existing(incident.house, incident), False
            except _Unfit:
                if not again:
                    raise
        return await self._first_free(incident, job), True

    async def _serves(self, channel_id: str) -> bool:
        """Tell whether the bot can still work in the channel; raises RetryLater or Unclear when Slack does not say."""
        try:
            channel = dict((await self._client.conversations_info(channel=channel_id))["channel"])
        except TROUBLE as error:
            told = translate(error)
            if isinstance(told, Refused) and told.code in CLOSED_TO_US:
                return False
            raise told from None
        return bool(channel.get("is_member")) and not channel.get("is_archived")

    async def _existing(self, channel_id: str, incident: Incident) -> dict[str, Any]:
        """Return the channel that people chose; a public one is joined, into a private one the bot must be invited.

        Raises _Unfit for one in which this incident must not be run.
        """
        channel = dict((await self._client.conversations_info(channel=channel_id))["channel"])
        again = f"`/anth-triage repair {incident.name}` makes one of its own."
        public = not channel.get("is_private")
        if public and incident.private and not incident.unsure:
            raise _Unfit("That channel is public, and the incident is private.", again, public=public)
        if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
            raise _Unfit("That channel is shared with people of another organisation.", again, public=public)
        if public and not channel.get("is_member"):
            await self._client.conversations_join(channel=channel_id)
        return channel

    async def _first_free(self, incident: Incident, job: Job) -> dict[str, Any]:
        taken: SlackApiError | None = None
        for name in names_for(incident):
            try:
                answer = await self._client.conversations_create(name=name, is_private=incident.private)
            except SlackApiError as error:
                if code_of(error) != "name_taken":
                    raise
                if job.attempts > 1 and (ours := await self._made_by_us(name, job, incident)):
                    return ours
                taken = error
                continue
            return dict(answer["channel"])
        assert taken is not None  # noqa: S101 - the loop tried at least one name
        raise taken

    async def _made_by_us(self, name: str, job: Job, incident: Incident) -> dict[str, Any] | None:
        """Return the channel of this name when the bot itself made it since the job's first attempt."""

        async def ask(cursor: str) -> AsyncSlackResponse:
            kind = "private_channel" if incident.private else "public_channel"
            return await self._client.conversations_list(types=kind, limit=PAGE, cursor=cursor, exclude_archived=True)

        try:
            async for page in pages(ask, self._context.clock):
                for channel in page.get("channels") or []:
                    ours = channel.get("creator") == self._bot_user_id
                    if channel.get("name") == name and ours and channel.get("created", 0) >= _second(job):
                        return dict(channel)
        except TROUBLE as error:  # no failure of the channel, which may be there: the job is tried again
            raise translate(error) from None
        return None


class _Unfit(BadInput):
    """In that channel this incident must not be run; `public` says that everybody sees the channel."""

    def __init__(self, message: str, hint: str, *, public: bool) -> None:
        super().__init__(message, hint)
        self.public = public


def _failed(incident: Incident, error: str, hint: str, *, public: bool = False) -> Finish:
    failed = partial(ChannelFailed, actor=BOT, error=error, hint=hint, public=public)
    return _recording(incident.id, lambda now: failed(happened_at=now))


def _recording(incident_id: int, event_at: Callable[[datetime], Event]) -> Finish:
    """Return the finish that records what became of the channel; what is known to be public shows on its run."""

    async def finish(unit: UnitOfWork) -> None:
        incident = await unit.incidents.get(incident_id, lock=True)
        await show_on_its_run(unit, await unit.record(incident, event_at(unit.now)))

    return finish


def _told(incident: Incident, whom: str) -> Finish:
    """Return the finish that tells who asked that the channel still serves."""

    async def finish(unit: UnitOfWork) -> None:
        text = f"The channel of {incident.name}, <#{incident.channel_id}>, still serves: nothing was changed."
        await unit.wish(word_to(whom, text, f"tell:repair:{incident.id}"))

    return finish


def _second(job: Job) -> int:
    return int(job.first_tried_at.timestamp()) - 120  # Slack's clock and ours may differ
