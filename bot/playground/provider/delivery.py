"""How an answer leaves: in the ordinary way through aiohttp, or byte for byte as a script says."""

import asyncio
from datetime import datetime

from aiohttp import web

from bot.playground.provider.hostile import Line, Script, perform
from bot.playground.provider.wire import Reply
from bot.playground.provider.wording import http_date

MAX_BODY = 32 * 1024 * 1024


async def read_request(request: web.BaseRequest) -> bytes | None:
    """Return the body, or None if it is larger than 32 MB; of a body that says so itself nothing is read."""
    if (request.content_length or 0) > MAX_BODY:
        return None
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > MAX_BODY:
            return None
    return bytes(body)


async def deliver(request: web.BaseRequest, outcome: Reply | Script, date: datetime) -> web.StreamResponse:
    """Send a reply with its `date`, or play a script; the connection does not survive a script."""
    if not isinstance(outcome, Reply):
        return await _play(request, outcome)
    headers = {"server": "cloudflare", **outcome.headers, "date": http_date(date)}
    if not outcome.streamed:
        return web.Response(status=outcome.status, headers=headers, body=outcome.body)
    response = web.StreamResponse(status=outcome.status, headers=headers)
    await response.prepare(request)
    for chunk in outcome.chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


async def _play(request: web.BaseRequest, script: Script) -> web.StreamResponse:
    if request.transport is not None:
        gone = asyncio.Event()  # never set: the handler is cancelled when the client leaves
        await perform(script, Line(send=request.writer.write, gone=gone.wait, transport=request.transport))
    return web.Response()
