"""The guarded way out of a run: every request goes through here, and the key goes to the configured API only."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from bot.checks.exchange import Exchange
from bot.checks.guarded import Guarded
from bot.checks.target import Target, refusal
from bot.clock import Clock

PROBES: Final = 8
READS: Final = 3
_PAGES: Final = 2  # status page and control endpoint


class Client:
    """One run's HTTP client; `ends` is the moment of the event loop's clock at which every request is cut.

    `probes` bounds the Messages requests that are open at a time, `reads` the free ones. They and the public pages
    have places of their own, so that what hangs in one kind never keeps another from being asked.
    """

    def __init__(self, target: Target, clock: Clock, ends: float) -> None:
        self.refusal = refusal(target)
        self.probes = asyncio.Semaphore(PROBES)
        self.reads = asyncio.Semaphore(READS)
        self._target = target
        self._ends = ends
        self._guarded = Guarded(target.user_agent, clock, PROBES + READS + _PAGES)

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Return what this machine trusts; None if that cannot be read."""
        return self._guarded.tls

    async def __aenter__(self) -> Self:
        """Set the client up."""
        await self._guarded.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._guarded.__aexit__(kind, error, trace)

    async def api(self, path: str, body: Mapping[str, object] | None = None) -> Exchange:
        """Ask the API with the key: POST if there is a body, else GET. Call only if `refusal` is None."""
        headers = {"x-api-key": self._target.api_key or "", "anthropic-version": self._target.anthropic_version}
        content = None if body is None else json.dumps(body).encode()
        if content is not None:
            headers["content-type"] = "application/json"
        return await self._guarded.ask(self._target.base_url.rstrip("/") + path, self._ends, headers, content)

    async def page(self, url: str, limit_s: float) -> Exchange:
        """Read a public page within `limit_s` seconds, without the key."""
        until = min(self._ends, asyncio.get_running_loop().time() + limit_s)
        return await self._guarded.ask(url, until, {})
