"""What is due: each threshold holds exactly where the published table puts it."""

from datetime import datetime, timedelta

import pytest

from bot.rules.deadlines import deadlines, tightest
from bot.rules.evidence import Bucket, CheckStatus, Evidence
from tests.unit.rules.cases import MODEL, NOW


def facts(**given: str) -> Evidence:
    """Return evidence that only states facts; a `__` in a name stands for the colon before the model."""
    named = {name.replace("__", f":{MODEL}"): value for name, value in given.items()}
    return Evidence(check="models", status=CheckStatus.OK, summary="Read.", facts=named)


def bucket(remaining: int, name: str = "requests") -> Evidence:
    """Return evidence of one bucket of a hundred."""
    left = Bucket(bucket=name, limit=100, remaining=remaining, reset=None, headroom=remaining / 100)
    return Evidence(check="rate_limits", status=CheckStatus.OK, summary="Read.", buckets=(left,))


def said(*evidence: Evidence, now: datetime | None = NOW) -> list[str]:
    """Return what is due, in words."""
    return [one.text for one in deadlines(evidence, (MODEL,), now)]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=60), [f"{MODEL} retires in 60 days"]),
        (timedelta(days=60, seconds=1), []),
        (timedelta(seconds=-1), [f"{MODEL} is past its retirement"]),
    ],
)
def test_a_deprecated_model_is_due_sixty_days_before(left: timedelta, expected: list[str]) -> None:
    """Sixty days ahead, to the second; afterwards it is overdue."""
    assert expected == said(facts(lifecycle__="deprecated", retires_at__=(NOW + left).isoformat()))


@pytest.mark.parametrize(("remaining", "due"), [(20, False), (19, True), (0, True)])
def test_headroom_is_due_below_twenty_per_cent(remaining: int, due: bool) -> None:  # noqa: FBT001 - a table of cases
    """A fifth left is enough, less is not."""
    assert due is bool(said(bucket(remaining)))


def test_without_a_time_no_date_is_judged() -> None:
    """Nothing was measured, so there is no today: dates are left alone, what needs none is not."""
    retired, dated = facts(lifecycle__="retired"), facts(lifecycle__="deprecated", retires_at__="2020-01-01")

    assert [f"{MODEL} is past its retirement"] == said(retired, now=None)
    assert [f"{MODEL} is deprecated"] == said(dated, now=None)


def test_a_date_without_a_zone_is_utc() -> None:
    """A bare date is read as UTC instead of failing the comparison."""
    due = facts(lifecycle__="deprecated", retires_at__="2026-11-24T03:00:00")

    assert [f"{MODEL} retires in 2 days"] == said(due)


def test_a_bucket_is_told_once_as_it_was_worst() -> None:
    """The same bucket in several answers counts with the least it had; another bucket is another one."""
    seen = [bucket(50), bucket(10), bucket(30), bucket(70, "tokens")]

    assert [("requests", 10), ("tokens", 70)] == [(one.bucket, one.remaining) for one in tightest(seen)]
    assert ["little is left of the limit requests (10 of 100, 10 %)"] == said(*seen)


def test_each_deadline_names_the_branch_it_will_fail_with() -> None:
    """The reader is sent to the leaf of what will happen."""
    seen = (facts(lifecycle__="retired"), bucket(1))

    assert ["model_not_found.gone", "rate_limit"] == [one.branch for one in deadlines(seen, (MODEL,), NOW)]
