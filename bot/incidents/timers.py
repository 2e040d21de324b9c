"""An incident's timers, as data: which event puts, moves or cancels which of them, in the event's own transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.incidents import events
from bot.incidents.ending import is_watched
from bot.incidents.events import Event
from bot.incidents.model import Incident, Status, Update
from bot.incidents.walk import FRESH
from bot.rules.evidence import Severity
from bot.rules.recovery import Recovery
from bot.rules.response import Response

ACK: Final = "timer.ack"
UPDATE: Final = "timer.update"
RECHECK: Final = "timer.recheck"
TICK: Final = "timer.tick"
DUE: Final = "timer.due"
TICK_EVERY: Final = timedelta(seconds=15)
"""So often the question that waits is drawn anew, to show how long it still is."""
_TAKES_EFFECT: Final = timedelta(minutes=1)  # a change of key, network or account does not hold at once
_SOONEST: Final = timedelta(seconds=30)  # between two measurements that nobody asked for
_WORDS: Final = (
    events.StepAnswered
    | events.MitigationMarked
    | events.KeyReported
    | events.KeyPlanned
    | events.ContainmentAsked
    | events.ContainmentConfirmed
    | events.KeyStepMarked
    | events.SeverityChanged
    | events.EvidenceReported
    | events.Acknowledged
    | events.Noted
    | events.Captured
    | events.UpdateSent
    | events.StageSet
    | events.RoleGiven
    | events.TaskAdded
    | events.TaskTicked
    | events.Reopened
)  # what people do is a sign of life
_KEYS: Final = {ACK: "ack", UPDATE: "update", RECHECK: "recheck", TICK: "tick"}


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


def changes(
    incident: Incident, event: Event, response: Response, recovery: Recovery, now: datetime
) -> Iterator[Put | Cancel]:
    """Return what this event does to the timers; `incident` is the state after it, `now` when it is recorded (UTC).

    Reminders that were put off stay so, whatever happens meanwhile.
    """
    if isinstance(event, events.Resolved | events.Closed):
        yield Cancel(prefix=f"inc:{incident.id}:")
    else:
        yield from _of_the_acknowledgement(incident, event, response)
        yield from _of_updates(incident, event, response, now)
    yield from _of_measuring(incident, event, recovery, now)
    if isinstance(event, events.TaskAdded | events.TaskTicked):
        following = next_due(incident, response, now)
        yield (
            Cancel(prefix=due_key(incident.id))
            if following is None
            else Put(kind=DUE, key=due_key(incident.id), at=following)
        )


def next_due(incident: Incident, response: Response, now: datetime) -> datetime | None:
    """Return when the next day begins (UTC) on which a task is due that nobody has done; also after the end."""
    days = (response.beginning_of(task.due) for task in incident.tasks if task.due is not None and not task.done)
    return min((begins for begins in days if begins > now), default=None)


def due_key(incident_id: int) -> str:
    """Return the key of the timer of an incident's tasks, which the incident's end leaves alone."""
    return f"due:{incident_id}:"


def _of_the_acknowledgement(incident: Incident, event: Event, response: Response) -> Iterator[Put | Cancel]:
    match event:
        case events.Acknowledged() | events.Snoozed(until=None):
            yield _silence(incident, ACK)
        case events.Opened() | events.SeverityChanged() | events.Snoozed() | events.Reopened():
            if incident.acknowledged_at is None and not incident.silent:
                # Counted from the opening, or the reopening, however often the severity changes.
                yield _put(ACK, incident, response.due(incident.severity, incident.began_at))
        case _:
            pass


def _of_updates(incident: Incident, event: Event, response: Response, now: datetime) -> Iterator[Put | Cancel]:
    if not wants_updates(incident):
        if isinstance(event, events.Snoozed | events.SeverityChanged):
            yield _silence(incident, UPDATE)
    elif isinstance(event, events.UpdateSent) and event.next_minutes is not None:
        yield _put(UPDATE, incident, _promised(event))
    elif isinstance(event, _WORDS | events.Opened | events.Snoozed):
        # Counted from the telling: what is told of an hour ago is a word of now. What was promised to those outside
        # stays promised, whatever is said inside.
        last = incident.updates[-1] if incident.updates else None
        promised = _promised(last) if last is not None and last.next_minutes is not None else now
        yield _put(UPDATE, incident, promised if promised > now else now + response.update_every)


def _promised(update: events.UpdateSent | Update) -> datetime:
    """Return when those outside were promised the next word (UTC); `update` promises one."""
    at = update.happened_at if isinstance(update, events.UpdateSent) else update.at
    return at + timedelta(minutes=update.next_minutes or 0)


def _of_measuring(incident: Incident, event: Event, recovery: Recovery, now: datetime) -> Iterator[Put]:
    """Measure before a step advises, when a wait ends, while one watches whether it is over, and for a while after."""
    recheck = partial(Put, kind=RECHECK, key=key_of(RECHECK, incident.id))
    match event:
        case events.StepAnswered(reached="end") | events.StageSet(after="monitoring"):
            yield recheck(at=event.happened_at + recovery.every)
        case events.Resolved():
            yield recheck(at=event.happened_at + recovery.every_afterwards)
        case events.StepAnswered() | events.ChannelCreated() | events.Reopened():
            if incident.reading is None or incident.reading.at < event.happened_at - FRESH:
                yield recheck(at=now)
            else:
                yield from _of_a_wait(incident, recovery, now)
        case events.MitigationMarked(mark="done", measurable=True):
            if incident.watch.measured < recovery.most:
                yield recheck(at=now + _TAKES_EFFECT)
        case events.KeyContained(own=True):
            yield recheck(at=now)  # a 401 proves it where the key is configured
        case events.Measured():
            if is_watching(incident, recovery, now):
                yield recheck(at=now + (recovery.every if incident.is_open else recovery.every_afterwards))
            else:
                yield from _of_a_wait(incident, recovery, now)
        case _:
            pass


def _of_a_wait(incident: Incident, recovery: Recovery, now: datetime) -> Iterator[Put]:
    """Measure again when the wait for a limit is over, and count down to it; a bounded number of times."""
    until = incident.reading.wait_until if incident.reading else None
    if until is not None and incident.awaits_limit and incident.watch.measured < recovery.most:
        yield Put(kind=RECHECK, key=key_of(RECHECK, incident.id), at=max(until, now + _SOONEST))
        yield Put(kind=TICK, key=key_of(TICK, incident.id), at=now + TICK_EVERY)


def is_watching(incident: Incident, recovery: Recovery, now: datetime) -> bool:
    """Tell whether the bot goes on measuring by itself whether it is over, or stays so; a bounded number of times."""
    watches = incident.status is Status.MONITORING and incident.watch.measured < recovery.most
    over = not incident.is_open and not incident.relapsed and is_watched(incident, now + recovery.every_afterwards)
    return watches or over


def key_of(kind: str, incident_id: int) -> str:
    """Return the key of an incident's timer."""
    return f"inc:{incident_id}:{_KEYS[kind]}:"


def wants_updates(incident: Incident) -> bool:
    """Return whether somebody is reminded that no word came: not of what may wait for the next business day."""
    return incident.is_open and not incident.silent and incident.severity is not Severity.P4


def _put(kind: str, incident: Incident, at: datetime) -> Put:
    """Return a reminder at this moment, or at the end of the time for which reminders were put off."""
    return Put(kind=kind, key=key_of(kind, incident.id), at=max(at, incident.snoozed_until or at))


def _silence(incident: Incident, kind: str) -> Cancel:
    return Cancel(prefix=key_of(kind, incident.id))
