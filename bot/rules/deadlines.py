"""What will fail unless somebody acts in time, although nothing fails yet."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.rules.evidence import Bucket, Evidence
from bot.rules.statistics import percent

LOW_HEADROOM: Final = 0.2
MODEL_DAYS: Final = 60
KEY_DAYS: Final = 7
SPEND_SHARE: Final = 0.9
"""Where the preventive row of the severity table begins (anthropic-api.md, 6, row 10)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that will fail: the branch that it will fail with, and a clause that people read."""

    branch: str
    text: str


def deadlines(evidence: Iterable[Evidence], configured_models: Collection[str]) -> tuple[Deadline, ...]:
    """Return what is due, most urgent kind first.

    Read from buckets and from these facts of a check: `key_expires_in_days`, `spend_share` (0-1),
    `lifecycle.<model>` (active, deprecated, retired) and `retires_in_days.<model>`.
    """
    found: list[Deadline] = []
    items = tuple(evidence)
    facts = {name: value for item in items for name, value in item.facts.items()}
    found += _key(facts)
    found += _spend(facts)
    found += [deadline for model in configured_models for deadline in _model(model, facts)]
    found += [_bucket(bucket) for bucket in tightest(items) if bucket.headroom < LOW_HEADROOM]
    return tuple(found)


def tightest(evidence: Iterable[Evidence]) -> tuple[Bucket, ...]:
    """Return each bucket once, as it was when it had least left."""
    least: dict[str, Bucket] = {}
    for bucket in (bucket for item in evidence for bucket in item.buckets):
        if bucket.bucket not in least or bucket.headroom < least[bucket.bucket].headroom:
            least[bucket.bucket] = bucket
    return tuple(least.values())


def _key(facts: Mapping[str, str]) -> list[Deadline]:
    days = _number(facts.get("key_expires_in_days"))
    if days is None or days > KEY_DAYS:
        return []
    return [Deadline("auth", "the key has expired" if days < 0 else f"the key expires in {days:.0f} days")]


def _spend(facts: Mapping[str, str]) -> list[Deadline]:
    share = _number(facts.get("spend_share"))
    if share is None or share < SPEND_SHARE:
        return []
    return [Deadline("quota_or_plan", f"{percent(share)} of the spend limit is used")]


def _model(model: str, facts: Mapping[str, str]) -> list[Deadline]:
    lifecycle = facts.get(f"lifecycle.{model}")
    days = _number(facts.get(f"retires_in_days.{model}"))
    if lifecycle == "retired" or (days is not None and days < 0):
        return [Deadline("model_not_found", f"{model} is past its retirement")]
    if days is not None and days <= MODEL_DAYS:
        return [Deadline("model_not_found", f"{model} retires in {days:.0f} days")]
    if lifecycle == "deprecated" and days is None:
        return [Deadline("model_not_found", f"{model} is deprecated, without a date")]
    return []


def _bucket(bucket: Bucket) -> Deadline:
    left = f"{bucket.remaining} of {bucket.limit}, {percent(bucket.headroom)}"
    return Deadline("rate_limit", f"little is left of the limit {bucket.bucket} ({left})")


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
