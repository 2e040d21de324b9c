"""The jobs that need the Admin key: which key is meant, making it inactive, and what becomes of those given up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.errors import AdminApiError, AdminRateLimited, BadInput
from bot.incidents.effects import CONTAIN_KEY, FIND_KEY, KEYS_GIVEN_UP
from bot.incidents.events import BOT, ContainmentFailed, KeyContained, KeyLookedUp
from bot.incidents.leaked_key import KeyCase
from bot.rules.api_keys import ApiKey, Hour
from bot.store.jobs import Due, Job
from bot.store.unit_of_work import Store, UnitOfWork
from bot.workflows.worker import Finish, Handler, RetryLater, TxHandler

_USED: Final = timedelta(hours=24)
"""So far back the usage is read: what would stop, and whether somebody else calls."""


class KeysApi(Protocol):
    """What is asked of the provider's Admin API; raises AdminApiError and its kind, and BadInput."""

    async def find(self, hint: str) -> tuple[ApiKey, ...]:
        """Return every key that may be meant."""

    async def get(self, key_id: str) -> ApiKey:
        """Return the key as it is now."""

    async def deactivate(self, key_id: str) -> ApiKey:
        """Make the key inactive, by one request."""

    async def usage(self, key_id: str, since: datetime, until: datetime) -> tuple[Hour, ...]:
        """Return what the key was used for, hour by hour."""


class KeyKeeper:
    """Carries the jobs out. What it learns is recorded where the procedure still waits for it, a containment always."""

    def __init__(self, store: Store, api: KeysApi) -> None:
        self._store = store
        self._api = api

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {FIND_KEY: self.find, CONTAIN_KEY: self.contain}

    async def find(self, job: Job) -> Finish | None:
        """Look up which key is meant and, of a single one, what it was used for in the last day."""
        case, now = await self._case(job)
        if case is None or case.phase != "looking":
            return None
        keys, hours, problem = await self._found(case.sought or case.wanted, now)
        event = KeyLookedUp(actor=BOT, happened_at=now, keys=keys, hours=hours, problem=problem)
        return _recording(job, event)

    async def _found(self, wanted: str, now: datetime) -> tuple[tuple[ApiKey, ...], tuple[Hour, ...], str]:
        keys: tuple[ApiKey, ...] = ()
        try:
            keys = await self._api.find(wanted)
            hours = await self._api.usage(keys[0].id, now - _USED, now) if len(keys) == 1 else ()
        except AdminRateLimited as error:
            raise RetryLater(error.retry_after_s) from None
        except (AdminApiError, BadInput) as error:
            return keys, (), _said(error)
        return keys, tuple(hour for hour in hours if hour.input_tokens or hour.output_tokens), ""

    async def contain(self, job: Job) -> Finish | None:
        """Make the key inactive by one request, and read its status back whatever was answered."""
        case, now = await self._case(job)
        key_id = str(job.payload["key_id"])
        if case is None or case.phase != "containing" or case.key is None or case.key.id != key_id:
            return None
        event = await self._contained(key_id, now, own=case.own)
        return _recording(job, event)

    async def _contained(self, key_id: str, now: datetime, *, own: bool) -> KeyContained | ContainmentFailed:
        problem, unknown = "", False
        try:
            await self._api.deactivate(key_id)
        except AdminRateLimited as error:
            raise RetryLater(error.retry_after_s) from None
        except AdminApiError as error:
            problem, unknown = _said(error), error.may_have_changed
        if problem and not unknown:
            return ContainmentFailed(actor=BOT, happened_at=now, problem=problem)
        try:
            key = await self._api.get(key_id)
        except AdminApiError as error:
            told = f"{problem or 'The change was answered, but its proof is missing.'} {_said(error)}"
            return ContainmentFailed(actor=BOT, happened_at=now, problem=told, unknown=True)
        if key.status != "active":
            return KeyContained(actor=BOT, happened_at=now, key=key, own=own)
        problem = problem or "The change was answered, but the key is still active."
        return ContainmentFailed(actor=BOT, happened_at=now, problem=problem)

    async def _case(self, job: Job) -> tuple[KeyCase | None, datetime]:
        async with self._store.read() as unit:
            return (await unit.incidents.get(int(job.payload["incident_id"]))).key_case, unit.now


def given_up_handlers() -> Mapping[str, TxHandler]:
    """Return the handler of what says that a job for a key was given up; it needs no Admin key."""
    return {KEYS_GIVEN_UP: _given_up}


async def _given_up(unit: UnitOfWork, due: Due) -> None:
    """Record why nothing came of it: nobody waits for what does not come."""
    incident = await unit.incidents.get(int(due.incident_id or 0), lock=True)
    told = f"The bot could not do it ({due.payload['error']}); its log says more."
    event: KeyLookedUp | ContainmentFailed = KeyLookedUp(actor=BOT, happened_at=unit.now, problem=told)
    if due.payload["of"] == CONTAIN_KEY:
        event = ContainmentFailed(actor=BOT, happened_at=unit.now, problem=told, unknown=True)
    if incident.key_case is not None and _is_awaited(incident.key_case, event):
        await unit.record(incident, event)


def _recording(job: Job, event: KeyLookedUp | KeyContained | ContainmentFailed) -> Finish:
    async def finish(unit: UnitOfWork) -> None:
        incident = await unit.incidents.get(int(job.payload["incident_id"]), lock=True)
        if incident.key_case is not None and _is_awaited(incident.key_case, event):
            await unit.record(incident, event)

    return finish


def _is_awaited(case: KeyCase, event: KeyLookedUp | KeyContained | ContainmentFailed) -> bool:
    """Tell whether the procedure waits for this; that a key was made inactive is told whatever people did meanwhile."""
    match event:
        case KeyContained():
            return True
        case KeyLookedUp():
            return case.phase == "looking"
        case _:
            return case.phase == "containing"


def _said(error: AdminApiError | BadInput) -> str:
    return f"{error.user_message} {error.hint}".strip()
