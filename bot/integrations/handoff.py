"""Sends letters to outside services: one attempt a job, and what each answer means for the next one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from bot.incidents.handoff import kind_of
from bot.incidents.model import Incident
from bot.rules.wait import wait_seconds
from bot.store.jobs import Job
from bot.store.unit_of_work import Store
from bot.transaction import refuse_inside_transaction
from bot.workflows.worker import GiveUp, Handler, RetryLater, Unclear, require_lease

_TIMEOUT_S: Final = 10.0
_TOO_MANY, _TIMED_OUT, _TROUBLE = 429, 408, 500  # HTTP's own numbers
_PAUSE_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One request: a POST of this body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Service(Protocol):
    """An outside service: what it wants to hear of an event (`what` is its kind, `uuid` names the letter)."""

    def letter(self, incident: Incident, what: str, uuid: str) -> Letter:
        """Return the request."""


def json_bytes(data: Mapping[str, Any]) -> bytes:
    """Return the data as JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


class Handoff:
    """The handlers of the jobs for these services, by name."""

    def __init__(self, store: Store, services: Mapping[str, Service]) -> None:
        self._store = store
        self._services = services

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each service's jobs."""
        return {kind_of(name): self._handler(service) for name, service in self._services.items()}

    def _handler(self, service: Service) -> Handler:
        async def send(job: Job) -> None:
            async with self._store.read() as unit:
                incident = await unit.incidents.get(int(job.payload["incident_id"]))
            await _post(service.letter(incident, str(job.payload["what"]), job.uuid))

        return send


async def _post(letter: Letter) -> None:
    """Send the letter; raises RetryLater, Unclear, or GiveUp when it is refused. What is answered is not repeated."""
    refuse_inside_transaction("handoff")
    require_lease()
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client:
            answer = await client.post(letter.url, content=letter.body, headers=dict(letter.headers))
    except (httpx.HTTPError, OSError) as error:
        raise Unclear(type(error).__name__) from None
    if answer.is_success:
        return
    if answer.status_code == _TOO_MANY:
        raise RetryLater(max(1.0, wait_seconds({k.lower(): v for k, v in answer.headers.items()}, "") or _PAUSE_S))
    if answer.status_code == _TIMED_OUT or answer.status_code >= _TROUBLE:
        raise Unclear(f"answered {answer.status_code}")
    raise GiveUp(f"answered {answer.status_code}")
