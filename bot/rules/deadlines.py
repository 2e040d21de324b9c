"""What will fail unless somebody acts in time, although nothing fails yet."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.rules.evidence import Bucket, Evidence
from bot.rules.statistics import percent

LOW_HEADROOM: Final = 0.2
MODEL_DAYS: Final = 60
"""Where the preventive row of the severity table begins (anthropic-api.md, 6, row 10)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that will fail: the branch that it will fail with, and a clause that people read."""

    branch: str
    text: str


def deadlines(
    evidence: Iterable[Evidence], configured_models: Collection[str], now: datetime | None
) -> tuple[Deadline, ...]:
    """Return what is due; `now` is the time of the newest measurement (None: dates cannot be judged).

    Read from the buckets and from these facts of any check: `lifecycle:MODEL` (active, deprecated, retired),
    `retires_at:MODEL` (ISO 8601).
    """
    items = tuple(evidence)
    facts = {name: value for item in items for name, value in item.facts.items()}
    models = [deadline for model in configured_models for deadline in _model(model, facts, now)]
    buckets = [_bucket(bucket) for bucket in tightest(items) if bucket.headroom < LOW_HEADROOM]
    return (*models, *buckets)


def tightest(evidence: Iterable[Evidence]) -> tuple[Bucket, ...]:
    """Return each bucket once, as it was when it had least left."""
    least: dict[str, Bucket] = {}
    for bucket in (bucket for item in evidence for bucket in item.buckets):
        if bucket.bucket not in least or bucket.headroom < least[bucket.bucket].headroom:
            least[bucket.bucket] = bucket
    return tuple(least.values())


def _model(model: str, facts: Mapping[str, str], now: datetime | None) -> list[Deadline]:
    """Return what a configured model is due for: an active one may bear a date before which it will stay."""
    lifecycle = facts.get(f"lifecycle:{model}")
    left = _left(facts.get(f"retires_at:{model}"), now)
    if lifecycle == "retired" or (lifecycle == "deprecated" and left is not None and left < timedelta(0)):
        return [Deadline("model_not_found.gone", f"{model} is past its retirement")]
    if lifecycle != "deprecated":
        return []
    if left is None:
        return [Deadline("model_not_found.gone", f"{model} is deprecated")]
    due = left <= timedelta(days=MODEL_DAYS)
    return [Deadline("model_not_found.gone", f"{model} retires in {left.days} days")] if due else []


def _bucket(bucket: Bucket) -> Deadline:
    left = f"{bucket.remaining} of {bucket.limit}, {percent(bucket.headroom)}"
    return Deadline("rate_limit", f"little is left of the limit {bucket.bucket} ({left})")


def _left(text: str | None, now: datetime | None) -> timedelta | None:
    try:
        then = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if then is None or now is None:
        return None
    return (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
