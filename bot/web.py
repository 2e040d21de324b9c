"""The HTTP side: health in both modes, metrics, and in HTTP mode the route that Slack calls."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.errors import Unavailable

Ready = Callable[[], Awaitable[list[str]]]


def web_app(ready: Ready, *, lacks: Callable[[], Sequence[str]] = tuple, public: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application; `ready` returns what is wrong, nothing when the bot can work.

    `lacks` returns sentences about what it does without all the same, and shows beside that.

    With `public` routes the listener may be reached from outside, and shows no metrics.
    """

    async def live(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readiness(_request: Request) -> Response:
        problems = await ready()
        told = {"ready": not problems, "problems": problems, "lacks": list(lacks())}
        return JSONResponse(told, status_code=503 if problems else 200)

    async def metrics(_request: Request) -> Response:
        await ready()  # which brings what was found by other replicas up to date
        return Response(generate_latest(), media_type="text/plain; version=0.0.4")

    inner = public or [Route("/metrics", metrics)]
    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", readiness), *inner])


class WebServer:
    """Serves the application on a host and port until `stop()`."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off")
        self._server = _Server(config)
        self._where = f"{host}:{port}"

    async def run(self) -> None:
        """Serve; raises Unavailable when the port is taken."""
        try:
            await self._server.serve()
        except SystemExit:
            raise Unavailable(f"The address {self._where} cannot be used.", "Name another --port.") from None
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
