"""The stand-in's Admin API: keys and their status, names of workspaces and people, and what the keys were used for.

Its refusals of a wrong status or a wrong kind of key are built from the schema: no public capture shows one.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.clock import Clock
from bot.playground.provider.answers import REFUSALS, Refusal, invalid
from bot.playground.provider.asked import Asked
from bot.playground.provider.key_ring import USERS, KeyEntry, KeyRing
from bot.playground.provider.paging import page_of
from bot.playground.provider.usage_report import usage_page
from bot.playground.provider.validation import VERSIONS, refuse_version
from bot.playground.provider.wire import Reply
from bot.playground.provider.wording import made_up_id, rfc3339

_SETTABLE: Final = ("active", "inactive", "archived")
_RETRY_AFTER_S: Final = "17"
_LIMITED: Final = Refusal(
    status=429,
    type="rate_limit_error",
    message="Number of requests has exceeded the rate limit of the Admin API. Please try again later.",
    headers={"retry-after": _RETRY_AFTER_S, "x-should-retry": "true"},
)


class AdminDesk:
    """Answers what is asked with `admin_key`; `own_key` is known and yet not allowed anything here."""

    def __init__(self, clock: Clock, ring: KeyRing, admin_key: str, own_key: str) -> None:
        self._clock = clock
        self._ring = ring
        self._admin_key = admin_key
        self._own_key = own_key

    def reply(self, asked: Asked, fault: str) -> Reply:
        """Return the answer, or the refusal that `fault` names if the request is in order. No workspace is told."""
        refusal = self._refuse(asked)
        if refusal is None and fault in REFUSALS:
            refusal = _LIMITED if fault == "rate_limited" else REFUSALS[fault]
        answer = refusal or self._answer(asked)
        if isinstance(answer, Refusal):
            answer = answer.reply(made_up_id("req"), model="", next_month="", organization="", limit="")
        return replace(answer, headers={"request-id": made_up_id("req"), **answer.headers})

    def _refuse(self, asked: Asked) -> Refusal | None:
        """Return what is wrong with the key, the path, the method or the version."""
        sent = asked.headers.get("x-api-key") or asked.headers.get("authorization", "").removeprefix("Bearer ")
        if sent != self._admin_key:
            wrong = "forbidden" if sent == self._own_key and self._ring.own_is_good else "unauthorized"
            return REFUSALS[wrong if sent else "key_missing"]
        if asked.endpoint is None:
            return REFUSALS["not_found"]
        if asked.method != ("POST" if asked.endpoint == "api_key_change" else "GET"):
            return REFUSALS["method_not_allowed"]
        return refuse_version(asked.headers) or (asked.body if isinstance(asked.body, Refusal) else None)

    def _answer(self, asked: Asked) -> Reply | Refusal:
        if asked.endpoint == "api_keys":
            return self._list(asked)
        if asked.endpoint == "usage_report":
            page = usage_page(tuple(self._ring), asked.query, self._clock.now())
            return invalid(page) if isinstance(page, str) else Reply.of_json(200, page)
        if asked.endpoint == "names":
            return self._name(asked.path)
        entry = self._ring.get(asked.path.rpartition("/")[2])
        if entry is None:
            return REFUSALS["not_found"]
        if asked.endpoint == "api_key_change":
            return self._change(entry, asked)
        return self._record(entry, asked)

    def _list(self, asked: Asked) -> Reply | Refusal:
        """Return a page of the keys that have the wanted status and workspace."""
        now = self._clock.now()
        status, workspace = (asked.query.get(name, [None])[0] for name in ("status", "workspace_id"))
        listed = [
            _record(entry, now, asked.headers["anthropic-version"])
            for entry in self._ring
            if status in {None, entry.status(now)} and workspace in {None, entry.workspace}
        ]
        page = page_of(listed, asked.query)
        return invalid(page) if isinstance(page, str) else Reply.of_json(200, page)

    def _name(self, path: str) -> Reply | Refusal:
        """Return a workspace or a person."""
        wanted = path.rpartition("/")[2]
        if wanted in USERS:
            name, email = USERS[wanted]
            return Reply.of_json(200, {"id": wanted, "type": "user", "name": name, "email": email, "role": "developer"})
        workspace = self._ring.workspace_name(wanted)
        if workspace is None:
            return REFUSALS["not_found"]
        return Reply.of_json(200, {"id": wanted, "type": "workspace", "name": workspace, "archived_at": None})

    def _change(self, entry: KeyEntry, asked: Asked) -> Reply | Refusal:
        """Set the key's status, and nothing else."""
        status, now = asked.fields.get("status"), self._clock.now()
        if asked.fields.keys() != {"status"} or status not in _SETTABLE:
            return invalid("status: Input should be 'active', 'inactive' or 'archived'")
        if entry.status(now) in {"expired", "archived"}:
            return invalid(f"status: an API key that is {entry.status(now)} cannot be changed")
        return self._record(self._ring.change(entry.id, status), asked)

    def _record(self, entry: KeyEntry, asked: Asked) -> Reply:
        return Reply.of_json(200, _record(entry, self._clock.now(), asked.headers["anthropic-version"]))


def _record(entry: KeyEntry, now: datetime, version: str) -> dict[str, object]:
    """Return the key as the version shows it: the newest one has a `scope` in place of the workspace's id."""
    scope = {"type": "workspace", "workspace_id": entry.workspace} if entry.workspace else {"type": "organization"}
    kind = "user" if entry.creator.startswith("user_") else "service_account"
    return {
        "id": entry.id,
        "type": "api_key",
        "name": entry.name,
        "partial_key_hint": entry.hint,
        "status": entry.status(now),
        "created_at": rfc3339(entry.created),
        "created_by": {"id": entry.creator, "type": kind},
        "expires_at": rfc3339(entry.expires) if entry.expires else None,
        **({"scope": scope} if version == VERSIONS[-1] else {"workspace_id": entry.workspace}),
    }
