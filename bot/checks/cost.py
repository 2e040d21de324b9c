"""What the probes of a run cost, estimated without asking anybody."""

from collections.abc import Sequence
from typing import Final

from bot.checks.base import Attempt
from bot.checks.exchange import fields_of

_PRICES: Final = {"claude-haiku-5-5": (0.10, 0.50)}
"""Dollars per million tokens in and out (anthropic-api.md, section 8); other models are told in tokens only."""


def cost(attempts: Sequence[Attempt]) -> dict[str, str]:
    """Return the facts `tokens` and, where prices are known, `cost` ("about $0.00001")."""
    used = [(attempt, fields_of(attempt.exchange.data(), "usage")) for attempt in attempts if attempt.branch is None]
    if not used:
        return {}
    counts = [
        (attempt.about, _count(usage.get("input_tokens")), _count(usage.get("output_tokens")))
        for attempt, usage in used
    ]
    facts = {"tokens": f"{sum(count[1] for count in counts)} in, {sum(count[2] for count in counts)} out"}
    prices = [_PRICES.get(about) for about, *_ in counts]
    if None in prices:
        return facts
    dollars = sum(
        (tokens_in * price[0] + tokens_out * price[1]) / 1e6
        for (_, tokens_in, tokens_out), price in zip(counts, prices, strict=True)
        if price
    )
    return facts | {"cost": f"about ${dollars:.6f}"}


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**6 else 0
