"""Numbers over incidents: counted from moments, each mean with its n, what nobody knows left unknown."""

from dataclasses import replace
from datetime import timedelta
from statistics import fmean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.incidents.events import Amended, Noted
from bot.postmortem.numbers import AgainstPage, Average, Row, numbers, row_of
from bot.postmortem.period import Period, period_of
from tests.factories import LENA, NOW, RAVI
from tests.quarter import contexts, minutes, rows, stories

EVER = Period(since=None, until=NOW)
ROWS = rows()


def test_a_quarter_is_counted() -> None:
    """By severity, fault and kind of failure, with what is open, private and reopened."""
    found = numbers(ROWS, EVER)
    assert (7, 1, 1, 1, 1) == (found.count, found.open, found.private, found.reopened, found.reopenings)
    assert (("P1", 3), ("P2", 2), ("P3", 2)) == found.severities
    assert (("theirs", 4), ("ours", 3)) == found.faults
    assert ("overloaded", 2) == found.branches[0]
    assert 7 == sum(count for _, count in found.branches)


def test_the_means_say_over_how_many() -> None:
    """Two, four, six and one minute to acknowledge; what was never seen to work again does not count into that."""
    found = numbers(ROWS, EVER)
    assert Average(n=4, mean_s=195, median_s=180) == found.acknowledge
    assert Average(n=5, mean_s=1824, median_s=1260) == found.mitigate
    assert Average(n=6, mean_s=6, median_s=6) == found.detect
    assert 6 == found.resolve.n


@given(st.lists(st.none() | st.integers(0, 10**6), max_size=9))
def test_every_mean_and_median_is_that_of_the_known_ones(spans: list[int | None]) -> None:
    """None of them gives none at all, not zero."""
    found = numbers([replace(ROWS[0], acknowledge_s=span) for span in spans], EVER).acknowledge
    known = [span for span in spans if span is not None]
    mean, middle = (round(fmean(known)), round(median(known))) if known else (None, None)
    assert Average(n=len(known), mean_s=mean, median_s=middle) == found


def test_the_provider_against_its_own_page() -> None:
    """Seventy minutes seen, thirty-four on the page, which told of one of four, 41 minutes after us."""
    told = numbers(ROWS, EVER).page
    assert 34 * 60 + 6 == told.posted_s
    assert minutes(70) <= timedelta(seconds=told.failing_s) < minutes(71)
    assert (1, 1, 41 * 60, 3) == (told.compared, told.first, told.ahead_s, told.unposted)


def test_the_same_outage_in_two_incidents_counts_once() -> None:
    """Both saw the same hour fail and the same words on the page."""
    one, two = (numbers(many, EVER).page for many in ([ROWS[0]], [ROWS[0], ROWS[0]]))
    assert (one.failing_s, one.posted_s) == (two.failing_s, two.posted_s)


def test_the_page_may_have_been_first() -> None:
    """Then we were not ahead, and no time is claimed; without any the median is unknown."""
    late = replace(ROWS[0], ahead_s=-60)
    told = numbers([late], EVER).page
    assert (1, 0, None) == (told.compared, told.first, told.ahead_s)


def test_no_incident_gives_no_numbers() -> None:
    """Nothing is divided by nothing."""
    found = numbers([], EVER)
    none = Average(n=0, mean_s=None, median_s=None)
    assert (0, none, none) == (found.count, found.acknowledge, found.resolve)
    assert AgainstPage(failing_s=0, posted_s=0, compared=0, first=0, ahead_s=None, unposted=0) == found.page


def test_only_the_period_counts() -> None:
    """What was opened before it, and time before it on the page, is left out."""
    found = numbers(ROWS, Period(since=NOW - timedelta(days=30), until=NOW))
    assert ["INC-5", "INC-6", "INC-7"] == [row.name for row in ROWS if row.opened_at >= NOW - timedelta(days=30)]
    assert (3, 0) == (found.count, found.page.posted_s)


def test_follow_ups_are_what_is_not_done() -> None:
    """The earliest due first, overdue from the day after; without a day at the end."""
    on_its_day = ROWS[0].opened_at
    assert not any(one.overdue for one in numbers(ROWS, Period(since=None, until=on_its_day)).todo)
    left = numbers(ROWS, EVER).todo
    assert [("INC-1", "ravi", True), ("INC-6", "lena", False), ("INC-5", "", False)] == [
        (one.incident, one.owner, one.overdue) for one in left
    ]
    assert [False, True, False] == [one.private for one in left]


def test_later_words_change_no_number() -> None:
    """A corrected title and a note of the past move no moment."""
    told = stories()[0]
    past = Noted(actor=RAVI, happened_at=told[0].happened_at - timedelta(days=3), text="it began long ago")
    said = Amended(actor=LENA, happened_at=NOW, seq=1, part="title", text="Other words", reason="clearer")
    (after,) = (row_of(context) for context in contexts([[*told, past, said]]))
    assert "Other words" == after.title
    assert _without_title(ROWS[0]) == _without_title(after)


def _without_title(row: Row) -> Row:
    return replace(row, title="")


@pytest.mark.parametrize(
    ("text", "days"), [("30d", 30), ("1d", 1), (" 7 Days ", 7), ("2026-11-23", 1.125), ("all", None)]
)
def test_a_period_is_read(text: str, days: float | None) -> None:
    """Days, a day, or everything."""
    since = None if days is None else NOW - timedelta(days=days)
    assert Period(since=since, until=NOW) == period_of(text, NOW)


@pytest.mark.parametrize("text", ["", "soon", "0d", "99999d", "123456789012d", "2026-02-30", "2026-13-01", "-3d", "٣d"])
def test_what_is_no_period_is_told(text: str) -> None:
    """With how it is written."""
    with pytest.raises(BadInput, match="is no period") as refused:
        period_of(text, NOW)
    assert "`30d`" in refused.value.hint


def test_a_day_ahead_is_refused() -> None:
    """Nothing can have been opened since then."""
    with pytest.raises(BadInput, match="lies ahead"):
        period_of("2026-11-25", NOW)
