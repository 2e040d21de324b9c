"""How an incident ends: offered by measurements, declared by a person, and doubted when it fails again.

Each function returns the event that follows, or says why none may.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.errors import BadInput, StaleButton
from bot.incidents.events import BOT, Actor, Event, Measured, Recovered, Relapsed, Resolved
from bot.incidents.model import Incident
from bot.incidents.recovery import is_clean
from bot.rules.evidence import Fault, Severity
from bot.rules.recovery import RELAPSE, Recovery

_FAILS = (Severity.P1, Severity.P2, Severity.P3)


def resolved(
    incident: Incident,
    *,
    rule: Recovery,
    actor: Actor,
    now: datetime,
    early: str = "",
) -> Resolved:
    """Return the end of the incident; `early` is why it ends before that was measured.

    Raises StaleButton when it is over already, BadInput when measurements do not say so and nor does the person why.
    """
    if not incident.is_open:
        by = f" by {incident.resolved_by.name}" if incident.resolved_by else ""
        raise StaleButton(f"{incident.name} was resolved already{by}.", "Nothing was changed.")
    lacks = incident.watch.lacks(rule)
    if lacks and not early.strip():
        hint = "Say why it is over all the same; if the form has no field for that, open it again."
        raise BadInput(f"Its end is not measured: {'; '.join(lacks)}.", hint, field="early")
    return Resolved(actor=actor, happened_at=now, early=early.strip() if lacks else "")


def news_of(
    incident: Incident, event: Measured, rule: Recovery, story: Sequence[Event] = ()
) -> Recovered | Relapsed | None:
    """Return what people are told of the end because of this measurement; `incident` is the state after it.

    `story` is the timeline so far; it counts once the incident is over. People are told once of each row of clean
    measurements, once of each end that turns out to be none, and once of what else fails after it: that is no relapse,
    so whether it stays well goes on being measured.
    """
    watch = incident.watch
    if incident.is_open:
        if watch.offered or not is_clean(event) or watch.lacks(rule):
            return None
        span = watch.lasted.total_seconds()
        return Recovered(
            actor=BOT, happened_at=event.happened_at, checks=watch.clean, lasting_s=span, models=watch.failed
        )
    fails = event.severity in _FAILS and not is_clean(event)
    if not fails or incident.relapsed or not is_watched(incident, event.happened_at):
        return None
    other = {_fault_before_the_end(incident, story), event.fault} == {Fault.OURS, Fault.THEIRS}
    if other and any(isinstance(one, Relapsed) and one.other for one in story[_end(story) :]):
        return None
    return Relapsed(actor=BOT, happened_at=event.happened_at, because=event.because, other=other)


def _fault_before_the_end(incident: Incident, story: Sequence[Event]) -> Fault | None:
    """Return whose the last measured failure was before the incident was declared over, else whose it was opened as."""
    before = [one.fault for one in story[: _end(story)] if isinstance(one, Measured) and one.fault is not None]
    return before[-1] if before else incident.fault


def _end(story: Sequence[Event]) -> int:
    """Return the place of the last end in the timeline."""
    return max((place for place, one in enumerate(story) if isinstance(one, Resolved)), default=0)


def is_watched(incident: Incident, now: datetime) -> bool:
    """Tell whether measurements (of this moment, UTC) still count for the incident: while it is open and soon after."""
    if incident.is_open:
        return True
    return incident.resolved_at is not None and not incident.is_closed and now - incident.resolved_at <= RELAPSE
