"""When somebody must have reacted: the response times, by severity, in the team's zone and calendar."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.rules.evidence import Severity

_FIRST: Final = {Severity.P1: timedelta(0), Severity.P2: timedelta(minutes=15), Severity.P3: timedelta(hours=1)}
"""The runbook's response times; P4 is the next business day."""

_AGAIN: Final = {Severity.P1: timedelta(minutes=5), Severity.P2: timedelta(minutes=15), Severity.P3: timedelta(hours=1)}
"""So long after a reminder the next one comes, until somebody acknowledges."""

_SATURDAY: Final = 5
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A team's calendar: where it works, when its day begins, its holidays; and whom escalation level n tells.

    `update_every` is how long an open incident may go without a word.
    """

    zone: ZoneInfo = _UTC
    day_begins: time = time(9)
    holidays: Collection[date] = ()
    escalate_to: tuple[str, ...] = ()
    update_every: timedelta = timedelta(minutes=30)

    def due(self, severity: Severity, opened_at: datetime) -> datetime:
        """Return when somebody must have reacted to an incident opened then (UTC); unknown counts as P3."""
        if severity is Severity.P4:
            return self.next_business_day(opened_at)
        return opened_at + _FIRST.get(severity, _FIRST[Severity.P3])

    def again(self, severity: Severity, now: datetime) -> datetime:
        """Return when to remind after a reminder (UTC)."""
        if severity is Severity.P4:
            return self.next_business_day(now)
        return now + _AGAIN.get(severity, _AGAIN[Severity.P3])

    def next_business_day(self, moment: datetime) -> datetime:
        """Return when the next day on which the team works begins (UTC), never the day of `moment` itself."""
        day = moment.astimezone(self.zone).date() + timedelta(days=1)
        while day.weekday() >= _SATURDAY or day in self.holidays:
            day += timedelta(days=1)
        return self.beginning_of(day)

    def beginning_of(self, day: date) -> datetime:
        """Return when the team's work begins on this day (UTC)."""
        return datetime.combine(day, self.day_begins, self.zone).astimezone(UTC)

    def escalation(self, level: int) -> str | None:
        """Return who is told at this level (from 1): the n-th configured person or group, the last one from then on."""
        return self.escalate_to[min(level, len(self.escalate_to)) - 1] if level > 0 and self.escalate_to else None
