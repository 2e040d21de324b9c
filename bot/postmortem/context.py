"""What a postmortem template may use: plain values folded from an incident and its timeline, nothing else.

Every field of the source runbook's template is here. What nobody knows is empty, and shown as not recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.incidents.events import Event, Measured, Opened, Recorded, Resolved, Retracted, StepAnswered
from bot.incidents.mitigating import Tried
from bot.incidents.model import Incident
from bot.incidents.words import corrected


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the timeline: when it happened (UTC), who, what, and where that knowledge comes from."""

    at: datetime
    who: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredStep:
    """One answered question of the decision tree.

    `measured` is the answer for which the measurement spoke, where the person gave another, for this `reason`.
    """

    at: datetime
    who: str
    question: str
    answer: str
    reason: str
    measured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedMitigation:
    """One mitigation that somebody took in hand: how it stands, and what was measured after it (empty: nothing)."""

    title: str
    owner: str
    state: str
    who: str
    at: datetime
    helped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A task of the incident: `owner` may be empty, `due` None."""

    text: str
    owner: str
    due: date | None
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemContext:
    """The variables of the postmortem template; times are UTC, durations whole minutes.

    `severity` is the one that holds: the measured one, or what a person set (`severity_set_by`, `severity_reason`).
    `provisional`, `rule` and `because` belong to the measured one.
    """

    name: str
    title: str
    severity: str
    severity_set_by: str
    severity_reason: str
    measured_severity: str
    provisional: bool
    rule: str
    because: str
    fault: str
    branch: str
    opened_at: datetime
    resolved_at: datetime | None
    duration_minutes: int | None
    first_failure_at: datetime | None
    opened_by: str
    lead: str
    resolved_by: str
    impact: str
    root_cause: str
    detection: str
    mitigation: str
    resolved_early: str
    advice: tuple[str, ...]
    tried: tuple[TriedMitigation, ...]
    request_ids: tuple[str, ...]
    action_items: tuple[str, ...]
    tasks: tuple[Todo, ...]
    roles: tuple[tuple[str, str], ...]
    checks: tuple[str, ...]
    path: tuple[AnsweredStep, ...]
    timeline: tuple[Line, ...]


def build(incident: Incident, story: Sequence[Recorded]) -> PostmortemContext:
    """Return the template's variables for this incident and its timeline (in the order of recording)."""
    events = corrected(item.event for item in story)
    closing = next((event for event in reversed(events) if isinstance(event, Resolved)), None)
    measured = [event for event in events if isinstance(event, Measured)]
    answers = [event for event in events if isinstance(event, StepAnswered)]
    failures = [event.first_failure_at for event in measured if event.first_failure_at is not None]
    return PostmortemContext(
        name=incident.name,
        title=incident.title,
        severity=incident.severity,
        severity_set_by=incident.override.by.name if incident.override else "",
        severity_reason=incident.override.reason if incident.override else "",
        measured_severity=incident.measured_severity,
        provisional=incident.provisional,
        rule=incident.rule or "",
        because=incident.because,
        fault=incident.fault or "",
        branch=incident.branch or "",
        opened_at=incident.opened_at,
        resolved_at=incident.resolved_at,
        duration_minutes=_minutes(incident),
        first_failure_at=min(failures, default=None),
        opened_by=incident.opened_by.name,
        lead=incident.lead.name,
        resolved_by=incident.resolved_by.name if incident.resolved_by else "",
        impact=closing.impact if closing else "",
        root_cause=closing.root_cause if closing else "",
        detection=_detection(events),
        mitigation=closing.mitigation if closing else "",
        resolved_early=closing.early if closing else "",
        tried=tuple(_tried(one) for one in incident.tried),
        advice=tuple(event.advice for event in answers if event.advice),
        request_ids=tuple(dict.fromkeys(name for event in measured for name in event.request_ids)),
        action_items=closing.action_items if closing else (),
        tasks=tuple(
            Todo(text=task.text, owner=task.owner.name if task.owner else "", due=task.due, done=task.done)
            for task in incident.tasks
        ),
        roles=tuple((role, actor.name) for role, actor in incident.roles.items()),
        checks=measured[-1].checks if measured else (),
        path=tuple(_answered(event) for event in answers),
        timeline=_timeline(story),
    )


def _minutes(incident: Incident) -> int | None:
    if incident.lasted is None:
        return None
    return round(incident.lasted.total_seconds() / 60)


def _detection(events: Sequence[Event]) -> str:
    opened = next((event for event in events if isinstance(event, Opened)), None)
    if opened is None or opened.triage_id is None:
        return ""
    return f"{opened.actor.name} opened the incident from the verdict of a triage run."


def _answered(event: StepAnswered) -> AnsweredStep:
    against = event.suggested if event.disagrees else None
    return AnsweredStep(
        at=event.happened_at,
        who=event.actor.name,
        question=event.question,
        answer=event.label,
        reason=event.reason,
        measured=against or "",
    )


def _tried(one: Tried) -> TriedMitigation:
    state = {"taken": "in hand", "done": "done", "undone": "undone"}[one.mark]
    helped = {True: "it worked", False: "it still failed", None: ""}[one.helped]
    return TriedMitigation(
        title=one.title, owner=one.owner.name, state=state, who=one.by.name, at=one.at, helped=helped
    )


def _timeline(story: Sequence[Recorded]) -> tuple[Line, ...]:
    """Return the lines as people read them: by the moment they happened, ties in the order of recording."""
    told = sorted(story, key=lambda item: (item.event.happened_at, item.seq))
    taken = (item.event for item in story if isinstance(item.event, Retracted))
    back = {event.seq: f" (taken back: {event.reason})" for event in taken}
    return tuple(
        Line(
            at=item.event.happened_at,
            who=item.event.actor.name,
            text=item.event.sentence() + back.get(item.seq, ""),
            source=item.event.source,
        )
        for item in told
    )
