"""The provider's transport can be spoilt in every way that a client must survive, byte for byte."""

import asyncio
import ssl
import time

import httpx
import pytest

from bot.errors import BadSettings
from bot.playground.provider import (
    HANG,
    ApiFault,
    Cut,
    Pause,
    Script,
    Send,
    hostile_server,
    raw_answer,
    raw_head,
    trickle,
)
from bot.playground.provider.mangling import MANGLINGS
from tests.provider_client import HAIKU, asking

PATIENCE = httpx.Timeout(0.3, connect=5)  # a busy machine is slow to let somebody in
BROKEN = (httpx.ReadError, httpx.RemoteProtocolError)


async def get(url: str) -> httpx.Response:
    """Ask once, with little patience."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        return await client.get(url, headers={"x-api-key": "planted"})


async def test_bytes_arrive_exactly_as_given() -> None:
    """What the script sends is what the client gets, and the server shows what it was sent."""
    received: list[bytes] = []
    async with hostile_server([Send(raw_answer(200, {"x-odd": "1"}, b"body"))], received=received) as url:
        answer = await get(f"{url}/path")
    assert (200, b"body", "1") == (answer.status_code, answer.content, answer.headers["x-odd"])
    assert received[0].startswith(b"GET /path HTTP/1.1\r\n")
    assert b"planted" in received[0]


async def test_a_large_body_needs_no_large_value() -> None:
    """`times` repeats a piece: four mebibytes from one."""
    piece = bytes(1024 * 1024)
    script = [Send(raw_head(200, {"content-length": str(4 * len(piece))})), Send(piece, times=4)]
    async with hostile_server(script) as url:
        assert 4 * len(piece) == len((await get(url)).content)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ([Cut()], BROKEN),
        ([Send(raw_head(200, {"content-length": "9"})), Send(b"half"), Cut()], BROKEN),
        ([Send(raw_head(200, {"content-length": "9"})), Send(b"half")], BROKEN),
        ([HANG], (httpx.ReadTimeout,)),
        ([Send(raw_head(200, {"content-length": "9"})), HANG], (httpx.ReadTimeout,)),
        ([Send(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n")], BROKEN),
        ([Send(b"no http at all\r\n\r\n")], BROKEN),
        ([], BROKEN),
    ],
)
async def test_a_script_breaks_the_connection_as_written(script: Script, error: tuple[type[Exception], ...]) -> None:
    """Cuts, half bodies, silence and nonsense reach the client as such."""
    async with hostile_server(script) as url:
        with pytest.raises(error):
            await get(url)


async def test_a_trickle_outlasts_a_timeout_that_counts_single_reads() -> None:
    """Bytes that keep coming slowly never trip a read timeout, which is why callers need a deadline."""
    body = b"0123456789"
    script = [Send(raw_head(200, {"content-length": str(len(body))})), *trickle(body, 0.05)]
    began = time.monotonic()
    async with hostile_server(script) as url:
        answer = await get(url)
    assert body == answer.content
    assert time.monotonic() - began > 0.3


async def test_leaving_ends_what_hangs() -> None:
    """The server stops at once although a client still waits, and leaves no task behind."""
    before = asyncio.all_tasks()
    async with asyncio.timeout(2):
        async with hostile_server([Pause(600.0)]) as url:
            reader, writer = await asyncio.open_connection(*_address(url))
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            await writer.drain()
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
    writer.close()
    assert before == asyncio.all_tasks()


async def test_a_handshake_can_fail() -> None:
    """With `tls` the URL is https; a server without a certificate fails the handshake, and nothing is sent."""
    received: list[bytes] = []
    async with hostile_server([HANG], tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), received=received) as url:
        with pytest.raises(httpx.ConnectError):
            await get(url)
    assert url.startswith("https://")
    assert [] == received


async def test_a_foreign_address_is_refused() -> None:
    """A hostile server listens on loopback or not at all."""
    with pytest.raises(BadSettings, match=r"0\.0\.0\.0"):
        async with hostile_server([HANG], host="0.0.0.0"):
            pytest.fail("it listens")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("hang", (httpx.ReadTimeout,)),
        ("cut", BROKEN),
        ("hang_done", (httpx.ReadTimeout,)),
        ("cut_done", BROKEN),
        ("hang_body", (httpx.ReadTimeout,)),
        ("cut_body", BROKEN),
        ("bad_length", BROKEN),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_the_api_can_be_broken_by_name(name: str, error: tuple[type[Exception], ...], *, stream: bool) -> None:
    """Each named mangling breaks plain answers and streams alike, and the API recovers afterwards."""
    async with asking() as ask:
        ask.client.timeout = PATIENCE
        await ask.provider.set(faults=(ApiFault(answer=name),))
        with pytest.raises(error):
            await ask.message(stream=stream)
        ask.client.timeout = httpx.Timeout(5)
        await ask.provider.set(faults=())
        assert 200 == (await ask.message()).status_code
    assert [None, 200] == sorted((call.status for call in ask.provider.calls), key=str, reverse=True)


async def test_the_api_can_trickle() -> None:
    """A trickling answer keeps every single read short and has not ended after a second."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="trickle"),))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ask.message(), timeout=1)


@pytest.mark.parametrize(("name", "least"), [("gzip_bomb", 16 * 1024 * 1024), ("oversized", 50 * 1024 * 1024)])
async def test_answers_that_swell(name: str, least: int) -> None:
    """A small gzip body and a plain large one both become many mebibytes."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer=name),))
        async with ask.client.stream("GET", "/v1/models") as answer:
            assert least == sum([len(piece) async for piece in answer.aiter_bytes()])


async def test_a_cut_stream_has_begun() -> None:
    """A stream that is cut has delivered its first events before it breaks."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="cut_body", endpoints=("stream",)),))
        assert 200 == (await ask.message()).status_code
        seen = bytearray()
        with pytest.raises(BROKEN):
            await _stream_into(seen, ask.client)
    assert b"message_start" in seen
    assert b"message_stop" not in seen


async def test_a_truncated_stream_ends_as_if_it_were_whole() -> None:
    """The transport ends properly although message_stop never came."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="stream_truncated"),))
        text = (await ask.message(stream=True)).text
    assert "message_start" in text
    assert "message_stop" not in text


async def test_a_stream_may_turn_into_an_error() -> None:
    """Under status 200 the last event is an error that names an overload; plain answers pass unharmed."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="stream_error"),))
        streamed, plain = await ask.message(stream=True), await ask.message()
    assert "event: error" == streamed.text.strip().split("\n\n")[-1].splitlines()[0]
    assert "overloaded_error" in streamed.text
    assert [200, 200] == [streamed.status_code, plain.status_code]


async def test_long_streams_may_break_while_short_ones_pass() -> None:
    """A stream of a thousand tokens is cut half-way; one of five arrives to its end."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="cut_long"),))
        assert "message_stop" in (await ask.message(stream=True, max_tokens=16)).text
        count = [{"role": "user", "content": "Count from 1 to 900."}]
        with pytest.raises(BROKEN):
            await ask.message(stream=True, max_tokens=1_000, messages=count)


def test_every_mangling_is_tried_here() -> None:
    """A new way to break answers needs a line above."""
    broken = {"hang", "cut", "hang_done", "cut_done", "hang_body", "cut_body", "cut_long", "bad_length"}
    tried = broken | {"trickle", "gzip_bomb", "oversized"}
    assert MANGLINGS.keys() == tried


def _address(url: str) -> tuple[str, int]:
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


async def _stream_into(seen: bytearray, client: httpx.AsyncClient) -> None:
    body = {"model": HAIKU, "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "1"}]}
    async with client.stream("POST", "/v1/messages", json=body) as answer:
        async for piece in answer.aiter_bytes():
            seen += piece
