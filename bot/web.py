"""The HTTP side: health in both modes, metrics, and in HTTP mode the route that Slack calls."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
import uvicorn
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.errors import Unavailable
from bot.hardened import HardenedProtocol
from bot.metrics import READY

MAX_HEAD: Final = 16 * 1024
"""Bytes of a request's line and headers."""
MAX_CONNECTIONS: Final = 500
_LAST_S: Final = 3  # so long requests that are open at the stop may take
log = structlog.get_logger()


class Health(Protocol):
    """Who knows whether the bot can work."""

    async def problems(self) -> list[str]:
        """Return what keeps it from working, in words; nothing when it can."""

    def faults(self) -> list[str]:
        """Return what only a restart mends, in words."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A health that does not change: with these words it is not ready, and a restart would mend nothing."""

    words: tuple[str, ...] = ()

    async def problems(self) -> list[str]:
        """Return the words."""
        return list(self.words)

    def faults(self) -> list[str]:
        """Return nothing."""
        return []


async def _unmeasured() -> None:
    """Measure nothing."""


@dataclass(slots=True)
class Watch:
    """What the pages ask.

    `lacks` returns sentences about what the bot does without, `measure` brings the metrics up to date that nobody
    counts as they happen.
    """

    health: Health
    lacks: Callable[[], Sequence[str]] = tuple
    measure: Callable[[], Awaitable[None]] = _unmeasured
    _told: tuple[str, ...] = ()

    async def problems(self) -> list[str]:
        """Return what is wrong, and let the log and the metrics know when that changes."""
        found = await self.health.problems()
        READY.set(not found)
        if tuple(found) != self._told:
            self._told = tuple(found)
            log.warning("not_ready", problems=found) if found else log.info("ready_again")
        return found


def web_app(watch: Watch, public: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application.

    With `public` routes the listener may be reached from outside: it shows no metrics, and whether the bot is well
    but not what ails it.
    """

    async def live(_request: Request) -> Response:
        faults = watch.health.faults()
        words = "dead\n" if public else "".join(f"{fault}\n" for fault in faults)
        return PlainTextResponse(words if faults else "ok\n", status_code=503 if faults else 200)

    async def readiness(_request: Request) -> Response:
        problems = await watch.problems()
        more = {} if public else {"problems": problems, "lacks": list(watch.lacks())}
        return JSONResponse({"ready": not problems, **more}, status_code=503 if problems else 200)

    async def metrics(_request: Request) -> Response:
        await watch.problems()  # which brings what was found by other replicas up to date
        await watch.measure()
        return Response(generate_latest(), media_type="text/plain; version=0.0.4")

    inner = public or [Route("/metrics", metrics)]
    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", readiness), *inner])


class WebServer:
    """Serves the application on a host and port until `stop()`."""

    def __init__(self, app: Starlette, host: str, port: int, *, name: str = "web") -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            http=HardenedProtocol,
            ws="none",
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=MAX_HEAD,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=_LAST_S,
        )
        self._server = _Server(config)
        self._where = f"{host}:{port}"
        self.name = name
        self._option = "--port" if name == "web" else f"--{name}-port"

    async def run(self) -> None:
        """Serve; raises Unavailable when the port is taken."""
        try:
            await self._server.serve()
        except SystemExit:
            raise Unavailable(f"The address {self._where} cannot be used.", f"Name another {self._option}.") from None
        finally:
            for listener in getattr(self._server, "servers", ()):  # a cancelled server leaves them open
                listener.close()

    def stop(self) -> None:
        """Close the listener and let open requests end."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the application, which stops its parts in their order."""
        yield
