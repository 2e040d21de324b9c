"""What people write of the postmortem, in several sittings and by several hands: nobody's words are lost.

A story is given as it was recorded: what it said at an earlier moment are its first entries with the corrections
among these, so that what was corrected or erased since does not come back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.errors import BadInput, StaleButton
from bot.incidents.events import Actor, Event, Opened, PostmortemWritten, Resolved
from bot.incidents.words import LONGEST, corrected

PARTS: Final = ("impact", "root_cause", "detection", "mitigation", "lessons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in one part of the postmortem, and who wrote it."""

    text: str
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a person wrote in a form that was drawn when the timeline had `seen` entries."""

    seen: int
    texts: Mapping[str, str]


def drafts(events: Iterable[Event]) -> dict[str, Draft]:
    """Return what people wrote in each part up to these events (in order); a part taken back is not in it."""
    found: dict[str, Draft] = {}
    for event in corrected(events):
        match event:
            case Opened():
                said = {"impact": event.impact}
            case Resolved():
                said = {"impact": event.impact, "root_cause": event.root_cause, "mitigation": event.mitigation}
            case PostmortemWritten():
                said = event.parts
                found = {part: draft for part, draft in found.items() if said.get(part) != ""}
            case _:
                continue
        found |= {part: Draft(text=text, by=event.actor) for part, text in said.items() if text}
    return found


def changed(story: Sequence[Event], form: Form) -> dict[str, str]:
    """Return the parts of a form that its person changed; the form shows no more of a part than it can hold."""
    before = drafts(story[: form.seen])
    shown = {part: before[part].text[:LONGEST].strip() if part in before else "" for part in PARTS}
    return {part: text for part, text in form.texts.items() if text != shown[part]}


def overtaken(story: Sequence[Event], form: Form) -> dict[str, Draft | None]:
    """Return what stands by now in the parts that this person changed, where somebody has changed them since.

    None: it was taken back.
    """
    before, now = drafts(story[: form.seen]), drafts(story)
    since = {part: now.get(part) for part in changed(story, form) if now.get(part) != before.get(part)}
    return {part: draft for part, draft in since.items() if (draft.text if draft else "") != form.texts[part]}


def together(theirs: Draft | None, mine: str) -> str:
    """Return both texts, theirs first; mine alone where both are more than a form can hold."""
    both = "\n".join(text for text in (theirs.text if theirs else "", mine) if text)
    return both if len(both) <= LONGEST else mine


def written(story: Sequence[Event], form: Form, *, actor: Actor, now: datetime) -> PostmortemWritten | None:
    """Return what a form changes, None when nothing.

    Raises StaleButton when somebody has written in the same part since, BadInput for a text that is too long.
    """
    if overtaken(story, form):
        raise StaleButton("Somebody else has written in the same part meanwhile.", "Save once more: both are shown.")
    said = changed(story, form)
    too_long = next((part for part, text in said.items() if len(text) > LONGEST), None)
    if too_long:
        raise BadInput(f"That has {len(said[too_long])} characters.", f"At most {LONGEST}.", field=too_long)
    if not said:
        return None
    return PostmortemWritten(
        actor=actor,
        happened_at=now,
        impact=said.get("impact"),
        root_cause=said.get("root_cause"),
        detection=said.get("detection"),
        mitigation=said.get("mitigation"),
        lessons=said.get("lessons"),
    )
