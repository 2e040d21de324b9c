"""The state of the stand-in workspace, with its ids and its message clock; it knows neither HTTP nor sockets."""

import asyncio
import itertools
import secrets
import string
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.playground.workspace.model import Channel, Json, Message, UploadedFile, User, UserGroup, View
from bot.playground.workspace.refusal import NotPossible, Refused

_DIGITS = string.digits
_LETTERS = string.ascii_letters + string.digits


def made_up(length: int, alphabet: str = _LETTERS) -> str:
    """Return random characters for something that must not be guessed."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass
class Trigger:
    """A trigger_id: good once, for three seconds."""

    user: str
    issued_at: float
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an app may answer an interaction: five times within half an hour."""

    user: str
    channel: str
    message: Message | None
    issued_at: float
    uses: int = 0


@dataclass
class State:
    """Everything in the workspace. Whoever changes it calls `touch()`.

    `scopes` are the bot token's, `app_scopes` the app-level token's; `date_skew_s` is added to the `Date` header.
    """

    clock: Clock
    team_id: str = "T0STANDIN1"
    app_id: str = "A0STANDIN1"
    bot_user_id: str = "U0BOT00001"
    bot_id: str = "B0BOT00001"
    scopes: set[str] = field(default_factory=set)
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    date_skew_s: float = 0.0
    origin: str = ""
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, UserGroup] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    uploads: dict[str, UploadedFile] = field(default_factory=dict)
    canvases: dict[str, str] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    scheduled: dict[str, tuple[float, Message]] = field(default_factory=dict)
    noted: list[tuple[Json, Channel | None]] = field(default_factory=list)
    bot_token: str = field(
        default_factory=lambda: f"xoxb-{made_up(12, _DIGITS)}-{made_up(12, _DIGITS)}-StandIn{made_up(17)}"
    )
    app_token: str = field(
        default_factory=lambda: f"xapp-1-A0STANDIN1-{made_up(12, _DIGITS)}-standin{made_up(57).lower()}"
    )
    signing_secret: str = field(default_factory=lambda: made_up(32, "0123456789abcdef"))
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _last_ts: int = 0
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def touch(self) -> None:
        """Tell everybody who waits that something has changed."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def changed(self) -> asyncio.Event:
        """Return the event that the next change sets."""
        return self._changed

    def note(self, event: Json, channel: Channel | None = None) -> None:
        """Remember something that apps may have subscribed to, until somebody delivers it."""
        self.noted.append((event, channel))

    def new_id(self, prefix: str) -> str:
        """Return an id that nothing else has, in Slack's alphabet."""
        return f"{prefix}0{next(self._numbers):08X}"

    def new_ts(self) -> str:
        """Return the ts of the next message: seconds with six decimals, always growing."""
        self._last_ts = max(int(self.clock.now().timestamp() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def seconds(self) -> float:
        """Return the clock's time as Unix seconds."""
        return self.clock.now().timestamp()

    def new_trigger(self, user: str) -> str:
        """Issue a trigger_id for what `user` has just done."""
        trigger_id = f"{next(self._numbers)}.{made_up(12, _DIGITS)}.{made_up(32, '0123456789abcdef')}"
        self.triggers[trigger_id] = Trigger(user, self.seconds())
        return trigger_id

    def new_response_url(self, user: str, channel: str, message: Message | None = None) -> str:
        """Issue an address at which the app may answer what `user` has just done."""
        key = made_up(40)
        self.response_urls[key] = ResponseUrl(user, channel, message, self.seconds())
        return f"{self.origin}/response/{key}"

    def user(self, name_or_id: str) -> User:
        """Return a person by id or name.

        Raises NotPossible when nobody is called that.
        """
        for user in self.users.values():
            if name_or_id in {user.id, user.name} or name_or_id.lower() == user.name:
                return user
        raise NotPossible(f"nobody here is called {name_or_id!r}: {sorted(user.name for user in self.users.values())}")

    def channel(self, name_or_id: str) -> Channel:
        """Return a channel by id, `name` or `#name`.

        Raises NotPossible when there is none.
        """
        for channel in self.channels.values():
            if name_or_id in {channel.id, channel.name, f"#{channel.name}"}:
                return channel
        raise NotPossible(f"no channel {name_or_id!r}: {sorted(channel.name for channel in self.channels.values())}")

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message by channel id and ts, ephemeral ones included."""
        listed = self.channels[channel].message(ts) if channel in self.channels else None
        hidden = (message for message in self.ephemerals if (message.channel, message.ts) == (channel, ts))
        return listed or next(hidden, None)

    def visible(self, channel_id: str) -> Channel:
        """Return a channel as the bot may name it: by id, and by name where it is public.

        Raises Refused(channel_not_found), also for a private channel without the bot.
        """
        named = (
            channel
            for channel in self.channels.values()
            if channel_id in {channel.id, f"#{channel.name}", channel.name}
        )
        channel = next(named, None)
        if channel is None or (channel.private and self.bot_user_id not in channel.members):
            raise Refused("channel_not_found")
        return channel

    def direct(self, user: str) -> Channel:
        """Return the direct conversation between the bot and a person, opening it if need be."""
        for channel in self.channels.values():
            if channel.kind == "im" and user in channel.members:
                return channel
        channel = Channel(self.new_id("D"), "", user, "im", [user, self.bot_user_id], created=int(self.seconds()))
        self.channels[channel.id] = channel
        return channel
