"""Spans of time: what overlaps counts once, and what nobody saw is not claimed."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.events import Event, Reopened
from bot.postmortem.spans import Span, covered_s, failing, posted
from tests import quarter
from tests.factories import NOW, RAVI, opened, resolved
from tests.quarter import FIRST, contexts, minutes

SECONDS = st.integers(0, 60)
SPANS = st.lists(st.tuples(SECONDS, SECONDS).map(sorted), max_size=8)


@given(SPANS, st.tuples(SECONDS, SECONDS).map(sorted))
def test_each_second_counts_once_and_only_within_the_period(drawn: list[list[int]], period: list[int]) -> None:
    """However spans overlap, the length is the number of seconds that lie in at least one of them."""
    begin, end = period
    counted = {second for first, last in drawn for second in range(first, last)} & set(range(begin, end))
    spans = [Span(_at(first), _at(last)) for first, last in drawn]
    assert len(counted) == covered_s(spans, _at(begin), _at(end))


def test_nothing_covers_nothing() -> None:
    """No span, no time."""
    assert 0 == covered_s([], NOW, NOW + minutes(5))


def test_it_fails_from_the_first_failure_to_the_last_one_seen() -> None:
    """Not until the clean measurement after it: in between nobody looked."""
    assert [Span(FIRST - timedelta(seconds=6), FIRST + minutes(60) - timedelta(seconds=2))] == failing(contexts()[0])


def test_a_reopened_incident_did_not_fail_in_between() -> None:
    """Each row of failed measurements is a span of its own."""
    first, again = failing(contexts()[3])
    assert timedelta(0) <= first.end - first.begin < minutes(1)
    assert minutes(9) < again.end - again.begin <= minutes(10)


def test_what_fails_days_after_its_end_did_not_fail_all_the_time() -> None:
    """Resolved without a clean measurement and failing again three days later: two spans, not three days."""
    three_days = minutes(3 * 24 * 60)
    again: list[Event] = [Reopened(actor=RAVI, happened_at=FIRST + three_days, reason="again")]
    again += [quarter.failing(FIRST + three_days)]
    story: list[Event] = [
        opened(happened_at=FIRST, triage_id=None),
        quarter.failing(FIRST),
        resolved(happened_at=FIRST + minutes(9)),
    ]
    for after in (again, again[1:]):
        first, second = failing(contexts([[*story, *after]])[0])
        assert first.end < FIRST + minutes(1)
        assert FIRST + three_days - minutes(1) < second.begin


def test_our_own_fault_is_no_failure_of_the_provider() -> None:
    """A refused key counts nothing against them."""
    assert [] == failing(contexts()[1])


def test_the_page_counts_from_its_first_word_to_where_it_was_gone() -> None:
    """Or to the last reading, while it still stands there."""
    there = contexts()[0]
    posted_at = FIRST - timedelta(seconds=6) + minutes(41)
    assert [Span(posted_at, FIRST + minutes(75))] == posted(there)
    (told,) = there.provider.incidents
    still = replace(there, provider=replace(there.provider, incidents=(replace(told, gone_by=None),)))
    assert [Span(posted_at, FIRST + minutes(75))] == posted(still)
    assert [] == posted(replace(still, measurements=()))


def _at(second: int) -> datetime:
    return NOW + timedelta(seconds=second)
