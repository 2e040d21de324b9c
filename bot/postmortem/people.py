"""Who did what in an incident, and the procedure for a leaked key as it went."""

from collections.abc import Sequence

from bot.incidents.events import (
    Acknowledged,
    Event,
    KeyStepMarked,
    MitigationMarked,
    Noted,
    Opened,
    PostmortemWritten,
    Resolved,
    StepAnswered,
    UpdateSent,
)
from bot.incidents.model import Incident
from bot.postmortem.shape import LeakedKey, Line, Part

_DID = (
    (Opened, "opened it"),
    (Acknowledged, "acknowledged"),
    (StepAnswered, "answered the decision tree"),
    (MitigationMarked, "took mitigations in hand"),
    (KeyStepMarked, "went through the key procedure"),
    (UpdateSent, "sent updates"),
    (Noted, "wrote notes"),
    (Resolved, "resolved it"),
    (PostmortemWritten, "wrote the postmortem"),
)


def people(incident: Incident, events: Sequence[Event]) -> tuple[Part, ...]:
    """Return everybody who had a part, in the order in which they came, each with what they did."""
    parts: dict[str, dict[str, None]] = {}
    for event in events:
        for kind, did in _DID:
            if isinstance(event, kind):
                parts.setdefault(event.actor.name, {})[did] = None
    for role, actor in incident.crew.items():
        parts.setdefault(actor.name, {})[role] = None
    return tuple(Part(who=name, did=tuple(did)) for name, did in parts.items())


def leaked_key(incident: Incident, events: Sequence[Event]) -> LeakedKey | None:
    """Return the procedure for a key in the wrong hands; None where there was none."""
    case = incident.key_case
    if case is None:
        return None
    marked = [(seq, event) for seq, event in enumerate(events, start=1) if isinstance(event, KeyStepMarked)]
    return LeakedKey(
        hint=case.key.hint if case.key else case.wanted,
        name=case.key.name if case.key else "",
        workspace=case.key.workspace if case.key else "",
        asked_by=case.asked_by.name if case.asked_by else "",
        confirmed_by=case.confirmed_by.name if case.confirmed_by else "",
        contained_at=case.contained_at,
        refused=case.refused,
        steps=tuple(
            Line(
                seq=seq,
                at=event.happened_at,
                who=event.actor.name,
                text=event.title if event.done else f"taken back: {event.title}",
                source=event.source,
            )
            for seq, event in marked
        ),
    )
