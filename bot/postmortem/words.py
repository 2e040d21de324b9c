"""How a postmortem writes moments, spans and faults: in UTC, and in words that people use."""

from datetime import datetime
from typing import Final

_MINUTE, _SHORT, _HOUR, _DAY = 60, 600, 3600, 86_400
_WHOSE: Final = {
    "theirs": "the provider's",
    "ours": "our own",
    "mixed": "partly our own",
    "unknown": "not known whose",
}


def clock(at: datetime) -> str:
    """Return the moment to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def whose(fault: str) -> str:
    """Return whose fault it is, as people say it; empty for none."""
    return _WHOSE.get(fault, fault)


def span(seconds: int) -> str:
    """Return a span in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        rest = seconds % _MINUTE if seconds < _SHORT else 0
        return f"{seconds // _MINUTE} min" + (f" {rest} s" if rest else "")
    large, small, names = (_DAY, _HOUR, ("d", "h")) if seconds >= _DAY else (_HOUR, _MINUTE, ("h", "min"))
    rest = seconds % large // small
    return f"{seconds // large} {names[0]}" + (f" {rest} {names[1]}" if rest else "")
