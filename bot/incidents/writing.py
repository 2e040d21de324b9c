"""What people write of the postmortem, in several sittings and by several hands: nobody's words are lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.errors import BadInput, StaleButton
from bot.incidents.events import Actor, Event, Opened, PostmortemWritten, Resolved
from bot.incidents.words import LONGEST

PARTS: Final = ("impact", "root_cause", "detection", "mitigation", "lessons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in one part of the postmortem, and who wrote it."""

    text: str
    by: Actor


def drafts(events: Iterable[Event]) -> dict[str, Draft]:
    """Return what people wrote in each part up to these events (in order); a part taken back is not in it."""
    found: dict[str, Draft] = {}
    for event in events:
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


def changed(before: Mapping[str, Draft], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of a form that its person changed; the form shows no more of a part than it can hold."""
    shown = {part: before[part].text[:LONGEST] if part in before else "" for part in PARTS}
    return {part: text for part, text in texts.items() if text != shown[part].strip()}


def overtaken(story: Sequence[Event], seen: int, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the parts in which somebody else has written since the form was opened at entry `seen`: both texts.

    Nobody's words are lost: what came first stands above what is in the form.
    """
    before, now = drafts(story[:seen]), drafts(story)
    return {
        part: f"{now[part].text}\n{text}".strip()[:LONGEST] if part in now else text
        for part, text in changed(before, texts).items()
        if now.get(part) != before.get(part) and text != (now[part].text if part in now else "")
    }


def written(
    story: Sequence[Event], *, seen: int, texts: Mapping[str, str], actor: Actor, now: datetime
) -> PostmortemWritten | None:
    """Return what a form changes, None when nothing; `seen` is the newest entry that its person could know of.

    Raises StaleButton when somebody else has written in the same part since, BadInput for a text that is too long.
    """
    if overtaken(story, seen, texts):
        raise StaleButton("Somebody else has written in the same part meanwhile.", "Save once more: both are shown.")
    said = changed(drafts(story[:seen]), texts)
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
