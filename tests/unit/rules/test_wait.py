"""Waiting times: read as the vendor's client reads them, and from the text where no header says it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.wait import named_date, names_an_hour, wait_seconds

DATE = "Sun, 22 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "text", "expected"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, "", 1.5),
        ({"retry-after": "12"}, "", 12.0),
        ({"retry-after": "0.5"}, "", 0.5),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT", "date": DATE}, "", 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 09:00:00 GMT", "date": DATE}, "", 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 10:00:30 GMT"}, "", None),
        ({"retry-after": "soon"}, "try again in 20s", 20.0),
        ({"retry-after": "-1"}, "", None),
        ({"retry-after": "99999999"}, "", None),
        ({}, "Please wait 2 minutes", 120.0),
        ({}, "retry after 1.5 hours", 5_400.0),
        ({}, "try again in 300ms", 0.3),
        ({}, '{"retryable":true,"retry_after":60}', 60.0),
        ({}, "Retrying in 24s, attempt 3", None),
        ({}, "", None),
    ],
)
def test_the_wait_is_read(headers: dict[str, str], text: str, expected: float | None) -> None:
    """Milliseconds come before seconds, headers before text; a client's own backoff is not the provider's word."""
    assert expected == wait_seconds(headers, text)


def test_only_empty_buckets_count() -> None:
    """The wait is until the last empty bucket is full; buckets with something left do not matter."""
    headers = {
        "date": DATE,
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-22T10:00:07Z",
        "anthropic-ratelimit-tokens-remaining": "9000",
        "anthropic-ratelimit-tokens-reset": "2026-11-22T10:00:50Z",
    }
    expected = 7.0
    assert expected == wait_seconds(headers, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You will regain access on 2026-09-01 at 00:00 UTC", "2026-09-01 00:00 UTC"),
        ("limit resets 2026-09-01T10:30:00Z", "2026-09-01 10:30 UTC"),
        ("limit resets 2026-09-01 10:30 PST", "2026-09-01"),
        ("limit will reset at Oct 6, 10am", "Oct 6"),
        ("resets 7pm", None),
        ("try again later", None),
    ],
)
def test_a_calendar_day_is_told_from_a_time(text: str, expected: str | None) -> None:
    """A day on the calendar is nothing to wait for in a retry loop; its hour is shown only where it is UTC."""
    assert expected == named_date(text)


def test_an_hour_of_the_day_is_a_plan_s_limit() -> None:
    """A window that opens at an hour is nothing for a retry loop either."""
    assert names_an_hour("You have hit your limit, resets 12:50pm (Europe/Paris)")
    assert not names_an_hour("try again in 12 s")


NAMES = [
    "retry-after",
    "retry-after-ms",
    "date",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-tokens-remaining",
]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.text() | st.sampled_from(["0", "nan", "inf", DATE, "1e999"])), st.text()
)
def test_nonsense_is_no_wait(headers: dict[str, str], text: str) -> None:
    """Whatever the headers hold, the result is a bounded number of seconds or nothing."""
    seconds = wait_seconds(headers, text)
    assert seconds is None or 0 <= seconds <= 31 * 86_400
