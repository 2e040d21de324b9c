"""Reads rate-limit headers: what each bucket holds and when it is full again, by the server's own clock."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from bot.rules.evidence import Bucket

_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_LIMIT: Final = re.compile(
    r"anthropic-(?:ratelimit-)?((?:(?:priority|fast)-)?(?:requests|(?:input-|output-)?tokens))-limit"
)
PROBE_COSTS: Final = {"requests": 1, "tokens": 30, "input-tokens": 20, "output-tokens": 1}
"""What one probe takes out of each bucket, rounded up."""

_MINUTE_S: Final = 60.0


def buckets(headers: Mapping[str, str]) -> tuple[Bucket, ...]:
    """Return the buckets that the headers tell whole, the emptiest first; none if they tell nothing.

    A bucket refills continuously, so `refill_s`, the seconds until it is full, is its reset minus the server's
    date; without both it follows from the limit per minute.
    """
    return tuple(sorted(_buckets(headers), key=lambda bucket: bucket.headroom))


def _buckets(headers: Mapping[str, str]) -> Iterator[Bucket]:
    now = http_date(headers.get("date"))
    for name, value in headers.items():
        match = _LIMIT.fullmatch(name)
        limit, left = number(value), number(headers.get(name.removesuffix("limit") + "remaining"))
        if match is None or not limit or left is None:
            continue
        reset = moment(headers.get(name.removesuffix("limit") + "reset"))
        missing = max(0, limit - left)
        refill_s = missing * _MINUTE_S / limit if reset is None or now is None else (reset - now).total_seconds()
        yield Bucket(
            bucket=match[1],
            limit=limit,
            remaining=left,
            reset=reset,
            headroom=min(1.0, left / limit),
            refill_s=max(0.0, refill_s),
        )


def number(text: str | None) -> int | None:
    """Return a whole number of sane length, None for anything else."""
    return int(text) if text and _NUMBER.fullmatch(text) else None


def moment(text: object) -> datetime | None:
    """Return an RFC 3339 time in UTC, None for anything else."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return None if found is None or found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def http_date(text: str | None) -> datetime | None:
    """Return the moment in a `Date` header, None if there is none that can be read."""
    try:
        return None if text is None else parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
