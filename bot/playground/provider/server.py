"""The stand-in provider: its API and its status page on two loopback ports, playing one scenario."""

import asyncio
from dataclasses import replace
from typing import TypedDict, Unpack

from bot.clock import Clock
from bot.playground.provider.api import Api, Keys
from bot.playground.provider.journal import Journal
from bot.playground.provider.key_ring import KeyRing
from bot.playground.provider.listener import LOOPBACK, Listener
from bot.playground.provider.stage import Stage
from bot.playground.provider.status_site import StatusSite
from bot.playground.provider.story import HEALTHY, ApiFault, KeyState, Limits, Page, Scenario, Step
from bot.playground.provider.wording import made_up_key


class Changes(TypedDict, total=False):
    """The conditions that `Provider.set` takes: any field of `Conditions`."""

    models: tuple[str, ...]
    retires_in_days: dict[str, int]
    key: KeyState
    reachable: bool
    latency_s: float
    date_skew_s: float
    limits: Limits
    faults: tuple[ApiFault, ...]
    page: Page


class Provider:
    """A provider that does what its scenario says, by `clock`.

    `latency_scale` multiplies the latencies of scenarios: tests shorten `slow` with it. `calls` is everything that
    was asked, in the order of the answers. `api_key` is made up at every start and accepted unless a scenario says
    otherwise or it was made inactive; `admin_key` opens the Admin API, which manages `keys`. The URLs are known once it
    is started.
    """

    def __init__(self, *, clock: Clock, scenario: Scenario = HEALTHY, latency_scale: float = 1.0) -> None:
        self.api_key = made_up_key()
        self.admin_key = made_up_key("admin01")
        self.keys = KeyRing(clock, self.api_key)
        self.calls = Journal()
        self._clock = clock
        self._stage = Stage(clock, scenario)
        keys = Keys(own=self.api_key, admin=self.admin_key, ring=self.keys)
        self._api = Api(self._stage, clock, keys, self.calls, latency_scale)
        self._status = StatusSite(self._stage, clock, self.calls)
        self._listeners: tuple[Listener, Listener] | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def api_url(self) -> str:
        """Return the base URL of the API, without `/v1`: for ANTHROPIC_BASE_URL."""
        return self._opened[0].url

    @property
    def status_url(self) -> str:
        """Return the origin of the status page: for ANTH_TRIAGE_STATUS_URLS."""
        return self._opened[1].url

    @property
    def scenario(self) -> Scenario:
        """Return the scenario that is played."""
        return self._stage.scenario

    @property
    def step(self) -> Step:
        """Return the step of the scenario that is on."""
        return self._stage.step

    async def start(self, host: str = LOOPBACK, port: int = 0, status_port: int = 0) -> None:
        """Listen on two ports (0: free ones) and begin the scenario. Raises BadSettings for a foreign host."""
        api, status = Listener(self._api, host, port), Listener(self._status, host, status_port)
        self._listeners = api, status
        await api.open()
        await status.open()
        await self.play(self._stage.scenario)

    async def stop(self) -> None:
        """Close both ports and every connection."""
        await self._stop_following()
        for listener in self._listeners or ():
            await listener.close()

    async def play(self, scenario: Scenario) -> None:
        """Begin a scenario now, with the keys of the beginning."""
        await self._stop_following()
        self.keys.restore()
        self._stage.play(scenario)
        await self.settle()
        # The task ends with stop(), which no TaskGroup can span: start and stop are two calls.
        self._following = asyncio.create_task(self._follow())  # lint-skip: create_task — see the line above

    async def set(self, **changes: Unpack[Changes]) -> None:
        """Leave the story and change single conditions, from now until the next `play`."""
        await self._stop_following()
        self._stage.hold(replace(self._stage.step, **changes))
        await self.settle()

    async def settle(self) -> None:
        """Open or close the API's port as this moment wants it; a jump of the clock is settled by this at once."""
        api = self._opened[0]
        if self._stage.step.reachable:
            await api.open()
        else:
            await api.close()

    @property
    def _opened(self) -> tuple[Listener, Listener]:
        if self._listeners is None:
            raise RuntimeError("The provider has not been started.")
        return self._listeners

    async def _follow(self) -> None:
        """Settle at the beginning of each step, also when nobody asks."""
        wait: float | None = 0.0
        while wait is not None:
            await self._clock.sleep(wait)
            # Asked before settling: a step that begins meanwhile is settled in the next round, not missed.
            wait = self._stage.next_step_in_s
            await self.settle()

    async def _stop_following(self) -> None:
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait((following,))
