"""The page's server: the page itself, what is on one person's screen, that something changed, and what they do.

It listens on loopback, and answers its own page only: a request for another host, or from another page that a browser
has open, is refused.
"""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import resources
from typing import Final

from aiohttp import web

from bot.clock import SystemClock
from bot.playground.page.deeds import Deeds
from bot.playground.page.offers import Offers
from bot.playground.page.panel import Machine, calls_html, clock_html, leak_html, machine_html, provider_html
from bot.playground.page.screen import Where, screen
from bot.playground.scenario import scenario_named, scenario_names
from bot.playground.workspace import NotPossible
from bot.playground.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_STATIC: Final = {
    "/": ("page.html", "text/html"),
    "/style.css": ("style.css", "text/css"),
    "/desk.css": ("desk.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/patch.js": ("patch.js", "text/javascript"),
    "/composer.js": ("composer.js", "text/javascript"),
    "/dialogs.js": ("dialogs.js", "text/javascript"),
}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_REAL_TIME: Final = SystemClock()
_BREATH_S: Final = 0.05
"""Changes within this time are told as one."""
_ROUND_S: Final = 5.0
"""The page looks again at least so often: a scenario's next step makes no sound."""


class Desk:
    """The page of one world; `machine` is the bot's process, None where it may not be touched."""

    def __init__(self, world: World, offers: Offers, machine: Machine | None = None) -> None:
        self._world = world
        self._offers = offers
        self._machine = machine
        self._deeds = Deeds(world, offers, machine)
        self._scenarios = [scenario_named(name) for name in scenario_names()]

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; they stand beside those of the workspace, so that its links lead here."""
        served = [
            *((path, self._static) for path in _STATIC),
            ("/screen", self._screen),
            ("/changes", self._changes),
            ("/files/{id}/{name}", self._file),
            ("/files/{user}/{id}/{name}", self._file),
            ("/archives/{channel}", self._permalink),
            ("/archives/{channel}/{message}", self._permalink),
        ]
        return [*(web.get(path, _ours(handler)) for path, handler in served), web.post("/do", _ours(self._do))]

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name, kind = _STATIC[request.path]
        text = resources.files(__package__).joinpath(name).read_text("utf-8")
        return web.Response(text=text, content_type=kind, charset="utf-8", headers=_HEADERS)

    async def _screen(self, request: web.Request) -> web.StreamResponse:
        """Answer `GET /screen?as=lena&in=ops&side=…` with every region of the page."""
        workspace = self._world.workspace
        try:
            user = workspace.state.user(request.query.get("as", "lena"))
            asked = request.query.get("in", "ops")
            place = asked if asked == "app" else workspace.channel_of(user.id, asked).id
        except NotPossible as error:
            return web.json_response({"problem": str(error)}, status=404, headers=_HEADERS)
        shown = screen(workspace, self._offers, Where(user=user.id, place=place, side=request.query.get("side", "")))
        shown |= {
            "people": [{"id": one.id, "name": one.name, "what": one.real_name} for one in workspace.people.values()],
            "command": {"name": self._offers.command, "what": self._offers.description, "verbs": self._offers.verbs},
            "shortcuts": self._offers.anywhere,
            "offset_s": self._world.clock.offset.total_seconds(),
            "provider": provider_html(self._world, self._scenarios),
            "clock": clock_html(),
            "leak": leak_html(self._world.provider.keys.leaked),
            "machine": self._machine and machine_html(self._machine, len(workspace.hub.connections)),
            "calls": calls_html(self._world),
        }
        return web.json_response(shown, headers=_HEADERS)

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """Tell the page that something has changed, until it goes away (server-sent events)."""
        stream = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await stream.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            changed = self._world.workspace.state.changed()
            await stream.write(b"data: changed\n\n")
            with suppress(TimeoutError):
                async with asyncio.timeout(_ROUND_S):
                    await changed.wait()
            await _REAL_TIME.sleep(_BREATH_S)
        return stream

    async def _do(self, request: web.Request) -> web.StreamResponse:
        """Do what the JSON of the body says, and answer with what Slack complains of."""
        if request.content_type != "application/json":
            return web.Response(status=415, text="JSON only")
        try:
            asked = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="not JSON")
        if not isinstance(asked, dict):
            return web.Response(status=400, text="not an object")
        return web.json_response({"problems": await self._deeds.do(asked)}, headers=_HEADERS)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Hand out a shared file, as a download."""
        file = self._world.workspace.state.files.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404, text="There is no such file.")
        kind = "image/png" if file.name.endswith(".png") else "application/octet-stream"
        headers = {**_HEADERS, "Content-Disposition": "attachment"}
        return web.Response(body=file.bytes, content_type=kind, headers=headers)

    async def _permalink(self, request: web.Request) -> web.StreamResponse:
        """Lead a message's address to its channel on the page."""
        channel = request.match_info["channel"]
        if channel not in self._world.workspace.state.channels:
            return web.Response(status=404, text="There is no such channel.")
        raise web.HTTPFound(f"/?in={channel}")


def _ours(handler: Handler) -> Handler:
    """Refuse what does not come from this page: another host's name in the address, or another page's request."""

    async def serve(request: web.Request) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if not _is_loopback(request.url.host or "") or origin not in {None, f"http://{request.host}"}:
            return web.Response(status=403, text="Only the demo's own page may ask this.")
        if request.method == "POST" and origin is None:
            return web.Response(status=403, text="Only the demo's own page may do this.")
        return await handler(request)

    return serve


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
