"""An incident as JSON, as `incidents`, `show` and exports have it: names and shapes that others rely on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.incidents.events import Event, Measured, Recorded, SeverityChanged, StepAnswered
from bot.incidents.model import Incident, Task
from bot.incidents.words import corrected
from bot.postmortem.context import build


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def incident_json(incident: Incident) -> dict[str, Any]:
    """Return one incident; times are ISO 8601 in UTC."""
    return {
        "id": incident.name,
        "title": incident.title,
        "status": incident.status,
        "severity": incident.severity,
        "fault": incident.fault,
        "branch": incident.branch,
        "channel": incident.channel_id,
        "private": incident.private,
        "opened_at": _time(incident.opened_at),
        "resolved_at": _time(incident.resolved_at),
    }


def story_json(incident: Incident, story: Sequence[Recorded]) -> dict[str, Any]:
    """Return one incident with its timeline, measurements and path."""
    events = corrected(item.event for item in story)
    facts = build(incident, story)
    return incident_json(incident) | {
        "lead": incident.lead.name,
        "roles": {role: actor.name for role, actor in incident.crew.items()},
        "tasks": [_task(task) for task in incident.tasks],
        "severity_history": _severity_history(incident, events),
        "timeline": [_line(item) for item in story],
        "measurements": [_measurement(event) for event in events if isinstance(event, Measured)],
        "path": [
            {"step": event.step, "answer": event.label, "actor": event.actor.name, "at": _time(event.happened_at)}
            for event in events
            if isinstance(event, StepAnswered)
        ],
        "postmortem": {
            "impact": facts.impact.text,
            "root_cause": facts.root_cause.text,
            "detection": facts.detection.text,
            "mitigation": facts.mitigation.text,
            "lessons": facts.lessons.text,
            "request_ids": list(facts.request_ids),
            "action_items": list(facts.action_items),
        },
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "number": task.number,
        "text": task.text,
        "owner": task.owner.name if task.owner else None,
        "due": task.due.isoformat() if task.due else None,
        "done": task.done,
    }


def _severity_history(incident: Incident, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return every severity that held: the measured one with its rule, then what people set and why."""
    measured = {
        "at": _time(incident.opened_at),
        "severity": incident.measured_severity,
        "source": "measured",
        "rule": incident.rule,
        "provisional": incident.provisional,
        "actor": None,
        "reason": None,
    }
    changes = (
        {
            "at": _time(event.happened_at),
            "severity": event.after,
            "source": "person",
            "rule": None,
            "provisional": False,
            "actor": event.actor.name,
            "reason": event.reason,
        }
        for event in events
        if isinstance(event, SeverityChanged)
    )
    return [measured, *changes]


def _line(item: Recorded) -> dict[str, Any]:
    return {
        "seq": item.seq,
        "at": _time(item.at),
        "happened_at": _time(item.event.happened_at),
        "kind": item.event.kind,
        "actor": item.event.actor.name,
        "text": item.event.sentence(),
        "source": item.event.source,
        "permalink": getattr(item.event, "permalink", None),
    }


def _measurement(event: Measured) -> dict[str, Any]:
    return {
        "at": _time(event.happened_at),
        "branch": event.branch,
        "fault": event.fault,
        "severity": event.severity,
        "samples": {"total": event.samples_total, "failed": event.samples_failed},
        "request_ids": list(event.request_ids),
    }
