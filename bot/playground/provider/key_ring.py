"""The made-up keys of the stand-in's organization: who made them, for which workspace, and which of them are good."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.clock import Clock
from bot.playground.provider.wording import made_up_id, made_up_key

KeyStatus = Literal["active", "inactive", "archived", "expired"]

_SHOWN_HEAD: Final = len("sk-ant-api03-") + 3
_SHOWN_TAIL: Final = 4

WORKSPACES: Final[Mapping[str, str]] = {
    "wrkspc_01Researchx5hQ8tVbN3mKpZ7wd": "Research",
    "wrkspc_01Batchworkx2cFj6RgYs9LnT4e": "Batch work",
}
"""The names of the workspaces beside that of the stand-in's own key."""

USERS: Final[Mapping[str, tuple[str, str]]] = {
    "user_01MiraHoltx7dKq3VbTz8NpWc5Y": ("Mira Holt", "mira.holt@stand-in.example"),
    "user_01JonasBeckx4fRm9LsGt2HxQv6": ("Jonas Beck", "jonas.beck@stand-in.example"),
}
"""Name and address of the people who made keys; one of the creators has left and is not listed."""

_RESEARCH, _BATCH = WORKSPACES
_MIRA, _JONAS = USERS
_GONE: Final = "user_01LeftLongAgox8tCn2WzRk5PdJ"
_SERVICE: Final = "svac_01Deploybotx3gHs6YbMq9VfTn7"

_PRODUCTION: Final = "apikey_01Prodctnx6wLz4KdTq8RbVn3F"
LEAKED: Final = "apikey_01Rj2N8SVvo6BePZj99NhmiT"
"""The key that was used in a night when nobody works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One key without its secret: `set_status` is what somebody set, `since` from when on."""

    id: str
    name: str
    hint: str
    workspace: str | None
    creator: str
    created: datetime
    set_status: KeyStatus = "active"
    since: datetime | None = None
    expires: datetime | None = None

    def status(self, now: datetime) -> KeyStatus:
        """Return the status at this moment: a key that is still active may have expired."""
        expired = self.expires is not None and self.expires <= now
        return "expired" if expired and self.set_status == "active" else self.set_status

    def used_until(self, now: datetime) -> datetime:
        """Return the moment from which on nothing can have been asked with it."""
        ends = [end for end in (self.since if self.set_status != "active" else None, self.expires) if end]
        return min([now, *ends])


class KeyRing:
    """The organization's keys as they are now; `restore` undoes what was changed.

    `key` is the stand-in's own, and its entry is the one whose hint fits it; `workspace` is the one it belongs to.
    """

    def __init__(self, clock: Clock, key: str) -> None:
        self.workspace = made_up_id("wrkspc")
        self._clock = clock
        self._hint = f"{key[:_SHOWN_HEAD]}...{key[-_SHOWN_TAIL:]}"
        made_up = made_up_key()
        self.leaked = f"sk-ant-api03-R2D{made_up[_SHOWN_HEAD:-_SHOWN_TAIL]}igAA"
        self._entries: dict[str, KeyEntry] = {}
        self.restore()

    def restore(self) -> None:
        """Return to the keys of the beginning."""
        self._entries = {entry.id: entry for entry in _entries(self._clock.now(), self._hint, self.workspace)}

    def __iter__(self) -> Iterator[KeyEntry]:
        return iter(self._entries.values())

    def get(self, key_id: str) -> KeyEntry | None:
        """Return the key with this id, None if there is none."""
        return self._entries.get(key_id)

    @property
    def own(self) -> KeyEntry:
        """Return the entry of the stand-in's own key."""
        return self._entries[_PRODUCTION]

    @property
    def own_is_good(self) -> bool:
        """Tell whether the stand-in's own key still opens anything."""
        return self.own.status(self._clock.now()) == "active"

    def change(self, key_id: str, status: KeyStatus) -> KeyEntry:
        """Set a key's status. Raises KeyError for an id that no key has."""
        changed = replace(self._entries[key_id], set_status=status, since=self._clock.now())
        self._entries[key_id] = changed
        return changed

    def workspace_name(self, workspace_id: str) -> str | None:
        """Return the name of a workspace, None if there is none with this id."""
        return "Production" if workspace_id == self.workspace else WORKSPACES.get(workspace_id)


def _entries(now: datetime, own_hint: str, own_workspace: str) -> tuple[KeyEntry, ...]:
    """Return the keys of the beginning, newest first as the real list is. Times are days before `now`."""
    return (
        _entry(now, LEAKED, "notebook-experiments", "R2D...igAA", _RESEARCH, _JONAS, 12),
        _entry(now, "apikey_01Batchnewx5tJq8ZcRm2VhLs7G", "batch-nightly", "Qk7...x0AA", _BATCH, _SERVICE, 40),
        _entry(now, "apikey_01Batcholdx9bNw3KfTd6YpXr4H", "batch-nightly-before", "Qk7...x0AA", _BATCH, _MIRA, 90),
        replace(
            _entry(now, _PRODUCTION, "payments-production", "", own_workspace, _MIRA, 120),
            hint=own_hint,
            expires=now + timedelta(days=60),
        ),
        _entry(now, "apikey_01Orgtoolsx7mCv2HgSz5QbKt8J", "org-tools", "Zt4...p0AA", None, _SERVICE, 150),
        replace(
            _entry(now, "apikey_01Oldimprtx4dRk6WnLb9GfYs3M", "old-import", "Mh9...r0AA", _BATCH, _GONE, 300),
            set_status="inactive",
            since=now - timedelta(days=30),
        ),
        replace(
            _entry(now, "apikey_01Trialkeyx8vPq5JtHc2ZmXd6N", "trial", "Wd3...t0AA", _RESEARCH, _JONAS, 320),
            expires=now - timedelta(days=14),
        ),
        replace(
            _entry(now, "apikey_01Archivedx3gTs7BkVf4RwLn9Q", "first-try", "Hp6...v0AA", _RESEARCH, _GONE, 400),
            set_status="archived",
            since=now - timedelta(days=200),
        ),
    )


def _entry(
    now: datetime, key_id: str, name: str, shown: str, workspace: str | None, creator: str, age: int
) -> KeyEntry:
    created = now - timedelta(days=age)
    hint = f"sk-ant-api03-{shown}"
    return KeyEntry(id=key_id, name=name, hint=hint, workspace=workspace, creator=creator, created=created)
