"""Every write to Slack passes here: redacted, without the client's own retries, its refusals translated."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock
from bot.slack.client import OutgoingClient
from bot.slack.pages import PAGE, pages
from bot.slack.refusals import NOT_READABLE, TROUBLE, code_of, hint_for, translate

OUTBOX = "anth_outbox"
"""The type of metadata that tells our own messages."""
SETTLED_S = 45.0  # later than the latest moment at which Slack was seen to carry out a call whose answer was lost
_EARLIER = timedelta(minutes=2)  # Slack's clock and ours may differ
_LARGE = frozenset({"conversations.canvases.create", "canvases.edit"})
"""Calls that may carry a megabyte."""
log = structlog.get_logger()


class Slack:
    """The Web API as the deliverer uses it."""

    def __init__(self, client: OutgoingClient, redact_data: Callable[[Any], Any], clock: Clock) -> None:
        self._client = client
        self._redact_data = redact_data
        self._clock = clock

    async def call(self, method: str, *, passes: frozenset[str] = frozenset(), **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - Slack's arguments
        """Call the method and return its answer; an error named in `passes` is an answer too.

        Raises RetryLater, Refused, or Unclear when it may have been done all the same.
        """
        large = method in _LARGE
        told = await asyncio.to_thread(self._redact_data, arguments) if large else self._redact_data(arguments)
        try:
            answer = await self._client.api_call(method, json=told)
        except TROUBLE as error:
            if code_of(error) in passes:
                return {"ok": False, "error": code_of(error)}
            raise translate(error) from None
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def post(self, channel: str, uuid: str, **message: Any) -> tuple[str, str]:  # noqa: ANN401 - a message's parts
        """Post a message that carries the job's uuid and return where it stands: channel and ts."""
        metadata = {"event_type": OUTBOX, "event_payload": {"k": uuid}}
        message |= {"metadata": metadata, "unfurl_links": False, "unfurl_media": False}
        answer = await self.call("chat.postMessage", channel=channel, **message)
        return str(answer["channel"]), str(answer["ts"])

    async def find(self, channel: str, uuid: str, since: datetime) -> tuple[str, str] | None:
        """Return where the message with this uuid stands (channel, ts), if an earlier attempt got through after all.

        `channel` may be a person: their direct messages with the bot are looked through.
        """
        if channel.startswith(("U", "W")):
            opened = await self.call("conversations.open", passes=NOT_READABLE, users=channel)
            channel = str((opened.get("channel") or {}).get("id") or "")
        if not channel:
            return None
        found = await self.copies(channel, uuid, since)
        return (channel, found[0]) if found else None

    async def said(self, channel: str, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Yield the channel's messages since then, the newest first and without replies; none where it may not read."""
        async for message in self._history(channel, since):
            yield message

    async def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Return a message and the replies under it; nothing where it is gone or the bot may not read."""

        async def ask(cursor: str) -> AsyncSlackResponse:
            return await self._client.conversations_replies(channel=channel, ts=ts, limit=PAGE, cursor=cursor or None)

        try:
            return [one async for page in pages(ask, self._clock) for one in page.get("messages") or []]
        except TROUBLE as error:
            if code_of(error) in NOT_READABLE | {"thread_not_found"}:
                return []
            raise translate(error) from None

    async def is_shared(self, channel: str) -> bool:
        """Tell whether people of another organisation read along in the channel, or are invited to."""
        try:
            found = dict((await self._client.conversations_info(channel=channel))["channel"])
        except TROUBLE as error:
            raise translate(error) from None
        return bool(found.get("is_ext_shared") or found.get("is_pending_ext_shared"))

    async def permalink(self, channel: str, ts: str) -> str | None:
        """Return the address of a message; None when Slack has none for us."""
        passes = NOT_READABLE | {"message_not_found"}
        answer = await self.call("chat.getPermalink", passes=passes, channel=channel, message_ts=ts)
        return str(answer["permalink"]) if answer.get("permalink") else None

    async def copies(self, channel: str, uuid: str, since: datetime) -> list[str]:
        """Return the ts of every message with this uuid that stands in the channel."""
        wanted = {"event_type": OUTBOX, "event_payload": {"k": uuid}}
        return [str(one["ts"]) async for one in self._history(channel, since) if one.get("metadata") == wanted]

    async def find_file(self, channel: str, name: str, since: datetime, besides: Collection[str]) -> str | None:
        """Return the id of a file with this name that was shared in the channel since then, but none of `besides`."""
        async for file in self._files(channel, since):
            if file.get("name") == name and file["id"] not in besides:
                return str(file["id"])
        return None

    async def file_link(self, channel: str, file_id: str, since: datetime) -> str | None:
        """Return the address of a file that was shared in the channel since then; None while it is not to be seen."""
        async for file in self._files(channel, since):
            if file["id"] == file_id:
                return str(file.get("permalink") or "") or None
        return None

    async def upload(self, channel: str, files: Sequence[tuple[str, bytes]], comment: str) -> str:
        """Share files (name, content) in one message of the channel; return the id of the first.

        Until the last step nobody sees any of them.
        """
        shared: list[dict[str, str | None]] = []
        try:
            for name, content in files:
                data = await asyncio.to_thread(self._redacted, content)  # of a long one that takes a second
                place = await self._client.files_getUploadURLExternal(filename=name, length=len(data))
                await self._client.send_file(str(place["upload_url"]), data)
                shared.append({"id": str(place["file_id"]), "title": name})
            await self._client.files_completeUploadExternal(
                files=shared, channel_id=channel, initial_comment=self._redact_data(comment)
            )
        except TROUBLE as error:
            raise translate(error) from None
        return str(shared[0]["id"])

    def _redacted(self, content: bytes) -> bytes:
        """Return the content of a file without secrets; one that is no text was made of what had none."""
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return content
        return str(self._redact_data(text)).encode()

    async def _files(self, channel: str, since: datetime) -> AsyncIterator[dict[str, Any]]:
        async for message in self._history(channel, since):
            for file in message.get("files") or []:
                yield file

    async def _history(self, channel: str, since: datetime) -> AsyncIterator[dict[str, Any]]:
        """Yield the channel's messages since then; none where the bot may not read: then a post may come twice."""
        oldest = f"{(since - _EARLIER).timestamp():.6f}"

        async def ask(cursor: str) -> AsyncSlackResponse:
            return await self._client.conversations_history(
                channel=channel, oldest=oldest, limit=PAGE, include_all_metadata=True, cursor=cursor or None
            )

        began = False
        try:
            async for page in pages(ask, self._clock):
                began = True
                for message in page.get("messages") or []:
                    yield message
        except TROUBLE as error:
            if began or code_of(error) not in NOT_READABLE:  # half of what stands there is not what stands there
                raise translate(error) from None
            if isinstance(error, SlackApiError) and code_of(error) == "missing_scope":
                log.warning("history_not_readable", hint=f"a message may come twice here: {hint_for(error)}")
