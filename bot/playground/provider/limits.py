"""Token buckets that refill continuously by the clock, and the headers that tell about them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.playground.provider.story import Limits
from bot.playground.provider.wording import rfc3339

_MINUTE_S = 60
_ROUNDING = 1_000


class Bucket:
    """One token bucket: `limit` a minute, of which other traffic takes the share `load` (0-1).

    `level` is what is left; it never rises above what the other traffic leaves.
    """

    def __init__(self, limit: int, load: float, now: datetime) -> None:
        self.limit = limit
        self._share = 1.0 - load
        self.level = limit * self._share
        self._at = now

    def refill(self, now: datetime) -> None:
        """Add what has flowed in since the last look; a clock that ran backwards adds nothing."""
        passed = max(0.0, (now - self._at).total_seconds())
        self.level = min(self.limit * self._share, self.level + passed * self.limit * self._share / _MINUTE_S)
        self._at = now

    def take(self, amount: float) -> None:
        """Take out what was used; what was generated beyond the level is forgiven."""
        self.level = max(0.0, self.level - amount)

    def seconds_until(self, amount: float) -> float:
        """Return after how long `amount` would be there if the other traffic stopped."""
        return max(0.0, (min(amount, self.limit) - self.level) * _MINUTE_S / self.limit)


@dataclass(frozen=True, slots=True)
class Shortage:
    """The bucket that has too little: which limit, and after how many seconds it has enough."""

    limit: str
    retry_after_s: float


class ModelLimits:
    """The three buckets of one model."""

    def __init__(self, limits: Limits, now: datetime) -> None:
        self._buckets = {
            "requests": Bucket(limits.requests_per_minute, limits.load, now),
            "input-tokens": Bucket(limits.input_tokens_per_minute, limits.load, now),
            "output-tokens": Bucket(limits.output_tokens_per_minute, limits.load, now),
        }

    def take(self, input_tokens: int, output_tokens: int, now: datetime) -> Shortage | None:
        """Use the buckets for one request; if one has too little use none and say which.

        A request needs one output token to begin with: the rest counts as it is generated.
        """
        needed = {"requests": 1, "input-tokens": input_tokens, "output-tokens": min(1, output_tokens)}
        for name, bucket in self._buckets.items():
            bucket.refill(now)
            if bucket.level < needed[name]:
                return Shortage(f"{bucket.limit:,} {name.replace('-', ' ')}", bucket.seconds_until(needed[name]))
        for name, amount in (needed | {"output-tokens": output_tokens}).items():
            self._buckets[name].take(amount)
        return None

    def headers(self, now: datetime) -> dict[str, str]:
        """Return the rate-limit headers as of now; `tokens` is input and output together."""
        for bucket in self._buckets.values():
            bucket.refill(now)
        both = self._buckets["input-tokens"], self._buckets["output-tokens"]
        headers: dict[str, str] = {}
        for name, buckets in {**{name: (bucket,) for name, bucket in self._buckets.items()}, "tokens": both}.items():
            headers |= _group(f"anthropic-ratelimit-{name}", buckets, now)
        return headers


def _group(prefix: str, buckets: tuple[Bucket, ...], now: datetime) -> Mapping[str, str]:
    remaining = sum(bucket.level for bucket in buckets)
    if not prefix.endswith("requests"):
        remaining = round(remaining / _ROUNDING) * _ROUNDING
    full_in = max(math.ceil(bucket.seconds_until(bucket.limit)) for bucket in buckets)
    return {
        f"{prefix}-limit": str(sum(bucket.limit for bucket in buckets)),
        f"{prefix}-remaining": str(int(remaining)),
        f"{prefix}-reset": rfc3339(now + timedelta(seconds=full_in)),
    }
