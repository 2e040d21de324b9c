"""The moments of an incident and the times between them, each with who says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.incidents.events import (
    Acknowledged,
    Closed,
    Event,
    EvidenceReported,
    Measured,
    MitigationMarked,
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


def moments_of(incident: Incident, events: Sequence[Event]) -> Moments:
    """Return the moments of the incident; its events stand in the order of recording."""
    measured = [event for event in events if isinstance(event, Measured)]
    first = min((at for event in measured if (at := event.first_failure_at) is not None), default=None)
    last = max((at for event in measured for at in _failed_at(event)), default=first)
    mitigated = _mitigated(events)
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
    """Return the seconds between two moments, never below zero: what was seen before it was there took no time."""
    if begin is None or end is None:
        return None
    return max(0, round((end - begin).total_seconds()))


def _failed_at(event: Measured) -> Iterator[datetime]:
    """Yield when the measurement met failures; of one made long ago only the moment of its verdict is known."""
    yield from (one.last_at for one in event.failures)
    if event.samples_failed and not event.failures:
        yield event.happened_at


def _mitigated(events: Sequence[Event]) -> Moment | None:
    """Return when it stopped hurting: the first clean measurement after a mitigation, else when a person said so."""
    done = False
    for event in events:
        done = done or (isinstance(event, MitigationMarked) and event.mark == "done")
        if isinstance(event, StageSet) and event.after == "monitoring":
            return Moment(what="mitigated", at=event.happened_at, source=event.actor.name)
        if isinstance(event, StepAnswered) and event.reached == "end":
            return Moment(what="mitigated", at=event.happened_at, source=event.actor.name)
        if isinstance(event, Measured) and done and is_clean(event):
            return Moment(what="mitigated", at=event.happened_at, source=MEASURED)
        if isinstance(event, Recovered):
            return Moment(what="mitigated", at=event.happened_at, source=MEASURED)
    return None


_DECLARED: dict[type, str] = {
    Acknowledged: "acknowledged",
    Recovered: "measured as over",
    Resolved: "resolved",
    Reopened: "reopened",
    Closed: "closed",
}


def _declared(incident: Incident, events: Sequence[Event]) -> Iterator[Moment]:
    yield Moment(what="opened", at=incident.opened_at, source=incident.opened_by.name)
    for event in events:
        if isinstance(event, EvidenceReported) and event.since is not None:
            yield Moment(what="began in production", at=event.since, source=event.actor.name)
        if (what := _DECLARED.get(type(event))) is not None:
            source = MEASURED if event.source == "measured" else event.actor.name
            yield Moment(what=what, at=event.happened_at, source=source)
