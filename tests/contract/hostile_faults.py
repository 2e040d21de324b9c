"""Every way in which a provider or its status page may answer wrongly (promises.md, 4.2), as bytes on the wire."""

import gzip
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.checks.runner import run_checks
from bot.clock import SystemClock
from bot.paths import read_rules
from bot.playground.provider import HANG, Cut, Script, Send, hostile_server, raw_answer, raw_head, trickle
from bot.rules.book import load_book
from bot.rules.classify import classify
from bot.rules.evidence import Evidence, Observation
from tests.check_values import KEY, a_message, a_target

MEBIBYTE = 1024 * 1024
JSON = {"content-type": "application/json"}
GOOD = {
    **a_message(),
    "input_tokens": 8,
    "page": {"id": "p"},
    "id": "claude-haiku-5-5",
    "data": [],
    "components": [{"id": "k8w3r06qmzrp", "name": "Claude API", "status": "operational"}],
}


def answer(status: int = 200, body: object = GOOD, **headers: str) -> Script:
    """Return a whole answer; `body` is bytes, or what JSON can say. `retry_after="1"` is a header."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [Send(raw_answer(status, JSON | {name.replace("_", "-"): value for name, value in headers.items()}, raw))]


def error(status: int, kind: str, **headers: str) -> Script:
    """Return the provider's error envelope."""
    return answer(status, {"type": "error", "error": {"type": kind, "message": f"{kind} said"}}, **headers)


def packed(body: bytes, encoding: str) -> Script:
    """Return an answer that says it is packed."""
    return answer(body=body, content_encoding=encoding)


@cache
def bomb() -> bytes:
    """Return 200 MiB of zeros in 200 KB, made without ever holding them."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(pack.compress(bytes(MEBIBYTE)) for _ in range(200)), pack.flush()])


TRANSPORT: Mapping[str, Script] = {
    "silence": [HANG],
    "silence in the head": [Send(b"HTTP/1.1 200 OK\r\ncontent-type: app"), HANG],
    "silence in the body": [Send(raw_head(200, JSON | {"content-length": "900"})), Send(b'{"page":'), HANG],
    "a byte each 20 ms": [Send(raw_head(200, JSON | {"content-length": "900"})), *trickle(b" " * 900, 0.02)],
    "nothing at all": [],
    "an empty body": answer(body=b""),
    "reset at once": [Cut()],
    "reset in the body": [Send(raw_head(200, JSON | {"content-length": "900"})), Send(b"{"), Cut()],
    "50 MB": [Send(raw_head(200, {"content-length": str(50 * MEBIBYTE)})), Send(bytes(MEBIBYTE), times=50)],
    "a body without end": [Send(raw_head(200, JSON)), Send(b" " * MEBIBYTE, times=100_000)],
    "broken gzip": packed(b"no gzip at all", "gzip"),
    "half a gzip": packed(gzip.compress(b'{"page": {"id": "p"}}')[:12], "gzip"),
    "brotli without brotli": packed(b"x", "br"),
    "zstd without zstd": packed(b"x", "zstd"),
    "brotli without a body": packed(b"", "br"),
    "zstd without a body": packed(b"", "zstd"),
    "content-length too large": [Send(raw_head(200, JSON | {"content-length": "900"})), Send(b"{}")],
    "content-length too small": [Send(raw_head(200, JSON | {"content-length": "1"})), Send(b"{}")],
    "content-length in words": [Send(raw_head(200, JSON | {"content-length": "many"})), Send(b"{}")],
    "bad chunk size": [Send(raw_head(200, JSON | {"transfer-encoding": "chunked"})), Send(b"zz\r\n{}\r\n")],
    "chunks of one byte": [
        Send(raw_head(200, JSON | {"transfer-encoding": "chunked"})),
        Send(b"1\r\n \r\n" * 30_000),
    ],
    "a header of 1 MB": answer(x_large="x" * 1_000_000),
    "a thousand headers": [Send(raw_head(200, {f"x-{number}": "x" for number in range(1_000)})), Send(b"{}")],
    "no HTTP": [Send(b"SSH-2.0-OpenSSH_9.2\r\n")],
    "a status of its own": [Send(b"HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n")],
    "a status in words": [Send(b"HTTP/1.1 fine\r\n\r\n")],
    "continue for ever": [Send(b"HTTP/1.1 100 Continue\r\n\r\n", times=1_000), HANG],
    "another protocol": [Send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"), HANG],
}

BODIES: Mapping[str, Script] = {
    "300 levels": answer(body=b"[" * 300 + b"]" * 300),
    "100,000 levels": answer(body=b'{"page":' * 100_000),
    "NaN": answer(body=b'{"page": NaN, "input_tokens": NaN, "content": NaN}'),
    "an endless number": answer(body=b'{"input_tokens": ' + b"9" * 10_000 + b"}"),
    "doubled keys": answer(body=b'{"page": {"id": "a"}, "page": 7, "content": [], "content": {}}'),
    "half a surrogate pair": answer(body=b'{"page": {"id": "\\ud800"}, "error": {"type": "\\udfff"}, "content": []}'),
    "a byte order mark": answer(body=b"\xef\xbb\xbf" + json.dumps(GOOD).encode()),
    "latin-1": answer(body='{"page": {"id": "\xfc"}}'.encode("latin-1")),
    "a sign-in page": answer(
        body=b"<html><title>Sign in to the guest network</title></html>", content_type="text/html"
    ),
    "an array": answer(body=[GOOD]),
    "null": answer(body=b"null"),
    "missing fields": answer(body={"page": {"id": "p"}, "content": [], "data": [{}]}),
    "wrong kinds": answer(
        body={"page": {"id": "p"}, "components": [7, {"id": []}], "incidents": {"a": 1}, "content": 7, "data": "x"}
    ),
    "unknown words": answer(
        body=GOOD | {"status": {"indicator": "severe"}, "stop_reason": "novel", "lifecycle": "asleep"}
    ),
    "an event stream of nonsense": answer(
        body=b"event: x\ndata: {\n\ndata\n\n" * 100, content_type="text/event-stream"
    ),
    "the key itself": answer(502, body={"error": {"type": KEY, "message": f"bad key {KEY}"}}, request_id=KEY, via=KEY),
    "the key in escapes": answer(
        502, body=b'{"error": {"message": "' + "".join(f"\\u{ord(c):04x}" for c in KEY).encode() + b'"}}'
    ),
    "the key in a good answer": answer(
        body=GOOD | {"id": KEY, "stop_reason": "refusal", "stop_details": {"category": KEY}}
    ),
    "the key in a stream": answer(
        body=f'data: {{"type": "error", "error": {{"type": "{KEY}", "message": "{KEY}"}}}}\n\n'.encode(),
        content_type="text/event-stream",
    ),
    "the key on the page": answer(
        body=GOOD | {"incidents": [{"name": f"API {KEY}", "status": KEY, "impact": KEY, "shortlink": KEY}]}
    ),
}

STATUSES: Mapping[str, Script] = {
    **{
        f"{status} {kind}": error(status, kind)
        for status, kind in {
            401: "authentication_error",
            403: "permission_error",
            404: "not_found_error",
            408: "timeout_error",
            413: "request_too_large",
            429: "rate_limit_error",
            500: "api_error",
            502: "api_error",
            503: "api_error",
            504: "timeout_error",
            529: "overloaded_error",
        }.items()
    },
    **{
        f"{status} without a body": answer(status, b"")
        for status in (204, 304, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504, 529)
    },
    **{
        f"retry-after {value}": error(429, "rate_limit_error", retry_after=value)
        for value in ("1", "30", "3600", "abc", "-1", "Sun, 22 Nov 2026 12:00:00 GMT")
    },
    "an endless request id": error(500, "api_error", request_id="req_" + "x" * 5_000),
    "a request id with markup": error(500, "api_error", request_id="<!channel>"),
    "a request id over two lines": [
        Send(b"HTTP/1.1 500 Odd\r\nrequest-id: req_1\r\n  <!channel>\r\ncontent-length: 0\r\n\r\n")
    ],
    "a request id with a line end in the body": answer(
        500, {"type": "error", "error": {"type": "api_error"}, "request_id": "req_1\r\nx-forged: 1"}
    ),
    "a skewed date": answer(
        date="Sun, 22 Nov 2020 12:00:00 GMT",
        anthropic_ratelimit_requests_limit="5",
        anthropic_ratelimit_requests_remaining="4",
        anthropic_ratelimit_requests_reset="2026-11-22T12:00:00Z",
    ),
    "limits of nonsense": answer(
        anthropic_ratelimit_requests_limit="-5",
        anthropic_ratelimit_requests_remaining="many",
        anthropic_ratelimit_tokens_limit="9" * 4_000,
        anthropic_ratelimit_tokens_reset="0001-01-01T00:00:00+23:59",
    ),
    "a redirect to the same path": answer(302, b"", location="?"),
    "a redirect to itself": answer(302, b"", location="/api/v2/summary.json"),
    "a redirect to a file": answer(302, b"", location="file:///etc/passwd"),
    "a redirect to the cloud's metadata": answer(302, b"", location="http://169.254.169.254/latest/meta-data"),
    "a redirect to nowhere": answer(302, b"", location="http://[broken"),
    "a redirect without a place": answer(302, b""),
}

ALL: Mapping[str, Script] = {**TRANSPORT, **BODIES, **STATUSES}
ECHOES = tuple(name for name in BODIES if name.startswith("the key"))
"""The faults that send our own key back to us."""

DEADLINE_S = 3.0  # on a busy machine the heaviest fault takes two seconds of computing
LIMIT_S = DEADLINE_S + 0.2
_RULES = load_book(read_rules()).rules


def branch_of(seen: Observation) -> str:
    """Classify by the product's own rules."""
    return classify(seen, _RULES).branch


@dataclass(frozen=True)
class Suffered:
    """One run of all checks against one fault: what they said, how long it took, and what each host was sent."""

    found: tuple[Evidence, ...]
    took_s: float
    api: bytes = b""
    page: bytes = b""

    @property
    def broken(self) -> list[str]:
        """Return the checks that did not survive."""
        return [evidence.check for evidence in self.found if "check itself broke" in evidence.summary]

    @property
    def strangers_with_the_key(self) -> int:
        """Return how many hosts but the API were sent the key."""
        return int(KEY.encode() in self.page)


async def suffer(script: Script) -> Suffered:
    """Run every check, the long stream too, against one fault of the API and of the page, two hosts."""
    api: list[bytes] = []
    page: list[bytes] = []
    async with hostile_server(script, received=api) as url, hostile_server(script, received=page) as site:
        found, took_s = await ask_all(base_url=url, status_urls=(site,), control_url=site)
    return Suffered(found, took_s, b"".join(api), b"".join(page))


async def ask_all(**changes: Any) -> tuple[tuple[Evidence, ...], float]:
    """Run every check; return the evidence and how long it took."""
    target = a_target(**({"deadline_s": DEADLINE_S, "long_stream": True} | changes))
    started = time.perf_counter()
    found = await run_checks(target, clock=SystemClock(), classify=branch_of)
    return found, time.perf_counter() - started
