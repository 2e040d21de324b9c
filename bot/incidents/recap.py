"""What happened so far, for who comes late: made of state and timeline alone, the same for the same incident."""

from collections.abc import Sequence
from typing import Final

from bot.incidents.events import Amended, Captured, Measured, Recorded, Retracted
from bot.incidents.model import Incident
from bot.incidents.words import corrected

_LAST: Final = 12
_LONGEST: Final = 160  # characters of what somebody said
_LONGEST_LINE: Final = 280
_QUIET: Final = ("reminded", "snoozed", "amended", "retracted", "erased", "postmortem_exported")


def recap(incident: Incident, story: Sequence[Recorded]) -> list[str]:
    """Return the lines: how it stands, who works on it, what was measured last, what happened, what is open."""
    lines = [*_state(incident, story), "", *_happened(incident, story), *_open_tasks(incident)]
    return [_short(line, _LONGEST_LINE) for line in lines]


def _state(incident: Incident, story: Sequence[Recorded]) -> list[str]:
    crew = ", ".join(f"{role} {actor.name}" for role, actor in incident.crew.items())
    lines = [
        f"{incident.name} is {incident.status}, {incident.severity}: {incident.title}",
        f"Opened {incident.opened_at:%Y-%m-%d %H:%M} UTC by {incident.opened_by.name}; {crew}.",
    ]
    measured = [item.event for item in story if isinstance(item.event, Measured)]
    if measured:
        lines.append(f"Measured {measured[-1].happened_at:%H:%M} UTC: {_short(measured[-1].because)}")
    if incident.impact:
        lines.append(f"Impact: {_short(incident.impact)}")
    if incident.updates:
        last = incident.updates[-1]
        lines.append(f"Last update {last.at:%H:%M} UTC: {_short(last.text)}")
    return lines


def _happened(incident: Incident, story: Sequence[Recorded]) -> list[str]:
    """Return the newest lines of the timeline, in the order in which they happened; what was taken back is left out."""
    events = corrected(item.event for item in story)
    told = [
        (event.happened_at, item.seq, event)
        for item, event in zip(story, events, strict=True)
        if item.seq not in incident.retracted
        and event.kind not in _QUIET
        and not isinstance(event, Amended | Retracted | Measured)
    ]
    told.sort(key=lambda line: line[:2])
    left = len(told) - _LAST
    lines = [f"… {left} earlier lines: `anth-triage show {incident.name}`"] if left > 0 else []
    for at, _, event in told[-_LAST:]:
        who = "" if isinstance(event, Captured) else f"{event.actor.name} "
        lines.append(f"{at:%H:%M} {who}{_short(event.sentence())}")
    return lines


def _open_tasks(incident: Incident) -> list[str]:
    tasks = [task for task in incident.tasks if not task.done]
    return ["", *(f"Task {task.number}: {_short(task.text)}" for task in tasks)] if tasks else []


def _short(text: str, limit: int = _LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
