"""Asks once more what a rate limit refused: a limit that only our own burst emptied is no failure of the provider."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.checks.base import Attempt, Raw
from bot.checks.limits import PROBE_COSTS, buckets, number
from bot.checks.shared import Shared
from bot.rules.deadlines import LOW_HEADROOM
from bot.rules.wait import wait_seconds

_PLAIN: Final = "rate_limit"  # other limits (ramp, spend, concurrency) are not cured by a short wait
_REQUESTS: Final = "anthropic-ratelimit-requests-limit"
_MINUTE_S: Final = 60.0


def is_limited(attempt: Attempt) -> bool:
    """Tell whether a request met an ordinary rate limit."""
    return attempt.branch == _PLAIN


async def ask_again(
    limited: Sequence[Attempt], send: Callable[[], Awaitable[Attempt | None]], shared: Shared, raw: Raw
) -> None:
    """Wait as each refusal asks and send one later probe for it; forgive them if the burst alone was too much.

    It was if every later probe gets through and a fifth of the limit would be left without ours: where production is
    at its limit, the 429 is the answer that people look for. The later probes of all checks go out one after the
    other, since they drain the same limit. Nothing is sent, and everything counts, when the waits would take more than
    half of the time that is left.
    """
    waits = [_wait_s(attempt) for attempt in limited]
    later: Attempt | None = None
    async with shared.again:
        if sum(waits) > shared.time_left() / 2:
            return
        for wait_s in waits:
            await shared.clock.sleep(wait_s)
            later = await send()
            if later is None or later.branch:
                return
    if later is None or _left_without_us(later, raw) < LOW_HEADROOM:
        return
    raw.forgive(limited)
    probes = "1 probe" if len(limited) == 1 else f"{len(limited)} probes"
    raw.facts["own_429"] = f"Our own burst met a nearly empty rate limit: {probes} got a 429, later ones got through."


def _left_without_us(later: Attempt, raw: Raw) -> float:
    """Return what would be left of the tightest limit, 0-1, had nothing of ours been sent; 0 when nobody tells."""
    ours = sum(attempt.about == later.about for attempt in raw.attempts)
    found = buckets(later.exchange.headers)
    return min((one.headroom + ours * PROBE_COSTS.get(one.bucket, 0) / one.limit for one in found), default=0.0)


def _wait_s(attempt: Attempt) -> float:
    """Return the seconds until there is room for one more request; endless when the provider does not say."""
    seen = attempt.observation
    told = wait_seconds(seen.headers, seen.message or "")
    limit = number(seen.headers.get(_REQUESTS))
    return float("inf") if told is None else max(told, _MINUTE_S / limit if limit else 0.0)
