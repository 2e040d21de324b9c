"""One loopback port that can be opened, closed and opened again."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.errors import BadSettings

LOOPBACK = "127.0.0.1"
_GRACE_S = 0.05

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def require_loopback(host: str) -> None:
    """Raise BadSettings unless `host` is an address of this machine only."""
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise BadSettings(f"A stand-in does not listen on {host}.", "Use 127.0.0.1: it knows no users and no passwords.")


class Listener:
    """Serves one handler on one loopback port. Raises BadSettings for any other host."""

    def __init__(self, handler: Handler, host: str, port: int = 0) -> None:
        require_loopback(host)
        self._handler = handler
        self._host = host
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._moving = asyncio.Lock()

    @property
    def url(self) -> str:
        """Return the base URL; it stays the same when the port closes and opens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def open(self) -> None:
        """Accept connections; the first time on a free port if none was given."""
        async with self._moving:
            if self._runner is None:
                self._runner = await self._serve()
                self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Refuse connections and end those that are open."""
        async with self._moving:
            if self._runner is not None:
                runner, self._runner = self._runner, None
                await runner.cleanup()

    async def _serve(self) -> web.ServerRunner:
        server = web.Server(self._handler, handler_cancellation=True, lingering_time=0.0, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=_GRACE_S)
        await runner.setup()
        await web.TCPSite(runner, self._host, self._port).start()
        return runner
