"""An incident's timers, as data: which event puts, moves or cancels which of them, in the event's own transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.incidents import events
from bot.incidents.events import Event
from bot.incidents.model import Incident
from bot.rules.evidence import Severity
from bot.rules.response import Response

ACK: Final = "timer.ack"
UPDATE: Final = "timer.update"
RECHECK: Final = "timer.recheck"
RECHECK_AFTER: Final = timedelta(minutes=5)
_WORDS: Final = (
    events.StepAnswered
    | events.SeverityChanged
    | events.EvidenceReported
    | events.Acknowledged
    | events.Noted
    | events.StageSet
    | events.RoleGiven
    | events.TaskAdded
    | events.TaskTicked
    | events.Reopened
)  # what people do is a sign of life
_KEYS: Final = {ACK: "ack", UPDATE: "update", RECHECK: "recheck"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Let this timer ring at that moment (UTC), wherever it stood before."""

    kind: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Let every timer whose key begins like this be silent."""

    prefix: str


def changes(incident: Incident, event: Event, response: Response) -> Iterator[Put | Cancel]:
    """Return what this event does to the timers; `incident` is the state after it."""
    match event:
        case events.Opened():
            yield _put(ACK, incident, response.due(incident.severity, incident.opened_at))
        case events.SeverityChanged() if incident.acknowledged_at is None and not incident.silent:
            yield _put(ACK, incident, response.due(incident.severity, incident.opened_at))  # counted from the opening
        case events.Reopened() if incident.acknowledged_at is None and not incident.silent:
            yield _put(ACK, incident, response.due(incident.severity, event.happened_at))
        case events.Acknowledged():
            yield _silence(incident, ACK)
        case events.Snoozed(until=None):
            yield _silence(incident, ACK)
            yield _silence(incident, UPDATE)
        case events.Snoozed(until=until) if until is not None:
            yield from (_put(kind, incident, until) for kind in _waiting(incident))
        case events.Resolved():
            yield Cancel(prefix=f"inc:{incident.id}:")
        case _:
            pass
    if isinstance(event, events.StepAnswered) and event.reached == "end":
        yield _put(RECHECK, incident, event.happened_at + RECHECK_AFTER)
    if isinstance(event, _WORDS | events.Opened) and _wants_updates(incident):
        yield _put(UPDATE, incident, event.happened_at + response.update_every)


def key_of(kind: str, incident_id: int) -> str:
    """Return the key of an incident's timer."""
    return f"inc:{incident_id}:{_KEYS[kind]}:"


def _wants_updates(incident: Incident) -> bool:
    return incident.is_open and not incident.silent and incident.severity is not Severity.P4


def _waiting(incident: Incident) -> Iterator[str]:
    if incident.acknowledged_at is None:
        yield ACK
    yield UPDATE


def _put(kind: str, incident: Incident, at: datetime) -> Put:
    return Put(kind=kind, key=key_of(kind, incident.id), at=at)


def _silence(incident: Incident, kind: str) -> Cancel:
    return Cancel(prefix=key_of(kind, incident.id))
