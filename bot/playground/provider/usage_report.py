"""How much the stand-in's keys were used, made up from clock and key id: the same question has the same answer."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.playground.provider.key_ring import LEAKED, KeyEntry
from bot.playground.provider.wording import rfc3339

_WIDTHS: Final[Mapping[str, tuple[timedelta, int, int]]] = {
    "1m": (timedelta(minutes=1), 60, 1_440),
    "1h": (timedelta(hours=1), 24, 168),
    "1d": (timedelta(days=1), 7, 31),
}
"""By name: width of a bucket, how many a page has by default, and at most."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_WORK: Final = range(7, 19)
_NIGHT: Final = range(2, 5)  # hours (UTC) of the leaked key's spike
_BUSY: Final = 40_000  # input tokens of a working hour, at most twice as many
_SPIKE: Final = 60
_OUTPUT_SHARE: Final = 0.2
_CACHED_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question in order: buckets of `width` from `start`, `limit` on a page, up to `end`."""

    start: datetime
    end: datetime
    width: timedelta
    limit: int
    keys: tuple[str, ...]
    apart: bool


def usage_page(ring: Sequence[KeyEntry], query: Mapping[str, list[str]], now: datetime) -> dict[str, object] | str:
    """Return one page of `GET .../usage_report/messages`, or what is wrong with the query."""
    wanted = _wanted(query, now)
    if isinstance(wanted, str):
        return wanted
    keys = [entry for entry in ring if not wanted.keys or entry.id in wanted.keys]
    starts = list(_starts(wanted))
    shown, rest = starts[: wanted.limit], starts[wanted.limit :]
    data = [_bucket(start, wanted, keys, now) for start in shown]
    following = f"page_{int(rest[0].timestamp())}" if rest else None
    return {"data": data, "has_more": bool(rest), "next_page": following}


def _wanted(query: Mapping[str, list[str]], now: datetime) -> _Wanted | str:
    def first(name: str, default: str = "") -> str:
        return query.get(name, [default])[0]

    width = first("bucket_width", "1d")
    if width not in _WIDTHS:
        return "bucket_width: Input should be '1m', '1h' or '1d'"
    step, usual, most = _WIDTHS[width]
    limit = first("limit", str(usual))
    if not limit.isdecimal() or not 1 <= int(limit) <= most:
        return f"limit: Input should be between 1 and {most}"
    begin, end = _moment(first("starting_at")), _moment(first("ending_at", rfc3339(now)))
    if begin is None or end is None:
        return "starting_at, ending_at: Input should be a valid datetime"
    page = first("page").removeprefix("page_")
    if page:
        if not page.isdecimal():
            return "page: not a page of this report"
        begin = max(begin, datetime.fromtimestamp(int(page), UTC))
    keys = tuple(query.get("api_key_ids[]", ()))
    return _Wanted(
        _snapped(begin, step), min(end, now), step, int(limit), keys, "api_key_id" in query.get("group_by[]", ())
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _snapped(moment: datetime, width: timedelta) -> datetime:
    """Return the beginning of the bucket in which the moment lies."""
    return _EPOCH + (moment - _EPOCH) // width * width


def _starts(wanted: _Wanted) -> Iterator[datetime]:
    start = wanted.start
    while start < wanted.end:
        yield start
        start += wanted.width


def _bucket(start: datetime, wanted: _Wanted, keys: Sequence[KeyEntry], now: datetime) -> dict[str, object]:
    end = start + wanted.width
    used = [(entry, _tokens(entry, start, end, now)) for entry in keys]
    used = [(entry, tokens) for entry, tokens in used if tokens]
    groups = [([entry], tokens) for entry, tokens in used] if wanted.apart else _together(used)
    results = [_result(entries[0].id if wanted.apart else None, tokens) for entries, tokens in groups]
    return {"starting_at": rfc3339(start), "ending_at": rfc3339(end), "results": results}


def _together(used: Sequence[tuple[KeyEntry, int]]) -> list[tuple[list[KeyEntry], int]]:
    return [([entry for entry, _ in used], sum(tokens for _, tokens in used))] if used else []


def _result(key_id: str | None, tokens: int) -> dict[str, object]:
    cached = int(tokens * _CACHED_SHARE)
    return {
        "api_key_id": key_id,
        "workspace_id": None,
        "model": None,
        "service_tier": None,
        "context_window": None,
        "uncached_input_tokens": tokens - cached,
        "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": cached // 4},
        "cache_read_input_tokens": cached - cached // 4,
        "output_tokens": int(tokens * _OUTPUT_SHARE),
        "server_tool_use": {"web_search_requests": 0},
    }


def _tokens(entry: KeyEntry, start: datetime, end: datetime, now: datetime) -> int:
    """Return the input tokens of the key within these moments, by the hours in which they lie."""
    start, end = max(start, entry.created), min(end, entry.used_until(now))
    total, hour = 0.0, _snapped(start, _HOUR)
    while hour < end:
        within = (min(end, hour + _HOUR) - max(start, hour)) / _HOUR
        total += _hourly(entry.id, hour, now) * within
        hour += _HOUR
    return math.floor(total)


def _hourly(key_id: str, hour: datetime, now: datetime) -> int:
    """Return the input tokens of a whole hour: some by day, few at night, and the leaked key's last night."""
    digest = hashlib.sha256(f"{key_id} {hour:%Y-%m-%dT%H}".encode()).digest()
    luck = 1 + int.from_bytes(digest[:2]) / 0xFFFF
    last_night = (now - timedelta(hours=_NIGHT.stop)).date()
    if key_id == LEAKED:
        spike = hour.date() == last_night and hour.hour in _NIGHT
        return int(_BUSY * luck * (_SPIKE if spike else hour.hour in _WORK))
    return int(_BUSY * luck) if hour.hour in _WORK else int(_BUSY * luck) // 20
