"""What few samples can say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.statistics import error_rate_bound, p99, percent, share_reached, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(1, 5, 3.6, 62), (2, 5, 11.8, 77), (1, 10, 1.8, 40), (2, 10, 5.7, 51), (5, 5, 57, 100), (20, 20, 84, 100)],
)
def test_the_interval_is_the_published_one(hits: int, total: int, low: float, high: float) -> None:
    """Wilson's interval has the values that the facts were worked out with."""
    found = wilson(hits, total)

    # Published to the whole percent, and small lower bounds to a tenth of one.
    assert pytest.approx(low, abs=0.06 if low < 50 else 0.5) == 100 * found[0]
    assert pytest.approx(high, abs=0.51) == 100 * found[1]


@pytest.mark.parametrize(("clean", "bound"), [(5, 45), (10, 26), (20, 14), (60, 4.9), (100, 3), (300, 1)])
def test_clean_samples_bound_the_error_rate(clean: int, bound: float) -> None:
    """No failure among n excludes the published rates, and nothing at all excludes nothing."""
    assert bound == pytest.approx(100 * error_rate_bound(clean), abs=0.5)
    assert error_rate_bound(0) == 1.0


@pytest.mark.parametrize(("total", "least"), [(5, 2), (10, 2), (20, 3), (40, 5), (60, 7), (100, 5), (140, 7)])
def test_five_per_cent_takes_this_many_failures(total: int, least: int) -> None:
    """Below 100 samples the lower bound must reach 5 %, from 100 on the share itself."""
    assert [False, True] == [share_reached(least - 1, total, 0.05), share_reached(least, total, 0.05)]


def test_nothing_shows_no_share() -> None:
    """Without a sample no share is reached, not even zero."""
    assert not share_reached(0, 0, 0.0)


def test_seen_samples_decide_the_reading() -> None:
    """Five of 99 are enough when a hundred were seen and one was left out."""
    assert share_reached(5, 99, 0.05, seen=100)
    assert not share_reached(5, 99, 0.05)


def test_impossible_counts_are_refused() -> None:
    """More hits than samples is a mistake of the caller, not a rate."""
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_no_p99_below_a_hundred() -> None:
    """99 samples have no p99; 100 have one, and it takes two slow ones to move it."""
    assert p99([0.1] * 97 + [20.0] * 2) is None
    assert p99([0.1] * 99 + [20.0]) == 0.1
    assert p99([20.0] * 2 + [0.1] * 98) == 20.0


def test_p99_takes_the_nearest_rank() -> None:
    """Of 300 samples it is the 297th, and of 301 the 298th."""
    assert p99([float(number) for number in range(1, 301)]) == 297.0
    assert p99([float(number) for number in range(1, 302)]) == 298.0


@given(st.integers(0, 300).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share(counts: tuple[int, int]) -> None:
    """The interval is within 0-1 and the observed share lies in it."""
    hits, total = counts
    low, high = wilson(hits, total)

    assert 0 <= low <= (hits / total if total else 0.5) <= high <= 1


@given(st.integers(1, 150), st.data())
def test_one_more_failure_never_lowers_the_bound(total: int, data: st.DataObject) -> None:
    """A failure more, added or in place of a clean sample, never lowers the lower bound."""
    hits = data.draw(st.integers(0, total - 1))

    assert wilson(hits, total)[0] <= min(wilson(hits + 1, total)[0], wilson(hits + 1, total + 1)[0])


@pytest.mark.parametrize(("share", "text"), [(0.036, "3.6 %"), (0.0, "0.0 %"), (0.0996, "10 %"), (0.45, "45 %")])
def test_shares_are_written_for_people(share: float, text: str) -> None:
    """One decimal only where it says something."""
    assert text == percent(share)
