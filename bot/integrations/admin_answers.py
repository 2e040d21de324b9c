"""Reads what the Admin API answered: a value of ours, or one of a closed set of errors that quote nothing of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from bot.checks.exchange import Exchange, fields_of
from bot.errors import (
    AdminApiError,
    AdminApiLost,
    AdminApiUnreadable,
    AdminKeyRefused,
    AdminRateLimited,
    AdminRequestRefused,
    KeyNotFound,
    NoAdminRights,
)
from bot.rules.api_keys import STATUSES, Hour, KeyStatus, is_key_id
from bot.rules.wait import wait_seconds

Record = Mapping[str, object]
Value = TypeVar("Value")

_OK, _TIMED_OUT, _TOO_MANY, _REFUSED, _FAILED = 200, 408, 429, 400, 500  # HTTP's own numbers
_UNKNOWN_WAIT_S: Final = 60.0
_TEXT_READ: Final = 1_000  # characters of a foreign text that are looked at
_TEXT_KEPT: Final = 100  # ... and kept
_REFUSALS: Final[Mapping[tuple[int, str], Callable[[], AdminApiError]]] = {
    (401, "authentication_error"): AdminKeyRefused,
    (403, "permission_error"): NoAdminRights,
    (404, "not_found_error"): KeyNotFound,
}
_CACHED: Final = ("ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key as the API tells of it, with ids where an `ApiKey` has names."""

    id: str
    name: str
    hint: str
    status: KeyStatus
    workspace_id: str | None
    creator_id: str
    created_at: datetime
    expires_at: datetime | None


def record_in(exchange: Exchange, *, changing: bool = False) -> Record:
    """Return the JSON object that was answered.

    `changing` says that the request was one to change something. Raises an AdminApiError for anything but a whole
    answer of 200.
    """
    doubt = changing and exchange.sent
    if exchange.exception is not None:
        raise AdminApiLost(_why_lost(exchange), may_have_changed=doubt)
    status = exchange.status or 0
    if status != _OK:
        raise _refusal(status, exchange, doubt=doubt)
    if exchange.trouble is not None:
        raise AdminApiUnreadable("it is too long or broken", may_have_changed=doubt)
    data = exchange.data()
    if not data:
        raise AdminApiUnreadable("it is no JSON object", may_have_changed=doubt)
    return data


def _why_lost(exchange: Exchange) -> str:
    if not exchange.sent:
        return "it could not be reached"
    return "none came in time" if exchange.cut else "the connection broke"


def _refusal(status: int, exchange: Exchange, *, doubt: bool) -> AdminApiError:
    """Return what a status other than 200 means; what stands in front of the API is not taken for the API."""
    if status >= _FAILED or status == _TIMED_OUT:
        return AdminApiLost(f"it failed with {status}", may_have_changed=doubt)
    if status < _REFUSED:
        return AdminApiUnreadable(f"it leads elsewhere ({status}), where no key is sent", may_have_changed=doubt)
    if status == _TOO_MANY:
        return AdminRateLimited(wait_seconds(exchange.headers, "") or _UNKNOWN_WAIT_S)
    kind = fields_of(exchange.data(), "error").get("type")
    if not isinstance(kind, str):
        return AdminApiUnreadable(f"something else refused the request ({status})")
    known = _REFUSALS.get((status, kind))
    return known() if known else AdminRequestRefused(status)


def key_record(data: Record, clean: Callable[[str], str]) -> KeyRecord:
    """Return the key; reads `workspace_id` and the newer `scope` alike. Raises AdminApiUnreadable."""
    key_id, status = data.get("id"), data.get("status")
    if not isinstance(key_id, str) or not is_key_id(key_id):
        raise AdminApiUnreadable("a key has no id")
    if status not in STATUSES:
        raise AdminApiUnreadable("a key has a status that this version does not know")
    return KeyRecord(
        id=key_id,
        name=_text(data, "name", clean),
        hint=_text(data, "partial_key_hint", clean),
        status=status,
        workspace_id=_text(fields_of(data, "scope"), "workspace_id", clean)
        or _text(data, "workspace_id", clean)
        or None,
        creator_id=_text(fields_of(data, "created_by"), "id", clean),
        created_at=_moment(data, "created_at"),
        expires_at=None if data.get("expires_at") is None else _moment(data, "expires_at"),
    )


def records_of(page: Record) -> tuple[Record, ...]:
    """Return the records of one page of a list. Raises AdminApiUnreadable."""
    data = page.get("data")
    if not isinstance(data, list) or not all(isinstance(record, dict) for record in data):
        raise AdminApiUnreadable("it holds no list")
    return tuple(data)


def next_of(page: Record, name: str) -> str | None:
    """Return the field `name` that leads to the next page, None on the last one. Raises AdminApiUnreadable."""
    if page.get("has_more") is not True:
        return None
    following = page.get(name)
    if not isinstance(following, str) or not following or len(following) > _TEXT_READ:
        raise AdminApiUnreadable("a list does not say how it goes on")
    return following


def name_in(data: Record, clean: Callable[[str], str]) -> str:
    """Return the name of a workspace or a person, a person's address if there is no name, "" for neither."""
    return _text(data, "name", clean) or _text(data, "email", clean)


def shown_of(data: Record, clean: Callable[[str], str]) -> tuple[str, str]:
    """Return the name and the hint of a key that may be no other way in order."""
    return _text(data, "name", clean), _text(data, "partial_key_hint", clean)


def hours_of(page: Record, key_id: str) -> Iterator[Hour]:
    """Yield the hours on a page of the usage report, counting this key only. Raises AdminApiUnreadable."""
    for bucket in records_of(page):
        results = bucket.get("results")
        if not isinstance(results, list):
            raise AdminApiUnreadable("an hour of usage has no results")
        own = [one for one in results if isinstance(one, dict) and one.get("api_key_id") == key_id]
        yield Hour(
            at=_moment(bucket, "starting_at"),
            requests=None,
            input_tokens=sum(map(_input_tokens, own)),
            output_tokens=sum(_count(one, "output_tokens") for one in own),
        )


def _input_tokens(result: Record) -> int:
    written = fields_of(result, "cache_creation")
    read = _count(result, "uncached_input_tokens") + _count(result, "cache_read_input_tokens")
    return read + sum(_count(written, name) for name in _CACHED)


def _count(data: Record, name: str) -> int:
    value = data.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise AdminApiUnreadable("a number of tokens is none")
    return value


def _moment(data: Record, name: str) -> datetime:
    value = data.get(name)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise AdminApiUnreadable("a time in it is none")


def _text(data: Record, name: str, clean: Callable[[str], str]) -> str:
    """Return a text field without secrets and control characters, cut to a sane length; "" if it is none."""
    value = data.get(name)
    return readable(value, clean) if isinstance(value, str) else ""


def readable(text: str, clean: Callable[[str], str]) -> str:
    """Return a foreign text, or one to compare with foreign ones, as all of them are kept."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in clean(text[:_TEXT_READ]))[:_TEXT_KEPT]
