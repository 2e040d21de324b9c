"""What a postmortem template may use: plain values folded from an incident and its timeline, nothing else.

Every field of the source runbook's template is here, and says where it comes from. What nobody knows is empty, and
shown as not recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.incidents.events import (
    Amended,
    Event,
    EvidenceReported,
    Measured,
    Opened,
    PostmortemWritten,
    Recorded,
    Reopened,
    Resolved,
    Retracted,
    SeverityChanged,
    StepAnswered,
    TaskAdded,
)
from bot.incidents.mitigating import Tried
from bot.incidents.model import Incident, Task
from bot.incidents.said import Said
from bot.incidents.words import corrected
from bot.incidents.writing import PARTS, Draft, drafts
from bot.postmortem.measurements import failed_by_leaf, in_full, measurements, other_request_ids, runs, worst_of
from bot.postmortem.moments import moments_of, rounds_of, spans_of
from bot.postmortem.people import Hands, hands, leaked_key, people, told_of_by
from bot.postmortem.provider import provider_view
from bot.postmortem.shape import (
    MEASURED,
    AnsweredStep,
    Line,
    PostmortemContext,
    Reopening,
    SeverityChange,
    Statement,
    Todo,
    TriedMitigation,
)
from bot.postmortem.summary import summary


def build(incident: Incident, story: Sequence[Recorded], transcript: Iterable[Said] = ()) -> PostmortemContext:
    """Return the template's variables for this incident and its timeline (in the order of recording).

    `transcript` is what was said in its channel, where the team wants that in its exports.
    """
    events = corrected(item.event for item in story)
    measured = [event for event in events if isinstance(event, Measured)]
    reports = [event for event in events if isinstance(event, EvidenceReported)]
    by = hands(story)
    items = _items(events, by)
    moments = moments_of(incident, events)
    written = drafts(item.event for item in story)
    worst = worst_of([event for event in measured if event.samples_failed])
    cause = next((event for event in reversed(measured) if event.fault is not None), None)
    fault = str(incident.fault or (cause.fault if cause else "") or "")
    facts: dict[str, Any] = {
        "name": incident.name,
        "title": incident.title,
        "status": str(incident.status),
        "private": incident.private,
        "severity": str(incident.severity),
        "severity_set_by": incident.override.by.name if incident.override else "",
        "severity_reason": incident.override.reason if incident.override else "",
        "measured_severity": str(incident.measured_severity),
        "worst_severity": str(worst.severity) if worst else "",
        "worst_at": worst.happened_at if worst else None,
        "provisional": incident.provisional,
        "rule": incident.rule or "",
        "because": incident.because,
        "fault": fault,
        "branch": incident.branch or (cause.branch if cause else None) or "",
        "affected": Statement(text=incident.affected, source=_affected_by(incident, by)),
        "opened_at": incident.opened_at,
        "resolved_at": incident.resolved_at,
        "first_failure_at": moments.first_failure_at,
        "last_failure_at": moments.last_failure_at,
        "production_since": _since(incident, reports),
        "moments": moments.lines,
        **spans_of(incident, moments),
        "opened_by": incident.opened_by.name,
        "lead": incident.lead.name,
        "resolved_by": incident.resolved_by.name if incident.resolved_by else "",
        **_early(incident, events, by),
        **{part: _statement(part, written, events, by) for part in PARTS},
        "action_items": tuple(item.text for item in items),
        "stated_items": items,
        "tasks": tuple(_todo(task, events, by) for task in incident.tasks),
        "people": people(incident, events),
        "severity_changes": tuple(_severity_changes(incident, events, by)),
        "reopenings": tuple(
            Reopening(
                at=event.happened_at,
                who=event.actor.name,
                reason=event.reason,
                corrected_by=by.get((seq, "reason"), ""),
            )
            for seq, event in enumerate(events, start=1)
            if isinstance(event, Reopened)
        ),
        "failures": failed_by_leaf(measured),
        "other_request_ids": other_request_ids(measured),
        "measurements": measurements(measured),
        "runs": runs(measured),
        "in_full": in_full(measured),
        "leaked_key": leaked_key(incident, events),
        "provider": provider_view(measured, moments.first_failure_at, fault),
        "path": tuple(
            _answered(event, by.get((seq, "reason"), ""))
            for seq, event in enumerate(events, start=1)
            if isinstance(event, StepAnswered)
        ),
        "advice": tuple(dict.fromkeys(e.advice for e in events if isinstance(e, StepAnswered) and e.advice)),
        "tried": tuple(_tried(one) for one in incident.tried),
        "timeline": _timeline(story),
        "transcript": _transcript(story, transcript),
    }
    return PostmortemContext(summary=summary(facts, rounds_of(incident, events)), **facts)


def _affected_by(incident: Incident, by: Hands) -> str:
    return by.get((1, "affected"), incident.opened_by.name) if incident.affected else ""


def _items(events: Sequence[Event], by: Hands) -> tuple[Statement, ...]:
    """Return the action items of every resolution, each text once, with who wrote it first or corrected it."""
    told: dict[str, str] = {}
    for seq, event in enumerate(events, start=1):
        if isinstance(event, Resolved):
            for item in event.action_items:
                told.setdefault(item, by.get((seq, "action_items"), event.actor.name))
    return tuple(Statement(text=text, source=source) for text, source in told.items())


def _early(incident: Incident, events: Sequence[Event], by: Hands) -> dict[str, str]:
    """Return why it was resolved before its end was measured, and who says so."""
    endings = [(seq, event) for seq, event in enumerate(events, start=1) if isinstance(event, Resolved)]
    if not endings or incident.is_open or not endings[-1][1].early:
        return {"resolved_early": "", "resolved_early_by": ""}
    seq, ending = endings[-1]
    return {"resolved_early": ending.early, "resolved_early_by": by.get((seq, "early"), ending.actor.name)}


def _writer(part: str, draft: Draft, events: Sequence[Event], by: Hands) -> str:
    """Return whose words stand in this part: of its newest entry, corrected or not."""
    kinds = (Opened, Resolved, PostmortemWritten)
    entries = enumerate(events, start=1)
    newest = max((seq for seq, one in entries if isinstance(one, kinds) and getattr(one, part, None)), default=0)
    return by.get((newest, part), draft.by.name)


def _statement(part: str, written: Mapping[str, Draft], events: Sequence[Event], by: Hands) -> Statement:
    """Return what people wrote of this part; how it was detected is known where a triage came first."""
    if part in written:
        return Statement(text=written[part].text, source=_writer(part, written[part], events, by))
    opened = events[0]
    if part == "detection" and isinstance(opened, Opened) and opened.triage_id is not None:
        text = f"{opened.actor.name} opened the incident from the verdict of a triage run."
        return Statement(text=text, source=MEASURED)
    return Statement()


def _since(incident: Incident, reports: Iterable[EvidenceReported]) -> datetime | None:
    """Return when it began in production, as people said; what began after the opening is part of the answer to it."""
    told = (one.since for one in reports if one.since is not None and one.since <= incident.opened_at)
    return min(told, default=None)


def _todo(task: Task, events: Sequence[Event], by: Hands) -> Todo:
    added = (
        by.get((seq, "text"), event.actor.name)
        for seq, event in enumerate(events, start=1)
        if isinstance(event, TaskAdded) and event.number == task.number
    )
    return Todo(
        number=task.number,
        text=task.text,
        owner=task.owner.name if task.owner else "",
        due=task.due,
        done=task.done,
        by=next(added, ""),
    )


def _severity_changes(incident: Incident, events: Sequence[Event], hand: Hands) -> Iterable[SeverityChange]:
    opened = next(event for event in events if isinstance(event, Opened))
    rule = f"rule {opened.rule}" if opened.rule else ""
    yield SeverityChange(
        at=incident.opened_at,
        severity=str(opened.severity),
        by=told_of_by(opened),
        reason=opened.because,
        rule=rule,
        corrected_by="",
    )
    for seq, event in enumerate(events, start=1):
        if isinstance(event, SeverityChanged):
            yield SeverityChange(
                at=event.happened_at,
                severity=str(event.after),
                by=event.actor.name,
                reason=event.reason,
                rule="",
                corrected_by=hand.get((seq, "reason"), ""),
            )


def _answered(event: StepAnswered, corrected_by: str) -> AnsweredStep:
    return AnsweredStep(
        at=event.happened_at,
        who=event.actor.name,
        question=event.question,
        answer=event.label,
        reason=event.reason,
        measured=event.suggested or "",
        measured_at=event.measured_at,
        corrected_by=corrected_by,
    )


def _tried(one: Tried) -> TriedMitigation:
    state = {"taken": "in hand", "done": "done", "undone": "undone"}[one.mark]
    helped = {True: "the next measurement was clean", False: "it still failed", None: ""}[one.helped]
    return TriedMitigation(
        title=one.title, owner=one.owner.name, state=state, who=one.by.name, at=one.at, helped=helped
    )


def _timeline(story: Sequence[Recorded]) -> tuple[Line, ...]:
    """Return the lines as people read them: by the moment they happened, ties in the order of recording."""
    told = sorted(story, key=_moment)
    events = [item.event for item in story]
    marks = {event.seq: " (corrected later)" for event in events if isinstance(event, Amended)}
    marks |= {event.seq: f" (taken back: {event.reason})" for event in events if isinstance(event, Retracted)}
    return tuple(
        Line(
            seq=item.seq,
            at=item.event.happened_at,
            who=item.event.actor.name,
            text=item.event.sentence() + marks.get(item.seq, ""),
            source=item.event.source,
        )
        for item in told
    )


def _transcript(story: Sequence[Recorded], said: Iterable[Said]) -> tuple[Line, ...]:
    """Return what was said; of people the record knows the names of those who did something, too."""
    names = {item.event.actor.id: item.event.actor.name for item in story}
    return tuple(
        Line(seq=seq, at=one.at, who=one.author or names.get(one.user_id, one.user_id), text=one.text, source="person")
        for seq, one in enumerate(said, start=1)
    )


def _moment(item: Recorded) -> tuple[datetime, int]:
    return item.event.happened_at, item.seq
