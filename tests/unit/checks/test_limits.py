"""Rate-limit headers become buckets; what is missing or broken stays unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checks.limits import buckets, http_date, moment, number
from tests.check_values import DATE, NOW

WHOLE = {
    "date": DATE,
    "anthropic-ratelimit-requests-limit": "60",
    "anthropic-ratelimit-requests-remaining": "59",
    "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:01Z",
    "anthropic-ratelimit-input-tokens-limit": "30000",
    "anthropic-ratelimit-input-tokens-remaining": "3000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-22T12:00:54Z",
}


def test_the_emptiest_bucket_comes_first() -> None:
    """The binding bucket is the one with the least headroom."""
    first, second = buckets(WHOLE)
    assert ("input-tokens", 0.1, 54.0) == (first.bucket, first.headroom, first.refill_s)
    assert ("requests", 60, 59) == (second.bucket, second.limit, second.remaining)


def test_the_servers_clock_counts() -> None:
    """A server an hour ahead gives the same seconds, since reset and date move together."""
    ahead = WHOLE | {
        "date": "Sun, 22 Nov 2026 13:00:00 GMT",
        "anthropic-ratelimit-requests-reset": "2026-11-22T13:00:01Z",
    }
    assert buckets(ahead)[1].refill_s == 1.0


def test_without_a_date_the_limit_per_minute_counts() -> None:
    """27,000 of 30,000 a minute refill in 54 seconds."""
    dateless = {name: value for name, value in WHOLE.items() if name != "date"}
    assert buckets(dateless)[0].refill_s == pytest.approx(54)


def test_a_reset_in_the_past_is_zero() -> None:
    """No negative waiting."""
    late = WHOLE | {"anthropic-ratelimit-requests-reset": "2020-01-01T00:00:00Z"}
    assert buckets(late)[1].refill_s == 0.0


@pytest.mark.parametrize("lost", ["limit", "remaining"])
def test_half_a_bucket_is_no_bucket(lost: str) -> None:
    """Missing headers are unknown, never "0 left"."""
    half = {name: value for name, value in WHOLE.items() if name != f"anthropic-ratelimit-requests-{lost}"}
    assert ["input-tokens"] == [bucket.bucket for bucket in buckets(half)]


@pytest.mark.parametrize("value", ["", "-1", "many", "1.5", "9" * 40, "0"])
def test_a_limit_that_is_none_is_ignored(value: str) -> None:
    """No limit of zero, less than zero or words."""
    assert 1 == len(buckets(WHOLE | {"anthropic-ratelimit-requests-limit": value}))


def test_priority_and_fast_buckets_have_their_own_names() -> None:
    """`anthropic-fast-input-tokens-*` is a bucket beside the ordinary one."""
    fast = {"anthropic-fast-input-tokens-limit": "10", "anthropic-fast-input-tokens-remaining": "5"}
    assert ["fast-input-tokens"] == [bucket.bucket for bucket in buckets(fast)]


@given(st.dictionaries(st.sampled_from([*WHOLE, "anthropic-ratelimit-unified-reset"]), st.text()))
def test_any_header_text_is_survived(headers: dict[str, str]) -> None:
    """Headroom stays a share and waiting stays positive."""
    for bucket in buckets(headers):
        assert 0 <= bucket.headroom <= 1
        assert (bucket.refill_s or 0) >= 0


def test_times_are_read_in_utc_or_not_at_all() -> None:
    """A time without zone, an impossible one and no text are all unknown."""
    assert NOW == moment("2026-11-22T13:00:00+01:00") == http_date(DATE)
    assert [None] * 4 == [moment(text) for text in ("2026-11-22T12:00:00", "0001-01-01T00:00:00+14:00", "soon", 7)]
    assert [None] * 3 == [http_date(text) for text in (None, "soon", "Sun, 99 Nov 2026 12:00:00 GMT")]


def test_numbers_are_plain() -> None:
    """Only digits are a number."""
    assert [7, None, None, None] == [number(text) for text in ("7", "7.0", "\N{ARABIC-INDIC DIGIT SEVEN}", None)]
