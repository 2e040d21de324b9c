"""A server that answers with exactly the bytes, pauses and cuts it is given: for what no HTTP library would send.

    async with hostile_server([Send(raw_head(200, {})), Pause(0.2), Cut()]) as url: ...

The script plays once per connection, after the request's head has arrived. When it ends the connection is
closed in the ordinary way, so a script without content length is a whole answer.
"""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET
from typing import cast

from bot.playground.provider.listener import LOOPBACK, require_loopback

_HEAD_END = b"\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes, `times` over: a large body needs no large value."""

    data: bytes
    times: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for so many real seconds; None hangs until one side gives up."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Reset the connection (RST), as a crashed middlebox does."""


Script = Sequence[Send | Pause | Cut]
HANG = Pause(None)


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection as a script sees it: `gone` returns when the other side has left."""

    send: Callable[[bytes], Awaitable[None]]
    gone: Callable[[], Awaitable[object]]
    transport: asyncio.BaseTransport


def trickle(data: bytes, pause_s: float, size: int = 1) -> Script:
    """Return a script that sends `data` in pieces of `size` bytes with a pause after each."""
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return [step for piece in pieces for step in (Send(piece), Pause(pause_s))]


async def perform(script: Script, line: Line) -> None:
    """Play a script on an open connection and close it; a client that went away ends it early."""
    with contextlib.suppress(ConnectionError):
        for step in script:
            match step:
                case Send(data, times):
                    for _ in range(times):
                        await line.send(data)
                case Pause(seconds):
                    if await _left_within(line, seconds):
                        break
                case Cut():
                    reset(line.transport)
    line.transport.close()


async def _left_within(line: Line, seconds: float | None) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await line.gone()
    except TimeoutError:
        return False
    return True


def reset(transport: asyncio.BaseTransport) -> None:
    """Close a connection with RST instead of FIN."""
    socket = transport.get_extra_info("socket")
    if socket is not None:
        socket.setsockopt(SOL_SOCKET, SO_LINGER, _RESET_ON_CLOSE)
    cast("asyncio.WriteTransport", transport).abort()


@contextlib.asynccontextmanager
async def hostile_server(
    script: Script,
    *,
    host: str = LOOPBACK,
    tls: ssl.SSLContext | None = None,
    received: list[bytes] | None = None,
) -> AsyncIterator[str]:
    """Serve `script` to every connection on a free loopback port and yield the base URL.

    Appends each request's head to `received`, so that a test can show what was sent here. With `tls` the URL is
    https. Leaving ends every connection at once. Raises BadSettings for a host that is not loopback.
    """
    require_loopback(host)
    connections = _Connections(script, [] if received is None else received)
    server = await asyncio.start_server(connections.serve, host, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://{host}:{port}"
    finally:
        server.close()
        await connections.end()
        await server.wait_closed()


class _Connections:
    """The open connections of one hostile server."""

    def __init__(self, script: Script, received: list[bytes]) -> None:
        self._script = script
        self._received = received
        self._open: set[asyncio.Task[object]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request's head, then play the script on its connection."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._open.add(task)
        try:
            self._received.append(await reader.readuntil(_HEAD_END))
            await perform(self._script, _line(reader, writer))
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, asyncio.CancelledError):
            reset(writer.transport)
        finally:
            self._open.discard(task)

    async def end(self) -> None:
        """End every connection that is still open, and wait for it."""
        left = tuple(self._open)
        for task in left:
            task.cancel()
        await asyncio.gather(*left)


def _line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Line:
    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    return Line(send=send, gone=reader.read, transport=writer.transport)
