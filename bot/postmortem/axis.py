"""Where moments and values stand in the chart: a time axis in UTC with round ticks, and a round top for values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor, log10
from typing import Final

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_STEPS: Final = (
    *(5, 10, 15, 30),
    *(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * n for n in (1, 2, 3, 6, 12)),
    *(_DAY * n for n in (1, 2, 7, 14, 28, 91, 364)),
)
_MOST_TICKS: Final = 9
_LEAST_S: Final = 60
_ROOM: Final = 0.02


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and its words; `below` is the day, where it begins or the axis does."""

    at: float
    words: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The span of time (seconds since 1970) that lies between two places on the paper."""

    begin: float
    end: float
    left: float
    right: float

    def place(self, moment: float) -> float:
        """Return where this moment stands, on the paper's edge when it is outside."""
        share = (moment - self.begin) / (self.end - self.begin)
        return round(self.left + min(max(share, 0), 1) * (self.right - self.left), 1)

    def holds(self, moment: float) -> bool:
        """Return whether this moment is on the paper."""
        return self.begin <= moment <= self.end

    def ticks(self) -> Iterator[Tick]:
        """Yield at most nine round moments, the day under the first and under each new one."""
        span = self.end - self.begin
        step = next((step for step in _STEPS if span / step <= _MOST_TICKS), ceil(span / _MOST_TICKS))
        told = ""
        moment = ceil(self.begin / step) * step
        while moment <= self.end:
            at = datetime.fromtimestamp(moment, UTC)
            day = f"{at:%Y-%m-%d}"
            words = f"{at:%H:%M:%S}" if step < _MINUTE else f"{at:%H:%M}"
            yield Tick(self.place(moment), words, day if day != told else "")
            told = day
            moment += step


def time_axis(moments: list[float], beside: list[float], left: float, right: float) -> TimeAxis:
    """Return an axis over these moments, and over those `beside` that are no further away than it is long."""
    first, last = min(moments), max(moments)
    length = max(last - first, _LEAST_S)
    near = [one for one in beside if first - length <= one <= last + length]
    first, last = min([first, *near]), max([last, *near])
    lacking = max(_LEAST_S - (last - first), 0) / 2
    room = max(last - first, _LEAST_S) * _ROOM
    return TimeAxis(first - lacking - room, last + lacking + room, left, right)


def round_top(most: float) -> float:
    """Return the next round number from this one on: 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 1.0
    power = 10.0 ** floor(log10(most))
    factor = next((one for one in (1, 2, 5) if most <= one * power * (1 + 1e-9)), 10)
    return float(f"{factor * power:.6g}")
