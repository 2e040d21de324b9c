"""How many Messages probes a run sends, so that it learns enough and leaves the limits to production."""

import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from bot.checks.base import Attempt
from bot.checks.exchange import Exchange
from bot.checks.limits import PROBE_COSTS, number
from bot.checks.target import Target
from bot.rules.tally import SLOW_S

AT_ONCE: Final = 5
"""Probes of a model that are sent without knowing its limits (docs/adr/0005-burst-at-once.md)."""

_EACH: Final = 2  # probes per model at least, as one cannot tell "sometimes" from "always"
GROWN: Final = 20  # anthropic-api.md, section 5: from 5 to 20 when ambiguous
_BESIDE: Final = 3  # probes outside the burst: up to two streamed ones and the other model's
_LONG: Final = 2  # the long stream, and a later one for it when it met a limit
_PART: Final = 5  # a burst uses a fifth of what is left at most, the rest is production's
_PATIENCE_S: Final = 1.0


def most(target: Target) -> int:
    """Return how many probes the burst may have in all."""
    return max(1, target.max_samples - _BESIDE - (_LONG if target.long_stream else 0))


def plan(target: Target) -> dict[str, int]:
    """Return how many probes each model gets: `samples` in all, but two each as far as the budget of a run goes."""
    wanted = max(target.samples, min(_EACH, target.samples) * len(target.models))
    return share(min(wanted, most(target)), target.models)


def share(count: int, models: Sequence[str]) -> dict[str, int]:
    """Share `count` over the models evenly, the first ones first."""
    each, left = divmod(count, len(models))
    return {model: each + (place < left) for place, model in enumerate(models)}


def growth(attempts: Sequence[Attempt], sent: int, limit: int) -> int:
    """Return how many more probes an ambiguous burst needs: exactly one failure or exactly one slow answer.

    A 429 is never ambiguous: it is the provider's own statement.
    """
    if any(attempt.exchange.status == HTTPStatus.TOO_MANY_REQUESTS for attempt in attempts):
        return 0
    bad = sum(attempt.branch is not None for attempt in attempts)
    slow = sum(attempt.branch is None and attempt.exchange.latency_s > SLOW_S for attempt in attempts)
    ambiguous = len(attempts) > 1 and (bad == 1 or (bad == 0 and slow == 1))
    return max(0, min(GROWN, limit) - sent) if ambiguous else 0


def patience(target: Target) -> float:
    """Return the seconds that the burst waits for a model's first answers before it goes on without."""
    return min(_PATIENCE_S, target.deadline_s / 10)


def allowed(answers: Sequence[Exchange]) -> int:
    """Return how many more probes of a model its answers allow: none after a 429, any number if they do not say."""
    if any(answer.status == HTTPStatus.TOO_MANY_REQUESTS for answer in answers):
        return 0
    return min((_room(answer.headers) for answer in answers), default=sys.maxsize)


def _room(headers: Mapping[str, str]) -> int:
    found = ((number(headers.get(f"anthropic-ratelimit-{name}-remaining")), cost) for name, cost in PROBE_COSTS.items())
    return min((left // (_PART * cost) for left, cost in found if left is not None), default=sys.maxsize)
