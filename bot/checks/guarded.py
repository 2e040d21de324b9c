"""One guarded request: whatever happens to it comes back as an exchange, never as an exception.

What it holds: no redirect is followed, no cookie is kept, a time limit covers each request as a whole, and no answer
can make it read or unpack more than 1 MiB.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Final, Protocol, Self, cast

import httpx

from bot.checks.body import Body, UnreadableBody
from bot.checks.exchange import Exchange
from bot.checks.failure import name_failure
from bot.checks.trust import trusted
from bot.clock import Clock
from bot.transaction import refuse_inside_transaction

_CONNECT_S: Final = 5.0  # seconds, as the vendor's SDK
_KEPT: Final = frozenset(
    {
        *(
            "cf-mitigated",
            "cf-ray",
            "content-type",
            "date",
            "location",
            "retry-after",
            "retry-after-ms",
            "server",
            "via",
        ),
        *("request-id", "x-amzn-requestid", "x-should-retry", "anthropic-workspace-id"),
    }
)
_KEPT_PREFIXES: Final = ("anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-")
_CONNECTED: Final = "connection.connect_tcp.complete"
_MOST_HEADERS: Final = 60
_HEADER_SHOWN: Final = 200
# The libraries log whole addresses, and at DEBUG every header that comes back: a server could make them log the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
_FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)


class Guarded:
    """An HTTP client inside `async with`, with `connections` at a time at most.

    Each request has a connection of its own: it proves the whole path, and a kept connection that the other side
    closed meanwhile can never look like a failure. Proxies of the environment are used for https only, so that
    what is meant for this machine never leaves it. `tls` is what this machine trusts.
    """

    def __init__(self, user_agent: str, clock: Clock, connections: int) -> None:
        self.tls: ssl.SSLContext | None = None
        self._user_agent = user_agent
        self._clock = clock
        self._connections = connections
        self._http: httpx.AsyncClient | None = None
        self._broken: str | None = None

    async def __aenter__(self) -> Self:
        """Set the client up; certificates may have to be read from the disk, hence the thread."""
        try:
            self.tls = await asyncio.to_thread(trusted)
            self._http = _library(self._user_agent, self.tls, self._connections)
        except (*_FAILURES, ImportError) as error:
            # A bad proxy or certificate file in the environment is a finding like any other.
            self._broken = f"ClientSetupError: {name_failure(error)}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.aclose()

    async def ask(self, url: str, until: float, headers: dict[str, str], content: bytes | None = None) -> Exchange:
        """Send a POST if there is content, else a GET; `until` is a moment of the event loop's clock."""
        refuse_inside_transaction("a request to the provider")
        asked = _Asked(self._clock)
        if self._http is None:
            return asked.exchange(exception=self._broken)
        try:
            async with aclosing(asked), asyncio.timeout_at(until):
                return await asked.send(self._http, url, headers, content)
        except TimeoutError:
            return asked.exchange(exception=asked.time_is_up(), cut=True)
        except _FAILURES as error:
            return asked.exchange(exception=name_failure(error))


class _Closable(Protocol):
    async def aclose(self) -> None: ...


class _Asked:
    """One request under way: what has come back so far survives whatever ends it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = clock.now()
        self._sent = clock.monotonic()
        self._phase = ""
        self._left = False
        self._connection: _Closable | None = None
        self._response: httpx.Response | None = None
        self._body: Body | None = None

    async def send(self, http: httpx.AsyncClient, url: str, headers: dict[str, str], content: bytes | None) -> Exchange:
        """Send it and read the answer. Raises what httpx raises."""
        method = "GET" if content is None else "POST"
        extensions = {"trace": self._trace}
        async with http.stream(method, url, headers=headers, content=content, extensions=extensions) as response:
            self._response = response
            try:
                await self._read(response)
            except UnreadableBody as reason:
                return self.exchange(trouble=str(reason))
        return self.exchange()

    async def _read(self, response: httpx.Response) -> None:
        self._body = Body(response.headers.get("content-encoding", "").strip().lower())
        async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as chunks:
            async for chunk in chunks:
                self._body.feed(self._elapsed(), chunk)
                # Else thousands of tiny chunks hold the loop, and no deadline strikes.
                await asyncio.sleep(0)  # lint-skip: clock - lets others run, waits for nothing

    async def aclose(self) -> None:
        """Close the connection: the library forgets one whose TLS handshake is cut short."""
        if self._connection is not None:
            await self._connection.aclose()

    async def _trace(self, event: str, info: Mapping[str, object]) -> None:
        self._phase = event
        self._left = self._left or not event.startswith("connection.")
        if event == _CONNECTED:
            self._connection = cast("_Closable", info["return_value"])

    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._sent

    def time_is_up(self) -> str:
        """Name the phase in which the time limit struck, in the words of the library's own timeouts."""
        waited = f"{self._elapsed():.1f} s"
        if not self._phase or self._phase.startswith("connection."):
            return f"ConnectTimeout: no connection within {waited}"
        return f"ReadTimeout: no complete answer within {waited}"

    def exchange(self, *, exception: str | None = None, trouble: str | None = None, cut: bool = False) -> Exchange:
        """Return what there is."""
        return Exchange(
            at=self._at,
            latency_s=self._elapsed(),
            status=self._response.status_code if self._response else None,
            headers=_kept(self._response.headers) if self._response else {},
            pieces=self._body.pieces if self._body else (),
            exception=exception,
            trouble=trouble,
            cut=cut,
            sent=self._left,
        )


def _library(user_agent: str, tls: ssl.SSLContext, connections: int) -> httpx.AsyncClient:
    """Return the HTTP library's client, told to do nothing on its own."""
    return httpx.AsyncClient(
        verify=tls,
        follow_redirects=False,
        trust_env=True,
        mounts={"http://": None},
        timeout=httpx.Timeout(None, connect=_CONNECT_S),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=0),
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": user_agent, "accept": "*/*", "accept-encoding": "identity"},
    )


def _kept(headers: httpx.Headers) -> dict[str, str]:
    """Return the headers that say something about a failure; cookies and the like are nobody's business."""
    kept = [
        (name, value[:_HEADER_SHOWN])
        for name, value in headers.items()
        if name in _KEPT or name.startswith(_KEPT_PREFIXES)
    ]
    return dict(kept[:_MOST_HEADERS])
