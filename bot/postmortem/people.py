"""Who did what in an incident, and the procedure for a leaked key as it went."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.incidents.events import (
    Acknowledged,
    Actor,
    Amended,
    Captured,
    Closed,
    ContainmentAsked,
    ContainmentConfirmed,
    ContainmentWithdrawn,
    Erased,
    Event,
    EvidenceReported,
    Fact,
    KeyPlanned,
    KeyReported,
    KeyStepMarked,
    MitigationMarked,
    Noted,
    Opened,
    PostmortemWritten,
    Reopened,
    Resolved,
    Retracted,
    RoleGiven,
    SeverityChanged,
    Snoozed,
    StageSet,
    StepAnswered,
    TaskAdded,
    TaskTicked,
    UpdateSent,
)
from bot.incidents.model import Incident
from bot.postmortem.shape import LeakedKey, Line, Part

DID: Final[Mapping[type[Fact], str]] = {
    Opened: "opened it",
    EvidenceReported: "reported what production sees",
    Acknowledged: "acknowledged",
    Snoozed: "put reminders off",
    StepAnswered: "answered the decision tree",
    MitigationMarked: "took mitigations in hand",
    SeverityChanged: "changed the severity",
    Noted: "wrote notes",
    Captured: "put messages on the timeline",
    Retracted: "took entries back",
    UpdateSent: "sent updates",
    StageSet: "set the status",
    RoleGiven: "gave roles",
    TaskAdded: "added tasks",
    TaskTicked: "ticked tasks",
    Resolved: "resolved it",
    Reopened: "reopened it",
    Closed: "closed it",
    KeyReported: "reported a key",
    KeyPlanned: "chose what comes first for the key",
    ContainmentAsked: "asked for the key's containment",
    ContainmentWithdrawn: "kept the key active",
    ContainmentConfirmed: "confirmed the key's containment",
    KeyStepMarked: "went through the key procedure",
    PostmortemWritten: "wrote the postmortem",
    Amended: "corrected entries",
    Erased: "had words erased",
}
"""Everything that people do, in words."""


def people(incident: Incident, events: Sequence[Event]) -> tuple[Part, ...]:
    """Return everybody who had a part, in the order in which they came, each with what they did.

    Where two have the same name, their ids tell them apart.
    """
    names: dict[str, str] = {}
    parts: dict[str, dict[str, None]] = {}
    for actor, did in _parts(incident, events):
        names[actor.id] = actor.name
        parts.setdefault(actor.id, {})[did] = None
    often = Counter(names.values())
    return tuple(
        Part(who=name if often[name] == 1 else f"{name} ({one})", did=tuple(parts[one])) for one, name in names.items()
    )


def _parts(incident: Incident, events: Sequence[Event]) -> Iterator[tuple[Actor, str]]:
    for event in events:
        if isinstance(event, Captured):
            yield event.author, "said what stands on the timeline"
        if (did := DID.get(type(event))) is not None:
            yield event.actor, did
        if isinstance(event, RoleGiven):
            yield event.to, event.role
        if isinstance(event, TaskAdded) and event.owner is not None:
            yield event.owner, "was given tasks"
    yield from ((actor, role) for role, actor in incident.crew.items())


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
