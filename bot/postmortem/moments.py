"""The moments of an incident and the times between them, each with who says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.incidents.events import (
    Acknowledged,
    Closed,
    Event,
    EvidenceReported,
    KeyContained,
    Measured,
    Recovered,
    Reopened,
    Resolved,
    StageSet,
    StepAnswered,
)
from bot.incidents.model import Incident
from bot.incidents.recovery import is_clean
from bot.postmortem.shape import MEASURED, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What times are counted from (UTC); `lines` is all of it in order, for people."""

    first_failure_at: datetime | None
    last_failure_at: datetime | None
    mitigated_at: datetime | None
    lines: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One time that it hurt: since when, and until when (None: nobody knows); `what` of its begin says how known."""

    began: Moment
    ended: Moment | None


def rounds_of(incident: Incident, events: Sequence[Event]) -> tuple[Round, ...]:
    """Return each time that it hurt; one of which nobody knows when it began is left out.

    What fails after a resolution without being reopened belongs to none.
    """
    first = _first_round(events)
    begins = [(first, [*_in_production(incident, first), *_first_failures(first)])]
    for end, part in _later_rounds(events):
        failed = (moment for moment in _first_failures(part) if moment.at > end.happened_at)
        begins.append((part, [*_reopenings(part), *failed]))
    return tuple(_round(part, known) for part, known in begins if known)


def _later_rounds(events: Sequence[Event]) -> Iterator[tuple[Resolved, Sequence[Event]]]:
    """Yield each resolution that was none in the end, with what happened until the next one."""
    for index, event in enumerate(events):
        if isinstance(event, Resolved):
            part = _first_round(events[index + 1 :])
            if any(isinstance(one, Reopened) for one in part):
                yield event, part


def _round(events: Sequence[Event], known: Sequence[Moment]) -> Round:
    began = min(known, key=lambda moment: moment.at)
    return Round(began=began, ended=_mitigated([event for event in events if event.happened_at >= began.at]))


def _in_production(incident: Incident, events: Sequence[Event]) -> Iterator[Moment]:
    for event in events:
        if isinstance(event, EvidenceReported) and event.since is not None and event.since <= incident.opened_at:
            yield Moment(what="in production, people say", at=event.since, source=event.actor.name)


def _reopenings(events: Sequence[Event]) -> Iterator[Moment]:
    for event in events:
        if isinstance(event, Reopened):
            yield Moment(what="when it was reopened", at=event.happened_at, source=event.actor.name)


def _first_failures(events: Sequence[Event]) -> Iterator[Moment]:
    for event in events:
        if isinstance(event, Measured) and event.first_failure_at is not None:
            yield Moment(what="as far as was observed", at=event.first_failure_at, source=MEASURED)


def moments_of(incident: Incident, events: Sequence[Event]) -> Moments:
    """Return the moments of the incident; its events stand in the order of recording."""
    measured = [event for event in events if isinstance(event, Measured)]
    first = min((at for event in measured if (at := event.first_failure_at) is not None), default=None)
    last = max((at for event in measured for at in _failed_at(event)), default=first)
    mitigated = _mitigated(_first_round(events))
    told = [*_declared(incident, events)]
    if first is not None:
        told.append(Moment(what="first failure observed", at=first, source=MEASURED))
    if last is not None:
        told.append(Moment(what="last failure observed", at=last, source=MEASURED))
    if mitigated is not None:
        told.append(mitigated)
    return Moments(
        first_failure_at=first,
        last_failure_at=last,
        mitigated_at=mitigated.at if mitigated else None,
        lines=tuple(sorted(told, key=lambda moment: moment.at)),
    )


def spans_of(incident: Incident, moments: Moments) -> dict[str, int | None]:
    """Return the four times in whole seconds: to detect, to acknowledge, to mitigate, to resolve."""
    opened, first = incident.opened_at, incident.first_acknowledged
    return {
        "time_to_detect_s": _between(moments.first_failure_at, opened),
        "time_to_acknowledge_s": _between(opened, first.at if first else None),
        "time_to_mitigate_s": _between(opened, moments.mitigated_at),
        "time_to_resolve_s": None if incident.lasted is None else round(incident.lasted.total_seconds()),
    }


def _between(begin: datetime | None, end: datetime | None) -> int | None:
    """Return the seconds between two moments; None where one is missing, or they stand the other way round."""
    if begin is None or end is None or end < begin:
        return None
    return round((end - begin).total_seconds())


def _failed_at(event: Measured) -> Iterator[datetime]:
    """Yield when the measurement met failures, of production too; of one long ago only its own moment is known."""
    yield from (one.last_at for one in event.failures)
    if event.contradicted and event.first_failure_at is not None:
        yield event.first_failure_at
    if event.samples_failed and not event.failures:
        yield event.happened_at


def _first_round(events: Sequence[Event]) -> Sequence[Event]:
    """Return what happened until it was first thought to be over; what failed after that belongs to the next round."""
    ended = next((index for index, event in enumerate(events) if isinstance(event, Resolved)), len(events))
    return events[:ended]


def _mitigated(events: Sequence[Event]) -> Moment | None:
    """Return when it stopped hurting: after the last failure, the first clean measurement or a person's word.

    What came before the last failure was no end. A key in the wrong hands stops hurting when it is inactive.
    """
    failed = [event.happened_at for event in events if isinstance(event, Measured) and _fails(event)]
    after = max(failed, default=None)
    for event in events:
        if isinstance(event, KeyContained):
            return Moment(what="mitigated: the key is inactive", at=event.happened_at, source=MEASURED)
        if after is not None and event.happened_at <= after:
            continue
        if (failed and isinstance(event, Measured) and is_clean(event)) or isinstance(event, Recovered):
            return Moment(what="mitigated", at=event.happened_at, source=MEASURED)
        if _says_so(event):
            return Moment(what="mitigated", at=event.happened_at, source=event.actor.name)
    return None


def _fails(event: Measured) -> bool:
    return event.samples_failed > 0 or event.contradicted


def _says_so(event: Event) -> bool:
    """Tell whether a person said that it works again."""
    return (isinstance(event, StageSet) and event.after == "monitoring") or (
        isinstance(event, StepAnswered) and event.reached == "end"
    )


_DECLARED: dict[type, str] = {
    Acknowledged: "acknowledged",
    Recovered: "measured as over",
    Resolved: "resolved",
    Reopened: "reopened",
    Closed: "closed",
}


def _declared(incident: Incident, events: Sequence[Event]) -> Iterator[Moment]:
    yield Moment(what="opened", at=incident.opened_at, source=incident.opened_by.name)
    rounds = 1
    for event in events:
        if isinstance(event, EvidenceReported) and event.since is not None:
            yield Moment(what="began in production", at=event.since, source=event.actor.name)
        if (what := _DECLARED.get(type(event))) is not None:
            source = MEASURED if event.source == "measured" else event.actor.name
            rounds += isinstance(event, Reopened)
            again = f", round {rounds}" if rounds > 1 and not isinstance(event, Closed) else ""
            yield Moment(what=f"{what}{again}", at=event.happened_at, source=source)
