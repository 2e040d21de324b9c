"""A way to a server that takes its time: each request is passed on after a delay, and remembered with its times."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_PIECE = 65_536


@dataclass
class Delayed:
    """The requests that went through, as (first line and body, begin, end) in seconds."""

    url: str = ""
    requests: list[tuple[str, float, float]] = field(default_factory=list)

    def depth(self, wanted: str, unwanted: str = "\0") -> int:
        """Return how many of the requests that hold this text came one after the other: 1 when all overlap."""
        times = sorted((end, begin) for text, begin, end in self.requests if wanted in text and unwanted not in text)
        depth, last_end = 0, float("-inf")
        for end, begin in times:
            if begin >= last_end:
                depth, last_end = depth + 1, end
        return depth


@asynccontextmanager
async def delayed(url: str, delay_s: float) -> AsyncIterator[Delayed]:
    """Yield a second address of this server, on which every request takes `delay_s` seconds longer."""
    host, port = url.removeprefix("http://").split(":")
    seen = Delayed()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            request = await _request(reader)
            begun = time.perf_counter()
            if request:
                await asyncio.sleep(delay_s)
                there, back = await asyncio.open_connection(host, int(port))
                back.write(request.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
                while piece := await there.read(_PIECE):
                    writer.write(piece)
                back.close()
                seen.requests.append((request.decode("latin-1"), begun, time.perf_counter()))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield seen


async def _request(reader: asyncio.StreamReader) -> bytes:
    """Return one whole request; empty when somebody only connects."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    return head + await reader.readexactly(length)
