"""Is there a way to the provider's host? Name, connection and TLS, each timed on its own."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, TypeVar

import httpx

from bot.checks.base import Attempt, Flaw, Raw, Terms, report
from bot.checks.client import Client
from bot.checks.exchange import Exchange, observe
from bot.checks.failure import name_failure
from bot.checks.proxy import proxy_for
from bot.checks.shared import Shared
from bot.checks.target import Target
from bot.rules.evidence import Evidence

_STEP_S: Final = 5.0
_ADDRESS_S: Final = 1.2  # four of them fit into one step
_MOST_ADDRESSES: Final = 4
_DNS, _TCP, _TLS = "dns", "tcp", "tls"
_BRANCHES: Final = {_DNS: "network.dns", _TLS: "network.tls"}
_WORDS: Final = {_DNS: "name found", _TCP: "connected", _TLS: "TLS agreed"}

T = TypeVar("T")
Address = tuple[str, int]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Network:
    """Looks the host up, connects to it and agrees on TLS, without sending anything.

    - Says which of the three fails: resolver, firewall or certificate.
    - Behind a proxy only the way to the proxy can be seen from here.
    - Does not prove that anybody answers beyond TLS.
    """

    name = "network"
    terms = Terms(
        sends="nothing: a name is looked up, a connection opened, TLS agreed on; to the proxy where one is set",
        count=f"one connection; of a name's addresses {_MOST_ADDRESSES} are tried at most",
        skipped="`ANTHROPIC_BASE_URL` is no URL",
        ends=f"{_STEP_S:g} s for each of the three steps, {_ADDRESS_S:g} s for an address",
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Take the steps in order, up to the first that fails."""
        try:
            url = httpx.URL(target.base_url)
        except httpx.InvalidURL:
            raw.skipped = "Not asked: ANTHROPIC_BASE_URL is no URL."
            return
        place = _Place(url.host, url.port or (443 if url.scheme == "https" else 80), url.scheme == "https")
        if proxy := proxy_for(target.base_url):
            raw.facts["proxy"] = str(proxy)
            place = _Place(proxy.host, proxy.port, tls=False)
        await _Path(client, shared, raw).walk(place)

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - the protocol's
        """Say how far it got."""
        through = (
            f"Through the proxy {raw.facts['proxy']}, beyond which nothing can be seen. "
            if "proxy" in raw.facts
            else ""
        )
        times = {f"{it.about}_ms": f"{it.exchange.latency_s * 1000:.0f}" for it in raw.attempts if it.branch is None}
        if not raw.attempts:
            return report(self.name, raw, "The name has not been found yet.")
        steps = [_step_text(attempt) for attempt in raw.attempts]
        return report(self.name, raw, through + ", ".join(steps) + ".", facts=times)


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    tls: bool


class _Path:
    """The way to one place."""

    def __init__(self, client: Client, shared: Shared, raw: Raw) -> None:
        self._client = client
        self._shared = shared
        self._raw = raw

    async def walk(self, place: _Place) -> None:
        """Take each step and note it; whatever was opened is closed again."""
        addresses = await self._step(_DNS, _resolve(place))
        if addresses is None:
            return
        connection = await self._step(_TCP, _connect(addresses))
        if connection is None:
            return
        _, writer = connection
        try:
            if place.tls and self._client.tls:
                await self._step(_TLS, _agree(writer, self._client.tls, place.host))
        finally:
            writer.transport.abort()

    async def _step(self, name: str, work: Awaitable[T]) -> T | None:
        """Return a step's result, None if it failed."""
        clock = self._shared.clock
        at, started = clock.now(), clock.monotonic()
        result, failure, cut = None, None, False
        try:
            async with asyncio.timeout(min(_STEP_S, max(0.0, self._shared.time_left()))):
                result = await work
        except TimeoutError:
            failure, cut = f"ConnectTimeout: {name} took too long", self._shared.time_left() <= 0
        except (OSError, ValueError) as error:
            failure = f"ConnectError: {name_failure(error)}"
        exchange = Exchange(at=at, latency_s=clock.monotonic() - started, exception=failure, cut=cut)
        flaw = Flaw(observation=observe(exchange), branch=_BRANCHES.get(name)) if failure else None
        self._raw.note(name, exchange, flaw, self._shared.classify)
        return result


async def _resolve(place: _Place) -> list[Address]:
    """Return the host's addresses, at most four, both families in turn: one of them may be broken."""
    found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    families = [[item[4][:2] for item in found if item[0] == family] for family in (socket.AF_INET, socket.AF_INET6)]
    mixed = [address for pair in zip_longest(*families) for address in pair if address is not None]
    return [(str(host), int(port)) for host, port in mixed[:_MOST_ADDRESSES]]


async def _connect(addresses: list[Address]) -> Connection:
    """Connect to the first address that lets us. Raises the last one's OSError."""
    failure: OSError = ConnectionError("the name has no address")
    for host, port in addresses:
        try:
            async with asyncio.timeout(_ADDRESS_S):
                return await asyncio.open_connection(host, port)
        except OSError as error:  # TimeoutError is one
            failure = error
    raise failure


async def _agree(writer: asyncio.StreamWriter, tls: ssl.SSLContext, host: str) -> None:
    await writer.start_tls(tls, server_hostname=host)


def _step_text(attempt: Attempt) -> str:
    if attempt.branch is None:
        return f"{_WORDS[attempt.about]} in {attempt.exchange.latency_s * 1000:.0f} ms"
    return f"{attempt.about.upper()} failed ({attempt.branch}): {attempt.exchange.exception}"
