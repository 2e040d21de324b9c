"""How a postmortem writes moments and spans: in UTC, and in words that people use."""

from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def clock(at: datetime) -> str:
    """Return the moment to the minute, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def span(seconds: int) -> str:
    """Return a span in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    large, small, names = (_DAY, _HOUR, ("d", "h")) if seconds >= _DAY else (_HOUR, _MINUTE, ("h", "min"))
    rest = seconds % large // small
    return f"{seconds // large} {names[0]}" + (f" {rest} {names[1]}" if rest else "")
