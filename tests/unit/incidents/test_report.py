"""What a person says of production: impossible reports are refused, possible ones are read as they were meant."""

from datetime import timedelta
from typing import Any

import pytest

from bot.errors import BadInput
from bot.incidents.report import Report, weightiest
from bot.rules.severity import HumanReport
from tests.factories import LENA, NOW, RAVI
from tests.unit.rules.shipped import judged


def _report(**changes: Any) -> Report:
    return Report(**{"actor": LENA, "at": NOW, "kind": "errors", **changes})


@pytest.mark.parametrize(("failed", "total"), [(3, None), (None, 3), (4, 3), (-1, 3), (1, 2**31)], ids=str)
def test_impossible_counts_are_refused(failed: int | None, total: int | None) -> None:
    """More failed requests than requests, or one number alone, say nothing."""
    with pytest.raises(BadInput):
        _report(failed=failed, total=total)


def test_it_cannot_have_begun_in_the_future() -> None:
    """A beginning that is still to come is a slip of the form's calendar."""
    with pytest.raises(BadInput):
        _report(since=NOW + timedelta(hours=1))


def test_the_severity_table_gets_its_numbers() -> None:
    """Failed of total, branch and beginning count as they were given."""
    report = _report(failed=37, total=120, branch="rate_limit", since=NOW)
    assert HumanReport(kind="errors", failed=37, total=120, branch="rate_limit", since=NOW) == report.as_human()


def test_no_request_at_all_is_no_rate() -> None:
    """None of none tells no share of failures; the report of errors itself stays."""
    assert HumanReport(kind="errors") == _report(failed=0, total=0).as_human()


def test_it_reads_as_one_sentence() -> None:
    """Numbers, kind of failure, beginning and the change before it stand in one line; the pasted text does not."""
    report = _report(
        failed=37, total=120, branch="rate_limit", since=NOW, changed="deploy 1423", text="Error code: 429"
    )
    assert (
        "errors: 37 of 120 requests failed (rate_limit), since 03:00 UTC. Changed before it: deploy 1423"
        == report.sentence()
    )
    assert "deploy" not in report.headline()


def test_a_key_in_the_wrong_hands_outweighs_what_comes_after() -> None:
    """Of equal reports the newest counts, but nobody talks a compromised key away by reporting errors."""
    older, newer = _report(), _report(actor=RAVI, at=NOW + timedelta(minutes=5))
    stolen = _report(kind="compromise", at=NOW - timedelta(minutes=5))
    assert newer == weightiest([older, newer])
    assert stolen == weightiest([stolen, older, newer])
    assert weightiest([]) is None


def test_one_who_sees_less_does_not_hush_the_other() -> None:
    """While one person's production fails altogether, another's few errors or poor answers do not replace that."""
    dead = _report(failed=120, total=120)
    some = _report(actor=RAVI, at=NOW + timedelta(minutes=9), failed=1, total=900)
    poor = _report(actor=RAVI, at=NOW + timedelta(minutes=10), kind="quality")
    assert dead == weightiest([dead, some, poor])
    assert some == weightiest([some, _report(kind="quality", at=NOW + timedelta(minutes=20))])


def test_who_saw_it_can_say_that_it_is_over() -> None:
    """A person's newer report replaces the older one: errors that ended do not count for half an hour more."""
    over = _report(at=NOW + timedelta(minutes=9), failed=0, total=900)
    assert over == weightiest([_report(failed=120, total=120), over])
    untold = _report(actor=RAVI)
    assert untold == weightiest([over, untold])


@pytest.mark.parametrize(
    ("text", "rule"),
    [("503 Service Unavailable", "3-all-failing"), ("500 Internal Server Error", "2-all-500-529")],
)
def test_the_status_that_the_text_names_counts(text: str, rule: str) -> None:
    """Ten of ten with 503 are not called HTTP 500 or 529."""
    report = _report(failed=10, total=10, branch="server_error", text=text).as_human()

    assert rule == judged(report=report).rule
