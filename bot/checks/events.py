"""Reads server-sent events out of a body that arrived in pieces, with the time of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.checks.exchange import json_object


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its JSON, and the seconds after the request at which its last line had arrived."""

    after_s: float
    data: Mapping[str, object]


def events(pieces: Iterable[tuple[float, bytes]]) -> tuple[Event, ...]:
    """Return the events that are complete and whose data is a JSON object."""
    found: list[Event] = []
    rest, data = b"", b""
    for after_s, piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in (line.rstrip(b"\r") for line in lines):
            if line.startswith(b"data:"):
                data += line.removeprefix(b"data:").strip()
            elif not line and data:
                found.append(Event(after_s, json_object(data.decode("utf-8", "replace"))))
                data = b""
    return tuple(event for event in found if event.data)
