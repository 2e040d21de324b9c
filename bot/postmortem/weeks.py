"""Incidents by week and severity: what the report's chart draws."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from bot.postmortem.numbers import Row
from bot.postmortem.period import Period

MOST: Final = 53
WIDTH, HEIGHT, BASE = 720, 240, 200  # of the drawing, and where the bars stand
_LEFT: Final = 36
_TOP: Final = 16
_WIDEST: Final = 44
_LEGIBLE: Final = 22  # wide enough for "P1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The incidents that were opened in the week of this Monday (UTC), by severity, the worst first."""

    monday: date
    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Return how many there were."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar: the incidents of one severity in one week."""

    severity: str
    count: int
    x: float
    y: float
    width: float
    height: float
    label: str
    says: str


def weeks(rows: Sequence[Row], period: Period) -> list[Week]:
    """Return every week of the period, also those without an incident; of very many the newest."""
    first = period.since or min((row.opened_at for row in rows), default=period.until)
    monday, last = _monday(first.date()), _monday(period.until.date())
    monday = max(monday, last - timedelta(weeks=MOST - 1))
    by_week: dict[date, Counter[str]] = {}
    for row in rows:
        by_week.setdefault(_monday(row.opened_at.date()), Counter())[row.severity] += 1
    every = (monday + timedelta(weeks=number) for number in range((last - monday).days // 7 + 1))
    return [Week(monday=day, counts=tuple(sorted(by_week.get(day, Counter()).items()))) for day in every]


def bars(drawn: Sequence[Week]) -> Iterator[Part]:
    """Yield the parts of all bars, each week's worst severity lowest."""
    step, unit = _step(drawn), (BASE - _TOP) / highest(drawn)
    for number, week in enumerate(drawn):
        y = float(BASE)
        for severity, count in week.counts:
            y -= count * unit
            yield Part(
                severity=severity,
                count=count,
                x=round(_LEFT + number * step + step * 0.1, 2),
                y=round(y, 2),
                width=round(step * 0.8, 2),
                height=round(count * unit, 2),
                label=severity if step * 0.8 >= _LEGIBLE else "",
                says=f"week of {week.monday}: {count} x {severity}",
            )


def names(drawn: Sequence[Week]) -> Iterator[tuple[float, str]]:
    """Yield where below the bars which Monday stands: about eight of them."""
    every = max(1, -(-len(drawn) // 8))
    for number, week in enumerate(drawn):
        if number % every == 0:
            yield round(_LEFT + (number + 0.5) * _step(drawn), 2), f"{week.monday:%m-%d}"


def highest(drawn: Sequence[Week]) -> int:
    """Return how many incidents the highest bar has, at least one."""
    return max((week.total for week in drawn), default=0) or 1


def _step(drawn: Sequence[Week]) -> float:
    return min(_WIDEST, (WIDTH - _LEFT) / max(1, len(drawn)))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
