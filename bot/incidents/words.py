"""The words that people wrote on the timeline: which they are, how a later entry corrects them, how they are erased."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, get_type_hints

from bot.errors import BadInput
from bot.incidents.events import FREE, Actor, Amended, Erased, Event, Fact, Recorded

ERASED = "[erased]"
LONGEST = 3000  # characters of a correction, and of what Slack's forms take


_UNSEEN: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs in which there is nothing to see


def is_blank(text: str) -> bool:
    """Tell whether nobody can read anything in a text: spaces, marks without width, control characters."""
    return not any(unicodedata.category(sign)[0] in "LNPS" and sign not in _UNSEEN for sign in text)


def words_of(event: Event) -> dict[str, str | tuple[str, ...]]:
    """Return what people wrote in this event, by field; fields without a word are left out."""
    return {name: value for name in _free(type(event)) if (value := getattr(event, name))}


def erased(event: Event) -> Event:
    """Return the event with a mark in the place of every word that people wrote."""
    masks: dict[str, Any] = {
        name: ERASED if isinstance(value, str) else (ERASED,) for name, value in words_of(event).items()
    }
    return replace(event, **masks)


def corrected(events: Iterable[Event]) -> list[Event]:
    """Return the events (all of an incident, in order) with later corrections in the place of the first words."""
    told = list(events)
    for event in tuple(told):
        if isinstance(event, Amended) and event.text != ERASED:
            first = told[event.seq - 1]
            several = isinstance(getattr(first, event.part), tuple)
            change: dict[str, Any] = {event.part: tuple(event.text.splitlines()) if several else event.text}
            told[event.seq - 1] = replace(first, **change)
    return told


def amended(
    story: Sequence[Recorded], *, seq: int, part: str, text: str, reason: str, actor: Actor, now: datetime
) -> Amended:
    """Return the correction of one field of an entry.

    Raises BadInput when there is no such entry, it has no such words, they were erased, or nothing is said.
    """
    first = _entry(story, seq)
    written = words_of(first)
    if part not in written or isinstance(first, Amended):
        there = ", ".join(written) if written and not isinstance(first, Amended) else "no words of people"
        raise BadInput(f"Entry {seq} has no {part!r} to correct; it has {there}.", "Nothing was changed.")
    if written[part] in {ERASED, (ERASED,)}:
        raise BadInput(f"The words of entry {seq} were erased.", "Nothing was changed.")
    return Amended(
        actor=actor, happened_at=now, seq=seq, part=part, text=_said(text, "text"), reason=_said(reason, "reason")
    )


def to_erase(story: Sequence[Recorded], seq: int) -> dict[int, Event]:
    """Return what must stand in the place of the entry and of its corrections, by their numbers.

    Raises BadInput when there is no such entry, or it has no words of people (any more).
    """
    first = _entry(story, seq)
    if not words_of(first) or erased(first) == first:
        raise BadInput(f"Entry {seq} has no words of people that could be erased.", "Nothing was changed.")
    about = [item for item in story if item.seq == seq or (isinstance(item.event, Amended) and item.event.seq == seq)]
    return {item.seq: erased(item.event) for item in about}


def erasure(*, seq: int, reason: str, actor: Actor, now: datetime) -> Erased:
    """Return the event that says that an entry's words were erased; raises BadInput without a reason."""
    return Erased(actor=actor, happened_at=now, seq=seq, reason=_said(reason, "reason"))


def _free(kind: type[Fact]) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(name for name, hint in hints.items() if FREE in getattr(hint, "__metadata__", ()))


def _entry(story: Sequence[Recorded], seq: int) -> Event:
    if not 1 <= seq <= len(story):
        raise BadInput(f"There is no entry {seq}; the timeline has {len(story)}.", "`anth-triage show` numbers them.")
    return story[seq - 1].event


def _said(text: str, what: str) -> str:
    said = "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    if not said:
        raise BadInput(f"The {what} is empty.", "Nothing was changed.", field=what)
    if len(said) > LONGEST:
        raise BadInput(f"The {what} has {len(said)} characters.", f"Say it in at most {LONGEST}.", field=what)
    return said
