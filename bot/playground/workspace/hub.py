"""Socket Mode: connections by single-use tickets, one envelope to exactly one of them, accidents on demand."""

import asyncio
import itertools
import socket
import struct
import uuid
from dataclasses import dataclass
from typing import Literal

from aiohttp import WSMsgType, web

from bot.clock import Clock
from bot.playground.workspace.delivery import ACK_WITHIN_S, Envelope
from bot.playground.workspace.model import Json, Outcome
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State, made_up

MOST_CONNECTIONS = 10

Farewell = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


@dataclass(eq=False)
class Connection:
    """One socket; it takes no new envelope once `leaving`, and hears and answers nothing while `deaf`."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    leaving: bool = False
    deaf: bool = False


class Hub:
    """The open sockets and the envelopes that wait for their acknowledgement."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._turns = itertools.count()
        self._disabled = False
        self.connections: list[Connection] = []

    def open(self) -> Json:
        """Answer `apps.connections.open` with a socket's address that works once.

        Raises Refused(internal_error) after a `link_disabled`.
        """
        if self._disabled:
            raise Refused("internal_error")
        ticket = made_up(32)
        self._tickets.add(ticket)
        return {"ok": True, "url": f"ws{self._state.origin.removeprefix('http')}/socket?ticket={ticket}"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or request.transport is None:
            raise web.HTTPForbidden(text="this ticket is unknown or was used")
        self._tickets.remove(ticket)
        ws = web.WebSocketResponse(autoping=False, timeout=0.5)
        await ws.prepare(request)
        connection = Connection(ws, request.transport)
        if len(self.connections) >= MOST_CONNECTIONS:
            await self._part(connection, "too_many_websockets")
            return ws
        self.connections.append(connection)
        try:
            await ws.send_json(self._hello())
            self._state.touch()
            await self._listen(connection)
        finally:
            self.connections.remove(connection)
            self._state.touch()
        return ws

    async def carry(self, envelope: Envelope) -> Outcome:
        """Send an envelope to one socket, each in its turn, and wait for its acknowledgement."""
        listening = [connection for connection in self.connections if not connection.leaving]
        if not listening:
            return Outcome(acked=False, failure="connection_failed")
        connection = listening[next(self._turns) % len(listening)]
        envelope_id = str(uuid.uuid4())
        answer = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(ACK_WITHIN_S):
                await connection.socket.send_json(_frame(envelope, envelope_id))
                payload = await answer
        except TimeoutError:
            return Outcome(acked=False, after_s=ACK_WITHIN_S, failure="http_timeout")
        except ConnectionError:
            return Outcome(acked=False, after_s=self._clock.monotonic() - began, failure="connection_failed")
        finally:
            del self._waiting[envelope_id]
        return Outcome(acked=True, payload=payload, after_s=self._clock.monotonic() - began)

    async def disconnect(self, reason: Farewell = "refresh_requested", which: int | None = None) -> None:
        """Send a `disconnect` frame to one socket (by its place, oldest first) or to all.

        After a `warning` a socket goes on; `link_disabled` also refuses new ones.
        """
        self._disabled = self._disabled or reason == "link_disabled"
        for connection in self._picked(which):
            await self._part(connection, reason)

    def abort(self, which: int | None = None) -> None:
        """Reset the TCP connection of one socket or of all."""
        for connection in self._picked(which):
            reset(connection.transport)

    def go_half_open(self, which: int | None = None) -> None:
        """Let one socket or all stay open while nothing is heard or answered any more, not even a ping."""
        for connection in self._picked(which):
            connection.deaf = True

    async def stop(self) -> None:
        """Close all sockets."""
        for connection in list(self.connections):
            await connection.socket.close(code=1001)

    def _picked(self, which: int | None) -> list[Connection]:
        return list(self.connections) if which is None else [self.connections[which]]

    async def _part(self, connection: Connection, reason: Farewell) -> None:
        await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
        connection.leaving = reason != "warning"
        if reason in {"link_disabled", "too_many_websockets"}:
            await connection.socket.close()

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if connection.deaf:
                continue
            if frame.type is WSMsgType.PING:
                await connection.socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                self._acknowledge(frame.json())

    def _acknowledge(self, frame: Json) -> None:
        waiting = self._waiting.get(frame.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(frame.get("payload"))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {"host": "stand-in", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._state.app_id},
        }


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Cut a TCP connection so that the other side sees a reset, not an end."""
    if transport is None or not isinstance(transport, asyncio.Transport):
        return
    endpoint = transport.get_extra_info("socket")
    if endpoint is not None:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _frame(envelope: Envelope, envelope_id: str) -> Json:
    frame = {"envelope_id": envelope_id, "type": envelope.kind, "payload": envelope.payload}
    if envelope.kind != "events_api":
        return frame | {"accepts_response_payload": True}
    retries = {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
    return frame | {"accepts_response_payload": False} | retries
