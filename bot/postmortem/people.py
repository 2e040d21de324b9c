"""Who did what in an incident, and the procedure for a leaked key as it went."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
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
    Recorded,
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
from bot.incidents.words import ERASED
from bot.postmortem.shape import MEASURED, LeakedKey, Line, Part

BY_WORD: Final = frozenset({"1-key-compromise"})
"""The rules of the severity that a person's word decides, whatever was measured."""

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


Hands = Mapping[tuple[int, str], str]


def hands(story: Iterable[Recorded]) -> Hands:
    """Return who wrote the words that stand by now, by entry and field, where somebody corrected them."""
    events = (item.event for item in story)
    return {
        (event.seq, event.part): event.actor.name
        for event in events
        if isinstance(event, Amended) and event.text != ERASED
    }


def told_of_by(opened: Opened) -> str:
    """Return who says why the severity of the opening is what it is: a rule's measurement, or a person."""
    return MEASURED if opened.rule and opened.rule not in BY_WORD else opened.actor.name


def _reported(incident: Incident, events: Sequence[Event]) -> tuple[datetime, str]:
    """Return when, and by whom, the key was first told of: with the opening, where that was about it."""
    told = [event for event in events if isinstance(event, KeyReported)]
    if isinstance(events[0], Opened) and events[0].rule not in BY_WORD and told:
        return told[0].happened_at, told[0].actor.name
    return incident.opened_at, incident.opened_by.name


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
        reported_at=_reported(incident, events)[0],
        reported_by=_reported(incident, events)[1],
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
