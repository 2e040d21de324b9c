"""How Slack reaches the bot: two Socket Mode connections, so that a reconnect of one is never a gap."""

import asyncio

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

log = structlog.get_logger()
CONNECTIONS = 2
PING_S = 5.0
_TASKS = ("message_receiver", "message_processor", "current_session_monitor")


class SocketMode:
    """Keeps the connections open; `is_connected` while at least one is."""

    def __init__(self, app: AsyncApp, app_token: str) -> None:
        self._handlers = [AsyncSocketModeHandler(app, app_token, ping_interval=PING_S) for _ in range(CONNECTIONS)]

    async def connect(self) -> None:
        """Open every connection; the tokens were checked before, for the client would try a bad one for ever."""
        await asyncio.gather(*(handler.connect_async() for handler in self._handlers))  # type: ignore[no-untyped-call] # Bolt's
        log.info("socket_mode_connected", connections=len(self._handlers))

    async def is_connected(self) -> bool:
        """Return whether Slack can reach the bot."""
        states = [await handler.client.is_connected() for handler in self._handlers]
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
        """Close every connection."""
        await asyncio.gather(*(handler.close_async() for handler in self._handlers))  # type: ignore[no-untyped-call] # Bolt's
