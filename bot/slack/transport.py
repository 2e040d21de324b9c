"""How Slack reaches the bot: two Socket Mode connections, so that a reconnect of one is never a gap."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.metrics import RECONNECTIONS, SOCKETS

log = structlog.get_logger()
CONNECTIONS = 2
PING_S = 5.0
_GREETING = 1000  # characters
_LAST_S = 2.5  # a listener ends sooner
_TASKS = ("message_receiver", "message_processor", "current_session_monitor")


def _is_hello(text: str) -> bool:
    """Tell whether Slack greets: a short message, so that longer ones are not parsed twice."""
    return len(text) < _GREETING and '"hello"' in text and json.loads(text).get("type") == "hello"


class SocketMode:
    """Keeps the connections open; `is_connected` while at least one is."""

    def __init__(self, app: AsyncApp, app_token: str, on_hello: Callable[[], None]) -> None:
        """Prepare the connections; `on_hello` is called each time that Slack greets on one of them."""
        self._handlers = [AsyncSocketModeHandler(app, app_token, ping_interval=PING_S) for _ in range(CONNECTIONS)]
        self._closing = False
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()

        greetings = 0

        async def hear(message: aiohttp.WSMessage) -> None:
            nonlocal greetings
            if _is_hello(message.data):
                greetings += 1
                RECONNECTIONS.inc(greetings > CONNECTIONS)
                on_hello()

        for handler in self._handlers:
            handler.client.on_message_listeners.append(hear)
            handler.client.socket_mode_request_listeners[:] = [partial(self._handle, handler)]

    async def _handle(
        self, handler: AsyncSocketModeHandler, client: SocketModeClient, request: SocketModeRequest
    ) -> None:
        """Deal with what came; an answer that no longer gets out is no error: Slack brings the same again."""
        if self._closing:
            return  # not acknowledged, so it comes again
        self._in_hand += 1
        self._idle.clear()
        try:
            await handler.handle(client, request)
        except (aiohttp.ClientError, OSError):
            log.warning("answer_not_sent", kind=request.type)
        finally:
            self._in_hand -= 1
            if not self._in_hand:
                self._idle.set()

    async def connect(self) -> None:
        """Open every connection; the tokens were checked before, for the client would try a bad one for ever."""
        await asyncio.gather(*(handler.connect_async() for handler in self._handlers))  # type: ignore[no-untyped-call] # Bolt's
        log.info("socket_mode_connected", connections=len(self._handlers))

    async def is_connected(self) -> bool:
        """Return whether Slack can reach the bot."""
        states = [await handler.client.is_connected() for handler in self._handlers]
        SOCKETS.set(sum(states))
        return any(states)

    def ended(self) -> list[str]:
        """Return which of the client's own tasks are no more: Slack would seem to be connected, and nothing come of it.

        They are replaced at each reconnect, and there are none before the first connection.
        """
        return [
            f"socket {number} {name}"
            for number, handler in enumerate(self._handlers, 1)
            for name in _TASKS
            if (task := getattr(handler.client, name)) is not None and task.done()
        ]

    async def close(self) -> None:
        """Take nothing new, let what is in hand end, then close every connection."""
        self._closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                await self._idle.wait()
        await asyncio.gather(*(handler.close_async() for handler in self._handlers))  # type: ignore[no-untyped-call] # Bolt's
