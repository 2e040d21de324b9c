"""Response times: right in every zone, over every change of the clocks, against a calendar counted by hand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.evidence import Severity
from bot.rules.response import Response

OPENED = datetime(2026, 11, 25, 22, 0, tzinfo=UTC)  # a Wednesday
ZONES = sorted(available_timezones())


@pytest.mark.parametrize(
    ("severity", "due"),
    [
        (Severity.P1, OPENED),
        (Severity.P2, OPENED + timedelta(minutes=15)),
        (Severity.P3, OPENED + timedelta(hours=1)),
        (Severity.P4, datetime(2026, 11, 26, 9, 0, tzinfo=UTC)),
        (Severity.UNKNOWN, OPENED + timedelta(hours=1)),
    ],
)
def test_the_runbook_s_response_times(severity: Severity, due: datetime) -> None:
    """At once, a quarter of an hour, an hour, the next business day."""
    assert due == Response().due(severity, OPENED)


def test_a_weekend_and_holidays_are_passed_over() -> None:
    """Opened on a Thursday before a holiday: Monday morning, in the team's zone."""
    team = Response(zone=ZoneInfo("Europe/Berlin"), holidays={date(2026, 12, 25)})
    assert datetime(2026, 12, 28, 8, 0, tzinfo=UTC) == team.due(Severity.P4, datetime(2026, 12, 24, 12, tzinfo=UTC))


def test_the_team_s_evening_is_its_own_day() -> None:
    """What is tomorrow in UTC may still be today for the team."""
    team = Response(zone=ZoneInfo("America/Los_Angeles"))
    assert datetime(2026, 11, 26, 17, 0, tzinfo=UTC) == team.due(Severity.P4, datetime(2026, 11, 26, 3, tzinfo=UTC))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)), st.sampled_from(ZONES), st.integers(0, 23))  # noqa: DTZ001 - the zone comes below
def test_the_next_business_day_is_counted_right(opened: datetime, zone: str, hour: int) -> None:
    """Day by day, as one would on a paper calendar: the first weekday after the opening's own day, at its beginning."""
    moment = opened.replace(tzinfo=UTC)
    team = Response(zone=ZoneInfo(zone), day_begins=time(hour))
    due = team.next_business_day(moment).astimezone(ZoneInfo(zone))
    own = moment.astimezone(ZoneInfo(zone)).date()
    weekdays = [own + timedelta(days=n) for n in range(1, 5) if (own + timedelta(days=n)).weekday() < 5]
    # A morning that the clocks skip is told an hour later, but never on another day than its own or, for a skipped
    # day (a zone that crossed the date line), the next.
    assert weekdays[0] <= due.date() <= weekdays[0] + timedelta(days=1)
    assert due > moment


def test_each_level_tells_the_next_and_the_last_stays() -> None:
    """The first reminder tells nobody else; then the configured people and groups, one after the other."""
    team = Response(escalate_to=("U0FIRST001", "S0GROUP001"))
    assert [None, "U0FIRST001", "S0GROUP001", "S0GROUP001"] == [team.escalation(level) for level in range(4)]
    assert Response().escalation(3) is None
