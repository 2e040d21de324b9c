"""Asks Slack on behalf of the doctor's checks: each question once, under a limit, its refusals in our own words."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.app.doctor.finding import Asked, NotLooked
from bot.clock import Clock
from bot.settings import Examined
from bot.slack.client import OutgoingClient
from bot.slack.refusals import UNREACHABLE, code_of

LIMIT_S: Final = 2.5
_WORD: Final = re.compile(r"[a-z_]{1,60}")
_APP: Final = re.compile(r"xapp-\d-(?P<id>A[A-Z0-9]{2,20})-")
_PROXY: Final = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)
_TLS: Final = (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack answered, between which moments (UTC)."""

    data: Mapping[str, Any]
    headers: Mapping[str, str]
    asked: datetime
    came: datetime


class SlackRefused(NotLooked):
    """Slack answered with an error; `code` is its name."""

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(f"Slack says {code}")
        self.code = code
        self.needed = needed


class SlackAway(NotLooked):
    """Slack gave no answer that can be read; `mend` is what to look at."""

    def __init__(self, why: str, mend: str) -> None:
        super().__init__(why)
        self.mend = mend


class SlackLine:
    """The line to Slack, inside `async with`."""

    def __init__(self, found: Examined, clock: Clock) -> None:
        self._found = found
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._who = Asked(lambda: self.call("auth.test"))

    async def __aenter__(self) -> Self:
        """Set the client up."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LIMIT_S))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self._who.forget()
        if self._session is not None:
            await self._session.close()

    async def who(self) -> Answer:
        """Return whose the bot token is; raises NotLooked."""
        return await self._who.get()

    async def scopes(self) -> frozenset[str]:
        """Return what the bot token may do; raises NotLooked, also when Slack does not say."""
        told = (await self.who()).headers.get("x-oauth-scopes", "")
        found = frozenset(filter(None, map(str.strip, told.split(","))))
        if not found:
            raise NotLooked("Slack does not say which scopes the token has")
        return found

    async def call(self, method: str, *, as_app: bool = False, **arguments: str | int) -> Answer:
        """Return the answer of a method that only reads; raises SlackRefused, SlackAway or NotLooked."""
        name = "SLACK_APP_TOKEN" if as_app else "SLACK_BOT_TOKEN"
        settings = self._found.settings
        token = settings.slack_app_token if as_app else settings.slack_bot_token
        if self._found.spoils(name, "SLACK_API_URL"):
            raise NotLooked(f"{self._found.spoils(name, 'SLACK_API_URL')} cannot be used as it is")
        if token is None:
            raise NotLooked(f"{name} is not set")
        client = OutgoingClient(
            token.get_secret_value(), base_url=settings.slack_api_url, session=self._session, retry_handlers=[]
        )
        asked = self._clock.now()
        try:
            async with asyncio.timeout(LIMIT_S):
                answer = await client.api_call(method, http_verb="GET" if arguments else "POST", params=arguments)
        except SlackApiError as error:
            code = code_of(error)
            needed = str(error.response.get("needed") or "") if code == "missing_scope" else ""
            raise SlackRefused(code if _WORD.fullmatch(code) else "an unknown error", _scopes_of(needed)) from None
        except UNREACHABLE as error:
            raise _away(error) from None
        data = answer.data if isinstance(answer.data, dict) else {}
        return Answer(data, {str(k).lower(): str(v) for k, v in answer.headers.items()}, asked, self._clock.now())

    def page(self, name: str) -> str:
        """Return the address of a page of the app's settings, of its list where nobody knows which app it is."""
        token = self._found.settings.slack_app_token
        app = _APP.match(token.get_secret_value()) if token else None
        return f"https://api.slack.com/apps/{app['id']}/{name}" if app else f"https://api.slack.com/apps ({name})"


def _scopes_of(needed: str) -> str:
    return needed if re.fullmatch(r"[a-z_:., ]{0,120}", needed) else ""


def _away(error: BaseException) -> SlackAway:
    if isinstance(error, _PROXY):
        return SlackAway("the proxy on the way to Slack does not let it through", "HTTPS_PROXY or HTTP_PROXY")
    if isinstance(error, _TLS):
        why = "something between opens the encrypted line to Slack: its certificate is none that this machine trusts"
        return SlackAway(why, "give its certificate in SSL_CERT_FILE, or let slack.com through unopened")
    if isinstance(error, aiohttp.ClientPayloadError):
        return SlackAway("what answers in Slack's place is not Slack", "SLACK_API_URL, and what proxy stands between")
    if isinstance(error, TimeoutError):
        return SlackAway(f"Slack does not answer within {LIMIT_S:g} s", "the network, a firewall, SLACK_API_URL")
    return SlackAway("Slack cannot be reached", "the network, the resolver, SLACK_API_URL")
