"""Ready-made values for tests of the checks: targets, exchanges, and what a check has gathered."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.checks.base import Flaw, Raw
from bot.checks.exchange import Exchange, observe
from bot.checks.target import Target
from bot.paths import read_rules
from bot.rules.evidence import Observation
from bot.rules.prices import load_prices

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MODEL = "claude-haiku-5-5"
KEY = "sk-ant-api03-" + "Zq7" * 31 + "AA"
PRICES = load_prices(read_rules()["prices"])
DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


def a_target(**changes: Any) -> Target:
    """Return a target on loopback; nothing listens there."""
    values: dict[str, Any] = {
        "base_url": "http://127.0.0.1:9",
        "api_key": KEY,
        "anthropic_version": "2026-10-21",
        "models": (MODEL,),
        "status_urls": ("http://127.0.0.1:9",),
        "user_agent": "anth-triage/test",
        "prices": PRICES,
        "unanswered_s": changes.get("deadline_s", 15.0) / 2,
    }
    return Target(**(values | changes))


def an_exchange(status: int | None = 200, body: object = None, **changes: Any) -> Exchange:
    """Return an answer: `body` is bytes, or anything that JSON can say."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    values: dict[str, Any] = {"at": NOW, "latency_s": 0.2, "status": status, "pieces": ((0.1, raw),) if raw else ()}
    return Exchange(**(values | changes))


def a_message(**changes: object) -> dict[str, object]:
    """Return what the Messages endpoint answers to a probe."""
    usage = {"input_tokens": 12, "output_tokens": 1}
    content = [{"type": "text", "text": "H"}]
    return {"type": "message", "content": content, "stop_reason": "max_tokens", "usage": usage} | changes


def an_error(kind: str, message: str, code: str | None = None) -> dict[str, object]:
    """Return the provider's error envelope."""
    details = {"error_code": code} if code else None
    return {"type": "error", "error": {"type": kind, "message": message, "details": details}, "request_id": "req_0123"}


def by_status(seen: Observation) -> str:
    """Classify simply: by status, or by the exception's name."""
    return {429: "rate_limit", 529: "overloaded", 404: "model_not_found"}.get(seen.http_status or 0, "server_error")


def gathered(*outcomes: tuple[str, Exchange, bool], skipped: str | None = None) -> Raw:
    """Return what a check has gathered: (about, exchange, clean) of each request."""
    raw = Raw(skipped=skipped)
    for about, exchange, clean in outcomes:
        raw.note(about, exchange, None if clean else Flaw(observation=observe(exchange)), by_status)
    return raw


def rate_headers(**left: int) -> Mapping[str, str]:
    """Return limit headers of 50 a minute with so many left: `rate_headers(requests=3)`."""
    names = {name.replace("_", "-"): count for name, count in left.items()}
    limits = {f"anthropic-ratelimit-{name}-limit": "50" for name in names}
    return (
        {"date": DATE} | limits | {f"anthropic-ratelimit-{name}-remaining": str(count) for name, count in names.items()}
    )
