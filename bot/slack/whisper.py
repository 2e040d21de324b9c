"""The last resort: tells a person that nothing was saved when the database itself is away. Best effort, no record."""

import asyncio

import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.cards.blocks import said
from bot.slack.refusals import UNREACHABLE
from bot.workflows.worker import RetryLater

log = structlog.get_logger()


class Whisper:
    """A short queue of private messages that are sent beside the listeners; full means dropped."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._queue: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue(maxsize=100)

    def say(self, channel_id: str, user_id: str, text: str) -> None:
        """Queue the text; never waits."""
        if self._queue.full():
            log.warning("whisper_dropped", user=user_id)
            return
        self._queue.put_nowait((channel_id, user_id, text))

    async def run(self) -> None:
        """Send what is queued until cancelled."""
        while True:
            channel_id, user_id, text = await self._queue.get()
            try:
                await self._client.chat_postEphemeral(channel=channel_id, user=user_id, **said(text))
            except (SlackClientError, RetryLater, *UNREACHABLE) as error:
                log.warning("whisper_failed", user=user_id, error=type(error).__name__)
