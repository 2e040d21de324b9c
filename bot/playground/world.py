"""The whole stand-in world: workspace, provider and one steered clock, on loopback and in one process."""

import asyncio
import json
import math
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from aiohttp import web

from bot.clock import SteeredClock
from bot.playground.provider import Provider, Scenario
from bot.playground.provider.listener import LOOPBACK, Listener, require_loopback
from bot.playground.scenario import scenario_named
from bot.playground.workspace import Workspace

MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5")
"""The models that the bot is told to use: two, so that one model's trouble can be told from the API's."""

_CLOCK_PATIENCE_S = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the world listens; 0 takes a free port."""

    workspace: int = 0
    api: int = 0
    status: int = 0
    control: int = 0


class World:
    """A workspace and a provider around one clock, running inside `async with`.

    `scenario` is a name or a story; `scopes` are what the bot's token may do (None: all it asks for), `events` what it
    subscribes to.
    `latency_scale` multiplies the latencies of the scenario; `clock_patience_s` is how long `GET /clock` may wait.
    `with_admin_key` puts `admin_key`, which opens the Admin API, into the bot's environment.
    Raises BadSettings for a host that is not loopback, BadInput for an unknown scenario.
    """

    def __init__(
        self,
        scenario: str | Scenario = "healthy",
        scopes: frozenset[str] | None = None,
        *,
        events: frozenset[str] = frozenset(),
        host: str = LOOPBACK,
        ports: Ports | None = None,
        latency_scale: float = 1.0,
        clock_patience_s: float = _CLOCK_PATIENCE_S,
        with_admin_key: bool = False,
    ) -> None:
        require_loopback(host)
        story = scenario_named(scenario) if isinstance(scenario, str) else scenario
        self.clock = SteeredClock()
        self.workspace = Workspace(clock=self.clock, scopes=scopes, events=events)
        self.provider = Provider(clock=self.clock, scenario=story, latency_scale=latency_scale)
        self._host, self._ports = host, ports or Ports()
        self._control = Listener(self._tell, host, self._ports.control)
        self.admin_key = self.provider.admin_key
        self._with_admin_key = with_admin_key
        self._patience_s = clock_patience_s
        self._jumped = asyncio.Event()
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start everything; what has started stops again if the rest cannot."""
        async with AsyncExitStack() as starting:
            starting.push_async_callback(self.workspace.stop)
            await self.workspace.start(self._host, self._ports.workspace)
            starting.push_async_callback(self.provider.stop)
            await self.provider.start(self._host, self._ports.api, self._ports.status)
            starting.push_async_callback(self._control.close)
            await self._control.open()
            self._running = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop everything, waiting clocks first."""
        await self._running.aclose()

    @property
    def clock_url(self) -> str:
        """Return the URL from which the bot takes its clock."""
        return f"{self._control.url}/clock"

    async def jump(self, seconds: float) -> None:
        """Move the world's clock on: sleepers wake, the scenario follows, the bot is told."""
        self.clock.move_to(self.clock.offset + timedelta(seconds=seconds))
        jumped, self._jumped = self._jumped, asyncio.Event()
        jumped.set()
        await self.provider.settle()

    async def play(self, scenario: str | Scenario) -> None:
        """Begin another scenario now. Raises BadInput for an unknown name."""
        story = await asyncio.to_thread(scenario_named, scenario) if isinstance(scenario, str) else scenario
        await self.provider.play(story)

    def environment(self) -> dict[str, str]:
        """Return the environment in which the ordinary bot lives in this world."""
        admin = {"ANTHROPIC_ADMIN_KEY": self.admin_key} if self._with_admin_key else {}
        return admin | {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.workspace.api_url,
            "ANTHROPIC_API_KEY": self.provider.api_key,
            "ANTHROPIC_BASE_URL": self.provider.api_url,
            "ANTH_TRIAGE_STATUS_URLS": self.provider.status_url,
            "ANTH_TRIAGE_MODELS": ",".join(MODELS),
        }

    async def _tell(self, request: web.BaseRequest) -> web.Response:
        """Answer `GET /clock?seen=OFFSET` with the offset in seconds: at once if it is new, else when it changes."""
        if (request.method, request.path) != ("GET", "/clock"):
            return web.Response(status=404)
        try:
            seen = float(request.query["seen"]) if "seen" in request.query else None
        except ValueError:
            seen = math.nan
        if seen is not None and not math.isfinite(seen):
            return web.Response(status=400, text="seen: not a number of seconds")
        if seen == self._offset_s:
            await self._wait_for_jump()
        return web.Response(text=json.dumps({"offset_s": self._offset_s}), content_type="application/json")

    @property
    def _offset_s(self) -> float:
        return self.clock.offset.total_seconds()

    async def _wait_for_jump(self) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._jumped.wait()
        except TimeoutError:
            return
