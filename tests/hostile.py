"""Hostile HTTP requests as raw bytes: malformed ones, and good ones of Slack's in which one thing is changed."""

import gzip
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

MARK = "CANARY7f3a91"
"""Stands in each body: it may stand in no log."""
_MANY = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A request before it becomes bytes; `signed` says of what Slack's signature is made, None without any."""

    body: bytes
    secret: str
    stamp: int
    kind: str = "application/x-www-form-urlencoded"
    signed: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    without: frozenset[str] = frozenset()
    line: str = "POST /slack/events HTTP/1.1"
    length: str | None = None
    rest: bytes = field(default=b"")

    def raw(self) -> bytes:
        """Return the bytes as they go over the wire."""
        signed = self.body if self.signed is None else self.signed
        digest = hmac.new(self.secret.encode(), b"v0:%d:%s" % (self.stamp, signed), hashlib.sha256).hexdigest()
        heads = [
            ("Host", "bot.example.com"),
            ("X-Slack-Request-Timestamp", str(self.stamp)),
            ("X-Slack-Signature", f"v0={digest}"),
            ("Content-Type", self.kind),
            ("Content-Length", str(len(self.body)) if self.length is None else self.length),
        ]
        kept = [(name, value) for name, value in heads if name.lower() not in self.without]
        lines = [self.line, *(f"{name}: {value}" for name, value in (*kept, *self.headers))]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body + self.rest


def command(secret: str, team: str, text: str) -> Letter:
    """Return what Slack sends when somebody types this behind the command."""
    fields = {"command": "/anth-triage", "text": text, "team_id": team, "user_id": "U0LEAD0001"}
    more = {"channel_id": "C0OPS00001", "trigger_id": f"1.{random.getrandbits(40)}", "api_app_id": "A0"}
    return Letter(body=urlencode(fields | more).encode(), secret=secret, stamp=int(time.time()))


Change = Callable[[Letter, random.Random], Letter]


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(7))]) + data[at + 1 :]


def _payload(of: object) -> bytes:
    return urlencode({"payload": json.dumps(of)}).encode()


def _tree(chance: random.Random, depth: int = 0) -> object:
    """Return JSON in the fields that Slack uses, with anything in them."""
    names = ("type", "user", "team", "view", "actions", "channel", "event", "state", "values", "id", "action_id")
    leaves: tuple[object, ...] = (
        None,
        True,
        -1,
        1e308,
        "",
        MARK,
        [],
        {},
        "block_actions",
        "view_submission",
        "\0",
        "é",
    )
    if depth > 3 or chance.random() < 0.3:
        return chance.choice(leaves)
    if chance.random() < 0.2:
        return [_tree(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {name: _tree(chance, depth + 1) for name in chance.sample(names, chance.randrange(1, 6))}


def _odd_payload(letter: Letter, chance: random.Random) -> Letter:
    kinds = ("block_actions", "view_submission", "shortcut", "message_action", "event_callback", "url_verification")
    top = _tree(chance)
    odd = {**(top if isinstance(top, dict) else {"actions": top}), "type": chance.choice(kinds), "x": MARK}
    as_json = chance.random() < 0.5
    body = json.dumps(odd).encode() if as_json else _payload(odd)
    return replace(letter, body=body, kind="application/json" if as_json else letter.kind)


def _json(letter: Letter, body: bytes) -> Letter:
    return replace(letter, body=body, kind="application/json")


CHANGES: dict[str, Change] = {
    "a bit of the body": lambda one, c: replace(one, signed=one.body, body=_flip(one.body, c)),
    "a field more": lambda one, _: replace(one, signed=one.body, body=one.body + b"&x=1"),
    "another team": lambda one, _: replace(one, body=one.body.replace(b"team_id=", b"team_id=T9")),
    "another app, signature kept": lambda one, _: replace(one, signed=one.body, body=one.body.replace(b"=A0", b"=A9")),
    "another secret": lambda one, c: replace(one, secret=f"{c.getrandbits(128):x}"),
    "another time, signature kept": lambda one, c: replace(
        one,
        without=frozenset({"x-slack-request-timestamp"}),
        headers=(("X-Slack-Request-Timestamp", str(one.stamp + c.choice((-1, 1)))),),
    ),
    "old": lambda one, c: replace(one, stamp=one.stamp - 301 - c.randrange(10**6)),
    "from the future": lambda one, c: replace(one, stamp=one.stamp + 310 + c.randrange(10**6)),
    "no signature": lambda one, _: replace(one, without=frozenset({"x-slack-signature"})),
    "no time": lambda one, _: replace(one, without=frozenset({"x-slack-request-timestamp"})),
    "no type": lambda one, _: replace(one, without=frozenset({"content-type"})),
    "no length": lambda one, _: replace(one, without=frozenset({"content-length"})),
    "two signatures": lambda one, c: replace(one, headers=(("X-Slack-Signature", f"v0={c.getrandbits(256):064x}"),)),
    "two times": lambda one, _: replace(one, headers=(("X-Slack-Request-Timestamp", str(one.stamp)),)),
    "wrong type": lambda one, c: replace(one, kind=c.choice(("text/plain", "multipart/form-data; boundary=x", "*/*"))),
    "cut off": lambda one, c: replace(
        one, signed=one.body, body=one.body[: c.randrange(len(one.body))], length=str(len(one.body))
    ),
    "too short a length": lambda one, c: replace(one, length=str(c.randrange(len(one.body)))),
    "length and chunks": lambda one, _: replace(one, headers=(("Transfer-Encoding", "chunked"),)),
    "chunks": lambda one, _: replace(
        one,
        without=frozenset({"content-length"}),
        headers=(("Transfer-Encoding", "chunked"),),
        signed=one.body,
        body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(one.body), one.body),
    ),
    "odd chunking": lambda one, c: replace(
        one, headers=(("Transfer-Encoding", c.choice(("gzip, chunked", "identity", "chunked, chunked", " chunked"))),)
    ),
    "a smuggled second": lambda one, _: replace(
        one, headers=(("Transfer-Encoding", "chunked"),), rest=b"0\r\n\r\n" + replace(one, secret="no").raw()
    ),
    "gzip": lambda one, _: replace(one, body=gzip.compress(one.body), headers=(("Content-Encoding", "gzip"),)),
    "a bomb of gzip": lambda one, _: replace(
        one, body=gzip.compress(bytes(_MANY), 9), headers=(("Content-Encoding", "gzip"),)
    ),
    "no UTF-8": lambda one, c: replace(one, body=one.body + b"&y=" + bytes([c.randrange(0x80, 0x100)]) + b"\xff"),
    "no UTF-8 in JSON": lambda one, _: _json(one, b'{"type": "event_callback", "x": "\xff\xfe"}'),
    "deep JSON": lambda one, _: _json(one, b"[" * 100_000),
    "a deep payload": lambda one, _: replace(one, body=b"payload=" + b'{"a":' * 50_000),
    "broken JSON": lambda one, c: _json(one, b'{"type": "event_callback", "' + str(c.random()).encode()),
    "no object": lambda one, c: _json(one, c.choice((b"null", b"1", b"[1]", b'"x"', b"NaN", b""))),
    "a payload that is none": lambda one, c: replace(one, body=b"payload=" + c.choice((b"", b"1", b"[]", b"null"))),
    "doubled fields": lambda one, _: replace(one, body=one.body + b"&team_id=T9&command=%2Fanth-triage"),
    "many fields": lambda one, _: replace(one, body=one.body + b"&x=1" * 5_000),
    "a payload beside a command": lambda one, _: replace(one, body=one.body + b"&payload=%7B%7D"),
    "odd fields": _odd_payload,
    "another method": lambda one, c: replace(
        one, line=f"{c.choice(('PUT', 'PATCH', 'DELETE', 'OPTIONS', 'GET', 'BREW'))} /slack/events HTTP/1.1"
    ),
    "another path": lambda one, c: replace(
        one, line=f"POST {c.choice(('/', '/slack/events/', '/slack//events', '/metrics', '/slack/%2e/x'))} HTTP/1.1"
    ),
    "too many headers": lambda one, _: replace(one, headers=tuple((f"X-{n}", "y" * 50) for n in range(1_000))),
    "a long header": lambda one, _: replace(one, headers=(("X-Long", "y" * 200_000),)),
    "a folded header": lambda one, _: replace(one, headers=(("X-Slack-Signature", "v0=\r\n 00"),)),
    "eleven megabytes": lambda one, _: replace(one, body=one.body + b"x" * _MANY),
}
RARE = frozenset({"eleven megabytes", "a bomb of gzip"})
"""Each of these moves so much that a few are enough."""


def mutated(letters: Iterator[Letter], count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield so many good requests of which one thing is changed, with the name of the change."""
    names = [*(set(CHANGES) - RARE)]
    names.sort()
    for number in range(count):
        often = names[number % len(names)]
        name = sorted(RARE)[number % len(RARE)] if number % 50 == 0 else often
        yield name, CHANGES[name](next(letters), chance).raw()


def malformed(count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield so many requests that are none, or none of Slack's, with the name of what is wrong."""
    made = [_OF_BYTES[name] for name in sorted(_OF_BYTES)]
    names = sorted(_OF_BYTES)
    for number in range(count):
        at = number % len(made)
        yield names[at], made[at](chance)


def _post(*heads: str, body: bytes = MARK.encode(), line: str = "POST /slack/events HTTP/1.1") -> bytes:
    return "\r\n".join([line, "Host: x", *heads]).encode("latin-1") + b"\r\n\r\n" + body


_OF_BYTES: dict[str, Callable[[random.Random], bytes]] = {
    "noise": lambda c: c.randbytes(c.randrange(1, 2_000)),
    "noise with an end": lambda c: c.randbytes(200) + b"\r\n\r\n",
    "noise as a body": lambda c: _post("Content-Length: 500", body=c.randbytes(500)),
    "nothing": lambda _: b"",
    "only ends of lines": lambda c: b"\r\n" * c.randrange(1, 200),
    "TLS": lambda c: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + c.randbytes(500),
    "HTTP/2": lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": lambda _: b"GET /slack/events\r\n\r\n",
    "HTTP/9.9": lambda _: _post(line="POST /slack/events HTTP/9.9"),
    "no version": lambda _: _post(line="POST /slack/events"),
    "a long line": lambda c: _post(line=f"POST /{'x' * c.randrange(10**5, 10**6)} HTTP/1.1"),
    "a NUL in the path": lambda _: _post(line="POST /slack/\0events HTTP/1.1"),
    "up the tree": lambda _: _post(line="GET /../../../etc/passwd HTTP/1.1"),
    "odd escapes": lambda c: _post(line=f"POST /slack/%{c.randrange(256):x}%zz%ff HTTP/1.1"),
    "a whole address": lambda _: _post(line="POST http://169.254.169.254/slack/events HTTP/1.1"),
    "a tunnel": lambda _: _post(line="CONNECT slack.com:443 HTTP/1.1"),
    "no host": lambda _: b"POST /slack/events HTTP/1.1\r\n\r\n",
    "two hosts": lambda _: _post("Host: y"),
    "a negative length": lambda _: _post("Content-Length: -1"),
    "a huge length": lambda _: _post(f"Content-Length: {'9' * 50}"),
    "a length in words": lambda _: _post("Content-Length: ten"),
    "two lengths": lambda _: _post("Content-Length: 12", "Content-Length: 0"),
    "a list of lengths": lambda _: _post("Content-Length: 12, 0"),
    "a signed length": lambda _: _post("Content-Length: +12"),
    "chunks of a wrong size": lambda _: _post("Transfer-Encoding: chunked", body=b"zz\r\n" + MARK.encode()),
    "chunks of a huge size": lambda _: _post("Transfer-Encoding: chunked", body=b"f" * 40 + b"\r\n"),
    "chunks without an end": lambda _: _post("Transfer-Encoding: chunked", body=b"1\r\nx\r\n" * 1_000),
    "a header without a colon": lambda _: _post("no colon here"),
    "a header with a space": lambda _: _post("Content-Length : 12"),
    "a bare line feed": lambda _: b"POST /slack/events HTTP/1.1\nHost: x\nContent-Length: 12\n\n" + MARK.encode(),
    "odd letters in a header": lambda c: _post(
        f"X-Slack-Signature: v0={chr(c.randrange(128, 256))}", "Content-Length: 12"
    ),
    "odd digits in the time": lambda _: _post("X-Slack-Request-Timestamp: \xb2\xb3", "Content-Length: 12"),
    "an endless time": lambda _: _post(f"X-Slack-Request-Timestamp: {'9' * 5_000}", "Content-Length: 12"),
    "a flood of headers": lambda c: _post(*(f"X-{n}: {c.random()}" for n in range(2_000))),
    "an upgrade": lambda _: _post("Connection: upgrade", "Upgrade: websocket", line="GET /slack/events HTTP/1.1"),
    "an expectation": lambda _: _post("Expect: 100-continue", "Content-Length: 99999999"),
    "a queue of requests": lambda _: _post("Content-Length: 0", body=b"") * 50,
    "a part of a head": lambda _: b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slow: " + MARK.encode(),
    "unsigned": lambda _: _post(f"Content-Length: {len(MARK)}", "Content-Type: application/json"),
}
