"""The route that Slack calls in HTTP mode; Socket Mode needs none."""

import asyncio
import json
from collections import OrderedDict
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.metrics import REFUSED

MAX_BODY: Final = 1024 * 1024
MAX_HEADERS: Final = 100
MAX_HEAD: Final = 16 * 1024
BODY_S: Final = 5.0
"""So long a body may take to arrive; Slack itself waits three seconds for the answer."""
REPLAY_S: Final = 301.0
"""A signature is good for five minutes around its time, so those that were answered are remembered as long."""
_REMEMBERED: Final = 20_000
_DIGITS: Final = 15  # of a time in seconds
_OK: Final = 200
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_ODD: Final = (ValueError, TypeError, AttributeError, LookupError, RecursionError)  # what an odd shape leads to
_STAMP, _SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
_STATUS: Final = {
    "unsigned": 401,
    "too_large": 413,
    "wrong_kind": 415,
    "malformed": 400,
    "slow": 408,
    "large_head": 431,
}
log = structlog.get_logger()


class Refused(Exception):
    """The request is turned away, for the reason that the metrics count."""


class Answered:
    """The signatures that were answered a short while ago: the same bytes again are a replay, and act no more.

    Each process knows its own; what a delivery changed is kept from happening twice by the database.
    """

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def knows(self, signature: str) -> bool:
        """Return whether a request with this signature was answered; forget those that are too old to be valid."""
        now = asyncio.get_running_loop().time()
        while self._at and (now - next(iter(self._at.values())) > 2 * REPLAY_S or len(self._at) > _REMEMBERED):
            self._at.popitem(last=False)
        return signature in self._at

    def remember(self, signature: str) -> None:
        """Know this one from now on."""
        self._at[signature] = asyncio.get_running_loop().time()


def slack_route(app: AsyncApp, signing_secret: str) -> Route:
    """Return `/slack/events`: at most 1 MiB and signed over its raw bytes, before anything reads the body.

    The secret is the app's own, so what is signed with it was sent to this app; the guard compares the workspace.
    """
    verifier = SignatureVerifier(signing_secret)
    answered = Answered()

    async def events(request: Request) -> Response:
        try:
            kind = _required(request.headers)
            body = await _body(request)
            signature = _signed(verifier, request.headers, body)
            if answered.knows(signature):
                REFUSED.labels("replayed").inc()
                return Response()  # as to Slack, whose first answer was lost
            answer = await _answered(app, _read(body, kind, request))
        except Refused as why:
            return _refusal(str(why))
        if answer.status_code == _OK:
            answered.remember(signature)
        return answer

    return Route("/slack/events", events, methods=["POST"])


def _refusal(reason: str) -> Response:
    REFUSED.labels(reason).inc()
    words = reason.replace("_", " ") + "\n"
    return PlainTextResponse(words, status_code=_STATUS[reason], headers={"Connection": "close"})


def _required(headers: Headers) -> str:
    """Return the kind of the body; raise Refused when what Slack always sends is missing, doubled or odd."""
    if len(headers.raw) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEAD:
        raise Refused("large_head")
    stamp, signature = _one(headers, _STAMP), _one(headers, _SIGNATURE)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _DIGITS and signature and signature.isascii()):
        raise Refused("unsigned")
    length = _one(headers, "content-length")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        raise Refused("malformed")
    if len(length) > _DIGITS or int(length) > MAX_BODY:
        raise Refused("too_large")
    kind = _one(headers, "content-type").partition(";")[0].strip().lower()
    if kind not in {_FORM, _JSON} or "content-encoding" in headers:
        raise Refused("wrong_kind")
    return kind


def _one(headers: Headers, name: str) -> str:
    """Return the header that stands there once; empty otherwise, which nothing accepts."""
    found = headers.getlist(name)
    return found[0] if len(found) == 1 else ""


def _signed(verifier: SignatureVerifier, headers: Headers, body: bytes) -> str:
    """Return the signature; raise Refused when it is not that of these bytes, or of another time."""
    try:
        valid = verifier.is_valid(body, headers[_STAMP], headers[_SIGNATURE])
    except UnicodeDecodeError:  # it reads the body as text before it signs it
        raise Refused("malformed") from None
    if not valid:
        raise Refused("unsigned")
    return headers[_SIGNATURE]


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    raise Refused("too_large")
    except TimeoutError:
        raise Refused("slow") from None
    except ClientDisconnect:
        raise Refused("malformed") from None
    return bytes(body)


def _read(body: bytes, kind: str, request: Request) -> AsyncBoltRequest:
    """Return the signed request as Bolt wants it; raise Refused for what cannot be Slack's."""
    try:
        text = body.decode("utf-8")
        payload = _payload(text, kind)
        if not all(isinstance(payload.get(name, {}), dict | None) for name in ("event", "view", "user", "channel")):
            raise Refused("malformed")
        # Read here and verified before, as over a socket: Bolt would look for the word "payload" in the raw text, and
        # take a command in which somebody writes that word for one without any content.
        return AsyncBoltRequest(body=payload, headers=dict(request.headers), mode="socket_mode")
    except _ODD:
        raise Refused("malformed") from None


async def _answered(app: AsyncApp, request: AsyncBoltRequest) -> Response:
    """Return Bolt's answer; raise Refused when it stumbles over what came before a listener has it.

    Nothing of ours is raised here: the guard answers. Bolt's own handler of errors stumbles over the same again.
    """
    try:
        return to_starlette_response(await app.async_dispatch(request))
    except _ODD as error:
        log.warning("payload_unreadable", error=type(error).__name__)
        raise Refused("malformed") from None


def _payload(text: str, kind: str) -> dict[str, Any]:
    """Return what was sent; raise ValueError or TypeError for what is no object, or has a field twice."""
    if kind == _FORM:
        fields = _once(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
        if "payload" not in fields:
            return fields
        text = str(fields["payload"])
    payload = json.loads(text)
    if not isinstance(payload, dict):
        raise TypeError("no object")
    return payload


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands there twice")
    return found
