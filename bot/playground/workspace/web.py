"""The stand-in's HTTP server: Web API, uploads, response URLs and sockets, with ordered troubles in front."""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from bot.clock import Clock
from bot.errors import BadSettings
from bot.playground.faults import Fault, Faults
from bot.playground.recorder import Recorder
from bot.playground.workspace import acts
from bot.playground.workspace.api import HANDLERS
from bot.playground.workspace.api.files import receive
from bot.playground.workspace.arguments import Arguments, arguments_of, token_of
from bot.playground.workspace.delivery import Deliveries
from bot.playground.workspace.errands import Errands
from bot.playground.workspace.gate import Gate
from bot.playground.workspace.hub import Hub, reset
from bot.playground.workspace.model import Json
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.response_urls import respond
from bot.playground.workspace.state import State

# aiohttp gives handlers that long to end at the stop; those that hang are cancelled then.
_SHUTDOWN_S = 0.2
_LARGEST_BODY = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What the caller gets; a text body is sent as it is."""

    body: Json | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Web:
    """Takes requests, applies the ordered troubles and writes every call down."""

    state: State
    clock: Clock
    gate: Gate
    hub: Hub
    deliveries: Deliveries
    errands: Errands
    faults: Faults
    recorder: Recorder

    def application(self, more: Iterable[web.RouteDef] = ()) -> web.Application:
        """Return the routes, with those of a page beside them."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/api/{method}", self.api)
        app.router.add_post("/upload/{key}", self.upload)
        app.router.add_post("/response/{key}", self.response_url)
        app.router.add_get("/socket", self.hub.serve)
        app.router.add_routes(list(more))
        return app

    async def api(self, request: web.Request) -> web.StreamResponse:
        """Serve one Web API call."""
        method = request.match_info["method"]
        try:
            arguments = await arguments_of(request)
        except Refused as refused:
            return _response(_refusal(refused))
        token = token_of(request, arguments)
        return await self._serve(request, method, arguments, lambda: self._call(method, token, arguments))

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes of a file, as the body or as the one file of a form."""
        key = request.match_info["key"]
        if request.content_type == "multipart/form-data":
            parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
            data = parts[0].file.read() if parts else b""
        else:
            data = await request.read()
        noted = Arguments(length=len(data))
        return await self._serve(request, "upload", noted, lambda: Answer(receive(self.state, key, data)))

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        """Take an answer to an interaction."""
        key = request.match_info["key"]
        arguments = await arguments_of(request)

        def carry_out() -> Answer:
            respond(self.state, key, arguments)
            return Answer("ok")

        return await self._serve(request, "response_url", arguments, carry_out)

    async def _serve(
        self, request: web.Request, method: str, arguments: Arguments, carry_out: Callable[[], Answer]
    ) -> web.StreamResponse:
        call = self.recorder.begin(method, arguments)
        self.state.touch()
        fault = self.faults.take(method, self._called(arguments.text("channel") or arguments.text("channel_id")))
        answer = self._carried_out(carry_out) if fault is None else await self._troubled(fault, carry_out)
        if answer is None:
            reset(request.transport)
            return web.Response()
        if fault is not None and (fault.trickles or fault.cut == "body"):
            self.recorder.finish(call, None, answer.status)
            return await self._begin(request, answer, ends=not fault.trickles)
        self.recorder.finish(call, answer.body, answer.status)
        self.state.touch()
        return self._dated(_response(answer))

    def _dated(self, response: web.Response) -> web.Response:
        """Return the response with the workspace's time."""
        response.headers["Date"] = format_datetime(
            self.clock.now() + timedelta(seconds=self.state.date_skew_s), usegmt=True
        )
        return response

    def _called(self, channel_id: str) -> tuple[str, ...]:
        channel = self.state.channels.get(channel_id)
        return (channel_id,) if channel is None else (channel_id, channel.name)

    async def _troubled(self, fault: Fault, carry_out: Callable[[], Answer]) -> Answer | None:
        """Return the answer of a call in trouble, None when its connection is to be cut."""
        if fault.cut == "late":
            self.errands.start(self._late(fault.delay_s, carry_out))
            return None
        if fault.delay_s:
            await self.clock.sleep(fault.delay_s)
        if fault.hang:
            await self.errands.until_the_end()
            return None
        if fault.cut and fault.cut != "body":
            if fault.cut == "after":
                self._carried_out(carry_out)
            return None
        if not fault.answers:
            return self._carried_out(carry_out)
        if fault.done:
            self._carried_out(carry_out)
        return _ordered(fault, self.clock.now())

    async def _begin(self, request: web.Request, answer: Answer, *, ends: bool) -> web.StreamResponse:
        """Send the head of an answer and the first byte of its body, and then nothing more, or cut the connection."""
        head = {"Content-Type": "application/json", "Content-Length": "99", **answer.headers}
        begun = web.StreamResponse(status=answer.status, headers=head)
        await begun.prepare(request)
        await begun.write(b"{")
        if ends and request.transport is not None:
            request.transport.close()  # not reset: the head must arrive
        else:
            await self.errands.until_the_end()
            reset(request.transport)
        return begun

    async def _late(self, delay_s: float, carry_out: Callable[[], Answer]) -> None:
        await self.clock.sleep(delay_s)
        self._carried_out(carry_out)

    def _carried_out(self, carry_out: Callable[[], Answer]) -> Answer:
        try:
            answer = carry_out()
        except Refused as refused:
            return _refusal(refused)
        self.deliveries.tell_later()
        return answer

    def _call(self, method: str, token: str, arguments: Arguments) -> Answer:
        self.gate.check(method, token, arguments)
        if method == "apps.connections.open":
            return Answer(self.hub.open())
        found = HANDLERS[method](self.state, arguments)
        if method == "chat.scheduleMessage":
            self.errands.start(self._post_when_due(found["scheduled_message_id"]))
        return Answer({"ok": True, **found}, headers={"x-oauth-scopes": ",".join(sorted(self.state.scopes))})

    async def _post_when_due(self, scheduled_id: str) -> None:
        due, message = self.state.scheduled[scheduled_id]
        await self.clock.sleep(max(0.0, due - self.state.seconds()))
        del self.state.scheduled[scheduled_id]
        message.ts = self.state.new_ts()
        acts.post(self.state, self.state.channels[message.channel], message)
        self.deliveries.tell_later()


def check_loopback(host: str) -> None:
    """Let only this machine reach the stand-in.

    Raises BadSettings for any other address, and for what is no address.
    """
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise BadSettings(f"The stand-in workspace does not listen on {host}.", "Use 127.0.0.1: it guards nothing.")


async def listen(app: web.Application, host: str, port: int) -> tuple[Callable[[], Awaitable[None]], int]:
    """Start serving and return what ends it, and the port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner.cleanup, int(runner.addresses[0][1])


def _refusal(refused: Refused) -> Answer:
    headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
    return Answer(refused.as_json(), refused.status, headers)


def _ordered(fault: Fault, now: datetime) -> Answer:
    after = fault.retry_after
    told = format_datetime(now + after, usegmt=True) if isinstance(after, timedelta) else str(after)
    headers = {} if after is None else {"Retry-After": told}
    limited = fault.retry_after is not None
    status = fault.http_status or (429 if limited else 200)
    if fault.body is not None:
        return Answer(fault.body, status, headers)
    error = fault.error or ("ratelimited" if limited else "")
    return Answer({"ok": False, "error": error} if error else "<html>Server Error</html>", status, headers)


def _response(answer: Answer) -> web.Response:
    if isinstance(answer.body, str):
        kinds = {"<": "text/html", "{": "application/json"}
        content_type = kinds.get(answer.body[:1], "text/plain")
        return web.Response(text=answer.body, status=answer.status, headers=answer.headers, content_type=content_type)
    return web.json_response(answer.body, status=answer.status, headers=answer.headers)
