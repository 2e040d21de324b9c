"""Every event of the timeline: its meaning, where it comes from, and what its fields hold."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, get_args, get_type_hints

from bot.cli.pages.shapes import parts, says, table
from bot.incidents.events import Actor, Event, Fact

_HEAD: Final = """# Events of the timeline

Made from `bot/incidents/events.py`; a test compares. An incident is what its events add up to; nothing else changes it.
`anth-triage show INC-1 --json` lists them under `timeline`: `kind` is the name below, `text` the event as people read
it, `seq` its place, `at` when it was written down and `happened_at` when it happened. The fields below are what the
database keeps of it, beside what every event has.

Where one comes from:
"""
_SOURCES: Final = {
    "system": "the bot did it, or found it in Slack",
    "person": "somebody pressed, typed or wrote it",
    "measured": "the bot asked the provider, and this is the answer",
}
_HAVE_ALL: Final = ("kind", "source", *(one.name for one in fields(Fact)))


def events_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    kinds: tuple[type, ...] = get_args(Event)
    yield _HEAD
    yield from (f"- `{source}`: {told}." for source, told in _SOURCES.items())
    yield f"\n## What every event has\n\n{says(Fact)}\n"
    yield from table(Fact)
    for kind in kinds:
        yield f"\n## {_name(kind)}\n\n{says(kind)}\n\nFrom: `{_source(kind)}`.\n"
        yield from table(kind, besides=_HAVE_ALL)
    for part in dict.fromkeys((Actor, *(part for kind in kinds for part in parts(kind)))):
        yield f"\n## {part.__name__}\n\n{says(part)}\n"
        yield from table(part)


def _name(kind: type) -> str:
    (name,) = get_args(get_type_hints(kind)["kind"])
    return str(name)


def _source(kind: type) -> str:
    """Return where events of this kind come from; a kind that comes from elsewhere needs words on this page."""
    (source,) = (str(one.default) for one in fields(kind) if one.name == "source")
    return next(name for name in _SOURCES if name == source)
