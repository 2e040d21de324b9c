# ruff: noqa: E501 - one shape of a line on each line
"""Ordinary lines of incidents, ten thousand of them, pass the redactor unaltered; no request id is ever touched."""

import hashlib
import random
import re
from collections.abc import Callable
from typing import Final, TypeVar

from bot.rules.redact import Redactor

LINES: Final = 10_000
T = TypeVar("T")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_REQUEST: Final = re.compile(r"\breq_[A-Za-z0-9]{10,}")
MODELS: Final = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-4-7-20260301", "us.anthropic.claude-opus-5-v1:0")
SERVICES: Final = ("checkout", "search-api", "ask-service", "task-runner", "risk-engine", "disk-watcher", "desk-bot")
GERMAN: Final = (
    "Die Schnittstelle antwortet nicht",
    "Der Schlüssel wurde gestern erneuert",
    "Läuft wieder, bitte prüfen",
)
JAPANESE: Final = ("東京リージョンで障害が発生しています", "APIキーの有効期限を確認してください", "復旧しました")
PROSE: Final = (
    "we rotated the key yesterday and nothing changed",
    "the content of the prompt is not the problem, the system is",
    "customers say: \"it hangs\", then: 'overloaded'",
    "bearer of bad news: the token budget is gone",
    "who has the password for the status page? ask the on-call",
)


class Maker:
    """Makes one line after another from its seed."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._shapes: tuple[Callable[[], str], ...] = (
            lambda: f"{self._time()} ERROR [{self._service()}] 529 overloaded_error request-id: {self._id('req')}",
            lambda: f'{{"type":"error","error":{{"type":"{self._error()}","message":"Overloaded"}},"request_id":"{self._id("req")}"}}',
            lambda: f"anthropic.APIStatusError: Error code: {self._status()} - {{'type': 'error', 'request_id': '{self._id('req')}'}}",
            lambda: f"request_id={self._id('req')} trace_id={self._hex(32)} span_id={self._hex(16)} msg={self._id('msg')}",
            lambda: f'  File "/srv/{self._service()}/client.py", line {self._number(900)}, in call_{self._hex(6)}',
            lambda: f"pod/{self._service()}-{self._hex(10)}-{self._word(5)} OOMKilled on ip-10-{self._number(255)}-0-7.eu-west-1",
            lambda: f"commit {self._hex(40)} merged by {self._word(6)}, image ghcr.io/acme/{self._service()}@sha256:{self._hex(64)}",
            lambda: f"GET https://api.anthropic.com/v1/models/{self._pick(MODELS)}?limit={self._number(99)} {self._status()} in {self._number(9000)}ms",
            lambda: f'http_requests_total{{service="{self._service()}",code="{self._status()}"}} {self._number(10**6)}',
            lambda: f"job {self._uuid()} of task-{self._uuid()} waits for disk-{self._hex(12)}",
            lambda: f"curl -sS https://api.anthropic.com/v1/messages -H 'anthropic-version: 2023-06-01' # model {self._pick(MODELS)}",
            lambda: f"anthropic-ratelimit-tokens-remaining: {self._number(10**6)}\r\nretry-after: {self._number(60)}\r\ncf-ray: {self._hex(16)}-FRA",
            lambda: f"{self._pick(GERMAN)}, Anfrage {self._id('req')}, seit {self._time()}",
            lambda: f"{self._pick(JAPANESE)} {self._id('req')}",
            lambda: f"{self._pick(PROSE)} ({self._service()}, {self._id('req')})",
            lambda: f"arn:aws:iam::{self._number(10**12):012d}:role/{self._service()} assumed in AKS and ASIA, org {self._uuid()}",
            lambda: f"screenshot_{self._hex(32)}.png, {self._pick(MODELS)}: input_tokens={self._number(9999)} output_tokens=0",
            lambda: f"<https://status.claude.com/incidents/{self._word(12)}|Elevated errors> since {self._time()}",
            lambda: f"java.net.SocketTimeoutException: timeout\n\tat okhttp3.internal.http2.Http2Stream(Http2Stream.kt:{self._number(999)})",
            lambda: f"workspace {self._id('wrkspc')} key id {self._id('apikey')} batch {self._id('msgbatch')} file {self._id('file')}",
            lambda: f"psql: connection to {self._service()}.db.internal:5432 failed; redis://cache-{self._number(9)}:6379/0 is fine",
            lambda: f'{{"level":"warn","msg":"retry {self._number(5)}","model":"{self._pick(MODELS)}","usage":{{"input_tokens":{self._number(999)}}}}}',
        )  # fmt: skip

    def line(self) -> str:
        """Return the next line."""
        return self._pick(self._shapes)()

    def _pick(self, choices: tuple[T, ...]) -> T:
        return self._rng.choice(choices)

    def _id(self, prefix: str) -> str:
        return f"{prefix}_011C" + "".join(self._rng.choices(_BASE58, k=20))

    def _hex(self, length: int) -> str:
        return hashlib.sha512(str(self._rng.random()).encode()).hexdigest()[:length]

    def _uuid(self) -> str:
        code = self._hex(32)
        return "-".join((code[:8], code[8:12], code[12:16], code[16:20], code[20:]))

    def _word(self, length: int) -> str:
        return "".join(self._rng.choices("bcdfghjklmnpqrstvwxz2456789", k=length))

    def _number(self, below: int) -> int:
        return self._rng.randrange(below)

    def _time(self) -> str:
        return (
            f"2026-11-{self._rng.randrange(1, 29):02d}T{self._rng.randrange(24):02d}:{self._rng.randrange(60):02d}:07Z"
        )

    def _status(self) -> object:
        return self._pick((400, 401, 403, 404, 413, 429, 500, 502, 503, 529))

    def _error(self) -> object:
        return self._pick(("overloaded_error", "api_error", "authentication_error", "rate_limit_error"))

    def _service(self) -> object:
        return self._pick(SERVICES)


def test_ordinary_lines_stay_and_no_request_id_is_altered() -> None:
    """Less than one line in a thousand is altered, and the request ids of every line are what they were."""
    redact, maker = Redactor(), Maker(20_261_127)
    altered = []
    for _ in range(LINES):
        line = maker.line()
        cleaned = redact(line)
        assert _REQUEST.findall(line) == _REQUEST.findall(cleaned)
        if cleaned != line:
            altered.append(line)
    assert len(altered) < LINES / 1_000, altered[:5]
    whole = "\n".join(Maker(7).line() for _ in range(500))
    assert _REQUEST.findall(whole) == _REQUEST.findall(redact(whole))
