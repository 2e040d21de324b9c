"""The stand-in workspace as a whole: its secrets, its server and its people."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Literal

from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.playground.faults import Faults
from bot.playground.recorder import Recorder
from bot.playground.workspace.delivery import Deliveries
from bot.playground.workspace.errands import Errands
from bot.playground.workspace.gate import Gate
from bot.playground.workspace.hub import Hub
from bot.playground.workspace.methods import catalogue
from bot.playground.workspace.model import Channel, User
from bot.playground.workspace.people import People
from bot.playground.workspace.population import GUEST, LEAD, RESPONDER, populate
from bot.playground.workspace.rates import Rates
from bot.playground.workspace.signed_http import SignedHttp
from bot.playground.workspace.state import State
from bot.playground.workspace.web import Web, check_loopback, listen


class Workspace(People):
    """A Slack workspace on loopback, with one app installed: the bot.

    `scopes` and `events` are what the app was granted and has subscribed to (None: all that the stand-in knows; events
    as in the manifest, such as `message.channels`). `delivery` is how the bot hears of things: by Socket Mode, or by
    signed posts to `request_url`. All times are the `clock`'s, except that acknowledgements are awaited for three real
    seconds and that HTTP signatures carry the machine's time, which Slack's own verifier compares them with.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        scopes: Collection[str] | None = None,
        events: Collection[str] | None = None,
        delivery: Literal["socket", "http"] = "socket",
        request_url: str | None = None,
        rate_limits: bool = True,
    ) -> None:
        known = catalogue()
        state = State(clock, scopes=set(known.scopes if scopes is None else scopes))
        populate(state)
        self.hub = Hub(state, clock)
        self.http = SignedHttp(state, SystemClock(), request_url or "")
        self.faults = Faults()
        self.recorder = Recorder(clock)
        self._errands = Errands()
        carrier = self.http if delivery == "http" else self.hub
        wanted = known.events if events is None else events
        super().__init__(state, Deliveries(state, clock, known, carrier, self._errands, wanted))
        gate = Gate(state, known, Rates(state.seconds) if rate_limits else None)
        self._web = Web(state, clock, gate, self.hub, self.deliveries, self._errands, self.faults, self.recorder)
        self._more: tuple[web.RouteDef, ...] = ()
        self._close: Callable[[], Awaitable[None]] | None = None

    def serve_also(self, routes: Iterable[web.RouteDef]) -> None:
        """Serve a page at the workspace's own address, so that its links lead there; to be said before the start."""
        self._more = tuple(routes)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; with port 0 on a free one.

        Raises BadSettings for an address that other machines can reach.
        """
        check_loopback(host)
        self._close, bound = await listen(self._web.application(self._more), host, port)
        self.state.origin = f"http://{f'[{host}]' if ':' in host else host}:{bound}"

    async def stop(self) -> None:
        """Close all sockets, forget redeliveries and stop listening.

        Raises ExceptionGroup when a redelivery or a late call failed unexpectedly.
        """
        self._errands.release()
        await self.hub.stop()
        if self._close is not None:
            await self._close()
        await self._errands.stop()

    @property
    def url(self) -> str:
        """Return the origin of the server."""
        return self.state.origin

    @property
    def api_url(self) -> str:
        """Return what SLACK_API_URL must be."""
        return f"{self.state.origin}/api/"

    @property
    def bot_token(self) -> str:
        """Return the made-up bot token."""
        return self.state.bot_token

    @property
    def app_token(self) -> str:
        """Return the made-up app-level token."""
        return self.state.app_token

    @property
    def signing_secret(self) -> str:
        """Return the made-up signing secret."""
        return self.state.signing_secret

    @property
    def team_id(self) -> str:
        """Return the workspace's id."""
        return self.state.team_id

    @property
    def app_id(self) -> str:
        """Return the app's id."""
        return self.state.app_id

    @property
    def bot_user_id(self) -> str:
        """Return the bot's user id."""
        return self.state.bot_user_id

    @property
    def lead(self) -> str:
        """Return Lena's id."""
        return LEAD

    @property
    def responder(self) -> str:
        """Return Ravi's id."""
        return RESPONDER

    @property
    def guest(self) -> str:
        """Return the id of Gus, who is a guest."""
        return GUEST

    def add_person(self, name: str, *, restricted: bool = False, deleted: bool = False) -> User:
        """Let somebody else join the workspace; they are in no channel yet."""
        user = User(self.state.new_id("U"), name.lower(), name, f"{name.lower()}@stand-in.example")
        user.is_restricted, user.deleted = restricted, deleted
        self.state.users[user.id] = user
        return user

    def add_channel(
        self, name: str, members: Collection[str], *, private: bool = False, with_bot: bool = True
    ) -> Channel:
        """Add a channel made by people."""
        ids = [self.state.user(member).id for member in members] + ([self.bot_user_id] if with_bot else [])
        channel = Channel(self.state.new_id("C"), name, ids[0], "group" if private else "channel", ids)
        self.state.channels[channel.id] = channel
        self.state.touch()
        return channel
