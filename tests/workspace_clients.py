"""Clients of the stand-in workspace: a small Bolt bot, the SDK's web client and a bare socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SystemClock
from bot.playground.workspace import Workspace

Json = dict[str, Any]

BUTTON: Json = {
    "type": "button",
    "action_id": "open",
    "text": {"type": "plain_text", "text": "Open"},
    "value": "INC-1",
}

CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Claude does not answer."}},
    {"type": "actions", "elements": [BUTTON]},
]

FORM: Json = {
    "type": "modal",
    "callback_id": "report",
    "title": {"type": "plain_text", "text": "Report"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "what",
            "label": {"type": "plain_text", "text": "What happens?"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "who",
            "optional": True,
            "label": {"type": "plain_text", "text": "Who leads?"},
            "element": {"type": "users_select", "action_id": "lead"},
        },
    ],
}


class Bot:
    """A small bot: a command that posts a card, a button that opens a form, a form that posts its answer."""

    def __init__(self, workspace: Workspace) -> None:
        self.app = AsyncApp(client=web_client(workspace), process_before_response=True)
        self.handler = AsyncSocketModeHandler(self.app, workspace.app_token, ping_interval=0.2)
        self.events: list[Json] = []
        self.actions: list[Json] = []
        self.answer: Json = {}
        self.app.command("/anth-triage")(self.command)
        self.app.action("open")(self.open)
        self.app.action("choose")(self.choose)
        self.app.view("report")(self.report)
        self.app.view_closed("report")(self.closed)
        self.app.shortcut("open_incident")(self.open)
        for kind in ("message", "app_mention", "app_home_opened", "reaction_added", "reaction_removed", "pin_added"):
            self.app.event(kind)(self.heard)

    async def command(self, ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        """Post a card and answer privately."""
        await client.chat_postMessage(channel=command["channel_id"], text="A card", blocks=CARD)
        await ack(f"Looking at {command['text']}")

    async def open(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        """Open the form."""
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)
        await ack()

    async def choose(self, ack: AsyncAck, body: Json) -> None:
        """Remember what was pressed or chosen."""
        self.actions.append(body)
        await ack()

    async def report(self, ack: AsyncAck, view: Json) -> None:
        """Remember the form and answer as told."""
        self.actions.append(view)
        await ack(**self.answer)

    async def closed(self, ack: AsyncAck, view: Json) -> None:
        """Remember the closed form."""
        self.actions.append(view)
        await ack()

    async def heard(self, event: Json) -> None:
        """Remember an event."""
        self.events.append(event)


@asynccontextmanager
async def connected(workspace: Workspace) -> AsyncIterator[Bot]:
    """Connect a bot by Socket Mode, and take it away again."""
    bot = Bot(workspace)
    await bot.handler.client.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    try:
        yield bot
    finally:
        await bot.handler.client.close()  # type: ignore[no-untyped-call]  # the same
        await asyncio.gather(bot.handler.client.message_processor, return_exceptions=True)


@asynccontextmanager
async def running(workspace: Workspace | None = None) -> AsyncIterator[Workspace]:
    """Run a workspace on a free port."""
    workspace = workspace or Workspace(clock=SystemClock())
    await workspace.start()
    try:
        yield workspace
    finally:
        await workspace.stop()


def web_client(workspace: Workspace, token: str | None = None) -> AsyncWebClient:
    """Return the SDK's client, which never tries again by itself."""
    return AsyncWebClient(token=token or workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])


async def refusal(call: Awaitable[object]) -> str:
    """Return the error name with which a call is refused."""
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


class BareSocket:
    """One Socket Mode connection without a client library: nothing happens unless the test says so."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self.socket = socket

    async def next(self) -> Json:
        """Return the next frame."""
        frame: Json = await self.socket.receive_json(timeout=5)
        return frame

    async def acknowledge(self, envelope: Json, payload: Json | None = None) -> None:
        """Acknowledge an envelope."""
        await self.socket.send_json(
            {"envelope_id": envelope["envelope_id"], **({"payload": payload} if payload else {})}
        )

    async def close(self) -> None:
        """Close the connection."""
        await self.socket.close()
        await self._session.close()


async def bare_socket(workspace: Workspace) -> BareSocket:
    """Connect, and read the hello."""
    opened = await web_client(workspace).apps_connections_open(app_token=workspace.app_token)
    session = aiohttp.ClientSession()
    socket = await session.ws_connect(str(opened["url"]))
    assert "hello" == (await socket.receive_json())["type"]
    return BareSocket(session, socket)
