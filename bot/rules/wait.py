"""Reads how long the provider asks to wait: from headers, else from the text."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from bot.rules.evidence import Evidence

_LONGEST: Final = 31 * 86_400.0  # seconds; a limit is never longer than a month, so a larger number is an error
_BODY: Final = re.compile(
    r"retry[_-]after(?:_?(?:s|seconds))?[\"']?\s?[:=]\s?[\"']?(\d{1,7}(?:\.\d{1,3})?)(?!\w)", re.IGNORECASE
)
_TOLD: Final = re.compile(
    r"(?:try again|retry|wait)(?: (?:in|after|for|at least|about|another))*\s(\d{1,7}(?:\.\d{1,3})?)\s?"
    r"(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b",
    re.IGNORECASE,
)
_DATED: Final = re.compile(
    r"(?:reset|regain|available|until|resume|renew|lift)\w*\b.{0,40}?"
    r"(\d{4}-\d\d-\d\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}\b)"
    r"(?:(?:T| at |,? )(\d\d:\d\d)(?::\d\d)?(?:\.\d+)? ?(?:UTC|GMT|Z\b))?",
    re.IGNORECASE,
)
_LIMIT_HEADER: Final = re.compile(
    r"\b[\w-]{0,40}rate-?limit-[\w-]{1,60}[\"']?\s?[:=]\s?[\"']?\S{1,60}|\bretry-after\S{0,4}\s?[:=][^\n;]{1,40}",
    re.IGNORECASE,
)
"""A header that tells when a bucket is full again, as dumps and logs print it: minutes away, and no day of a cap."""
_HOUR: Final = re.compile(r"(?:reset|regain|available|renew)\w*\b.{0,20}?\d{1,2}(?::\d\d)? ?[ap]\.?m\b", re.IGNORECASE)
_UNITS: Final = {"ms": 0.001, "mi": 60.0, "m": 60.0, "h": 3_600.0, "s": 1.0}


def wait_seconds(headers: Mapping[str, str], text: str) -> float | None:
    """Return the seconds to wait that the provider names, or None.

    Order, as the vendor's client reads it: what is asked for as such, then the latest limit reset minus `date`, then
    the text. `headers` have lower-case names.
    """
    date = _moment(headers.get("date"))
    return _first(asked_seconds(headers, text), _until(_empty_bucket_reset(headers), date), _told(text))


def asked_seconds(headers: Mapping[str, str], text: str) -> float | None:
    """Return the seconds that a `retry-after` asks to wait, a header or a field in the text; None without one.

    `retry-after-ms` comes first, then `retry-after` (seconds, or an HTTP date minus the `date` header).
    """
    millis = _number(headers.get("retry-after-ms"))
    asked, field = headers.get("retry-after"), _BODY.search(text)
    return _first(
        None if millis is None else millis / 1_000,
        _number(asked),
        _until(_moment(asked), _moment(headers.get("date"))),
        None if field is None else float(field.group(1)),
    )


def _first(*found: float | None) -> float | None:
    return next((seconds for seconds in found if seconds is not None and 0 <= seconds <= _LONGEST), None)


def longest_wait(evidence: Iterable[Evidence]) -> float | None:
    """Return the longest wait in seconds that a 429 named when it was measured; None when none did."""
    seen = (one for item in evidence for one in item.observations)
    limited = (one for one in seen if one.http_status == HTTPStatus.TOO_MANY_REQUESTS)
    waits = (wait_seconds(one.headers, one.message or "") for one in limited)
    return max((wait for wait in waits if wait is not None), default=None)


def named_date(text: str) -> str | None:
    """Return the calendar day on which a limit ends (with the hour in UTC, if told), None if the text names none."""
    found = _DATED.search(_LIMIT_HEADER.sub(" ", text))
    if found is None:
        return None
    day, hour = found.groups()
    return f"{day} {hour} UTC" if hour else str(day)


def names_an_hour(text: str) -> bool:
    """Tell whether the text names the hour of the day at which a limit ends, as plans do."""
    return _HOUR.search(_LIMIT_HEADER.sub(" ", text)) is not None


def _empty_bucket_reset(headers: Mapping[str, str]) -> datetime | None:
    """Return when the last of the empty buckets is full again; with none named empty, nothing is known."""
    resets = [
        moment
        for name, value in headers.items()
        if name.startswith("anthropic-ratelimit-")
        and name.endswith("-reset")
        and headers.get(name.removesuffix("reset") + "remaining") == "0"
        and (moment := _moment(value)) is not None
    ]
    return max(resets, default=None)


def _told(text: str) -> float | None:
    told = _TOLD.search(text)
    if told is None:
        return None
    unit = told.group(2).lower()
    return float(told.group(1)) * (_UNITS.get(unit[:2]) or _UNITS[unit[0]])


def _until(moment: datetime | None, now: datetime | None) -> float | None:
    return None if moment is None or now is None else max(0.0, (moment - now).total_seconds())


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if number >= 0 else None


def _moment(value: str | None) -> datetime | None:
    """Return the UTC moment of an RFC 3339 time or an HTTP date."""
    if not value or value.isdigit():
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(value.strip())
        except (ValueError, OverflowError):
            continue
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None
