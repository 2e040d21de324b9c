"""The provider's Admin API: finds an API key by what somebody has of it, makes it inactive, tells its usage."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from bot.checks.exchange import Exchange
from bot.checks.guarded import Guarded
from bot.checks.target import address_problem, validate_key
from bot.clock import Clock
from bot.errors import AdminApiError, AdminApiUnreadable, BadSettings, KeyNotFound, NoAdminRights
from bot.integrations.admin_answers import (
    KeyRecord,
    Record,
    hours_of,
    key_record,
    name_in,
    next_of,
    readable,
    record_in,
    records_of,
    shown_of,
)
from bot.rules.api_keys import ApiKey, Hour, Wanted, is_key_id
from bot.rules.redact import Redactor

LONGEST_USAGE: Final = timedelta(days=31)
"""The longest time whose usage can be asked for at once."""

_ORGANIZATION: Final = "/v1/organizations"
_KEYS: Final = f"{_ORGANIZATION}/api_keys"
_USAGE: Final = f"{_ORGANIZATION}/usage_report/messages"
_A_PAGE: Final = 500  # keys; a page of a thousand could be longer than what is read of one answer
_MOST_PAGES: Final = 40
_HOURS_A_PAGE: Final = 168  # the most that the API gives
_MOST_NAMES: Final = 20  # look-ups of names in one call; beyond these an id stands for the name
_HOUR: Final = timedelta(hours=1)

Query = Sequence[tuple[str, str | int]]


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: for each request, and for all requests that only read in one call."""

    request_s: float = 10.0
    call_s: float = 30.0


class AdminApi:
    """Asks the Admin API with the Admin key, which goes to `base_url` (without `/v1`) and to no other host.

    Each call has connections of its own and raises only AdminApiError and its kind, and BadInput. Nothing is tried
    twice. Raises BadSettings for a key or an address with which nothing is ever sent.
    """

    def __init__(
        self,
        base_url: str,
        admin_key: str,
        clock: Clock,
        *,
        user_agent: str,
        anthropic_version: str,
        patience: Patience | None = None,
    ) -> None:
        problem = validate_key(admin_key)
        problem = f"ANTHROPIC_ADMIN_KEY cannot be sent: {problem}." if problem else address_problem(base_url)
        if problem:
            raise BadSettings(problem, "The Admin API is not asked until this is mended.")
        self._base_url = base_url.rstrip("/")
        self._headers = {"x-api-key": admin_key, "anthropic-version": anthropic_version}
        self._user_agent = user_agent
        self._clock = clock
        self._patience = patience or Patience()
        self._redact = Redactor((admin_key,))

    async def require_access(self) -> None:
        """Raise AdminApiError unless the Admin key may read the list of keys: one of them is asked for."""
        async with self._line() as line:
            await line.first()

    async def find(self, hint: str) -> tuple[ApiKey, ...]:
        """Return every key that may be meant: by id, by hint, by the last four characters, or by its exact name.

        A whole key is taken too, and forgotten but for what a hint shows. Reads all pages. Raises BadInput when
        what is given is too little to tell keys apart.
        """
        wanted, hint = Wanted.read(hint), ""
        wanted = replace(wanted, name=readable(wanted.name, self._redact))
        async with self._line() as line:
            if wanted.id:
                try:
                    found = [await line.key(wanted.id)]
                except KeyNotFound:
                    found = []
            else:
                found = [key_record(one, self._redact) for one in await line.keys() if self._fits(wanted, one)]
            return tuple([await line.named(record) for record in found])

    def _fits(self, wanted: Wanted, record: Record) -> bool:
        return wanted.fits(*shown_of(record, self._redact))

    async def get(self, key_id: str) -> ApiKey:
        """Return the key as it is now. Raises KeyNotFound, also for what is no id of a key."""
        async with self._line() as line:
            return await line.named(await line.key(key_id))

    async def deactivate(self, key_id: str) -> ApiKey:
        """Make an active key inactive, by one request that is never repeated, and return it as it then is.

        A key that is inactive, archived or expired is returned unchanged and nothing is sent. Any AdminApiError
        whose `may_have_changed` is true leaves open whether it was done: `get` tells.
        """
        before = await self.get(key_id)
        if before.status != "active":
            return before
        async with self._line() as line:
            after = await line.set_inactive(key_id)
        return replace(before, name=after.name, status=after.status, expires_at=after.expires_at)

    async def usage(self, key_id: str, since: datetime, until: datetime) -> tuple[Hour, ...]:
        """Return the hours from that of `since` up to `until`, oldest first; the last minutes may be missing yet.

        Raises ValueError for times without a zone, in the wrong order, or more than `LONGEST_USAGE` apart.
        """
        if since.tzinfo is None or until.tzinfo is None or not timedelta() < until - since <= LONGEST_USAGE:
            raise ValueError("usage: since and until must have a zone, be in order and at most 31 days apart")
        if not is_key_id(key_id):
            raise KeyNotFound
        begin, end = _whole_hour(since), _whole_hour(until - timedelta.resolution) + _HOUR
        async with self._line() as line:
            hours = await line.hours(key_id, begin, end)
        return tuple(sorted((hour for hour in hours if begin <= hour.at < end), key=lambda hour: hour.at))

    @asynccontextmanager
    async def _line(self) -> AsyncIterator["_Line"]:
        async with Guarded(self._user_agent, self._clock, connections=1) as guarded:
            yield _Line(guarded, self._base_url, self._headers, self._patience, self._redact)


class _Line:
    """The requests of one call, under one time limit."""

    def __init__(
        self, guarded: Guarded, base_url: str, headers: dict[str, str], patience: Patience, redact: Redactor
    ) -> None:
        self._guarded = guarded
        self._base_url = base_url
        self._headers = headers
        self._request_s = patience.request_s
        self._ends = asyncio.get_running_loop().time() + patience.call_s
        self._redact = redact
        self._names: dict[str, str] = {}

    async def key(self, key_id: str) -> KeyRecord:
        """Return one key, by an id that is looked at before it becomes part of an address."""
        if not is_key_id(key_id):
            raise KeyNotFound
        return self._same(key_id, await self._get(f"{_KEYS}/{key_id}"))

    async def first(self) -> None:
        """Read the shortest page of keys there is."""
        records_of(await self._page(_KEYS, [("limit", 1)]))

    async def keys(self) -> list[Record]:
        """Return every key as it came. Raises AdminApiUnreadable when there are more than can be looked through."""
        found: list[Record] = []
        after: Query = ()
        for _ in range(_MOST_PAGES):
            page = await self._page(_KEYS, [("limit", _A_PAGE), *after])
            found += records_of(page)
            following = next_of(page, "last_id")
            if following is None:
                return found
            after = [("after_id", following)]
        raise AdminApiUnreadable("there are more keys than are looked through")

    async def set_inactive(self, key_id: str) -> KeyRecord:
        """Send the change once and return the key that was answered."""
        content = json.dumps({"status": "inactive"}).encode()
        headers = self._headers | {"content-type": "application/json"}
        answer = record_in(await self._send(f"{_KEYS}/{key_id}", headers, content), changing=True)
        try:
            return self._same(key_id, answer)
        except AdminApiUnreadable:
            raise AdminApiUnreadable("it is not the key that was changed", may_have_changed=True) from None

    def _same(self, key_id: str, answer: Record) -> KeyRecord:
        record = key_record(answer, self._redact)
        if record.id != key_id:
            raise AdminApiUnreadable("it is another key than the one that was asked for")
        return record

    async def hours(self, key_id: str, since: datetime, until: datetime) -> list[Hour]:
        """Return the hours of one key on every page of the usage report."""
        query: Query = [
            ("starting_at", since.isoformat()),
            ("ending_at", until.isoformat()),
            ("bucket_width", "1h"),
            ("limit", _HOURS_A_PAGE),
            ("api_key_ids[]", key_id),
            ("group_by[]", "api_key_id"),
        ]
        found: list[Hour] = []
        page: Query = ()
        for _ in range(_MOST_PAGES):
            answer = await self._page(_USAGE, [*query, *page])
            found += hours_of(answer, key_id)
            following = next_of(answer, "next_page")
            if following is None:
                return found
            page = [("page", following)]
        raise AdminApiUnreadable("a report does not end")

    async def named(self, record: KeyRecord) -> ApiKey:
        """Return the key with the names of its workspace and its creator, or their ids where none can be read."""
        workspace = record.workspace_id
        return ApiKey(
            id=record.id,
            name=record.name,
            hint=record.hint,
            status=record.status,
            workspace_id=workspace,
            workspace_name=await self._name("workspaces", workspace) if workspace else None,
            created_by=await self._name("users", record.creator_id),
            created_at=record.created_at,
            expires_at=record.expires_at,
        )

    async def _name(self, kind: str, foreign_id: str) -> str:
        if foreign_id in self._names:
            return self._names[foreign_id]
        name = foreign_id
        plain = foreign_id.isascii() and foreign_id.replace("_", "").isalnum()
        if plain and len(self._names) < _MOST_NAMES and (kind != "users" or foreign_id.startswith("user_")):
            with suppress(AdminApiError):  # a name is a help, and no reason to hide the key
                name = name_in(await self._get(f"{_ORGANIZATION}/{kind}/{foreign_id}"), self._redact) or foreign_id
        self._names[foreign_id] = name
        return name

    async def _page(self, path: str, query: Query) -> Record:
        try:
            return await self._get(path, query)
        except KeyNotFound:
            raise NoAdminRights from None  # no single key was asked for: the list itself is not there

    async def _get(self, path: str, query: Query = ()) -> Record:
        return record_in(await self._send(path + ("?" + urlencode(query) if query else ""), self._headers))

    async def _send(self, path: str, headers: dict[str, str], content: bytes | None = None) -> Exchange:
        until = min(self._ends, asyncio.get_running_loop().time() + self._request_s)
        return await self._guarded.ask(self._base_url + path, until, headers, content)


def _whole_hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
