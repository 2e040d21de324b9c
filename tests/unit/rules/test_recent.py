"""Earlier probes are told beside the verdict, never counted in it."""

from dataclasses import replace
from datetime import timedelta

from bot.rules.evidence import CheckStatus, Sample
from bot.rules.recent import FIRST_FAILURE, earlier_probes
from tests.factories import NOW

CLEAN = Sample(at=NOW, source="probe", model="m", branch=None, latency_s=0.5)
DOWN = replace(CLEAN, at=NOW + timedelta(minutes=7), branch="overloaded")


def test_no_earlier_run_says_nothing() -> None:
    """Silence is no good news."""
    assert earlier_probes([]) is None


def test_clean_runs_are_told_with_their_time() -> None:
    """People see how fresh the memory is."""
    found = earlier_probes([CLEAN, CLEAN])
    assert found is not None
    assert (CheckStatus.OK, ()) == (found.status, found.samples)
    assert "0 of 2 probes of earlier runs failed in the last hour, the last run at 03:00 UTC." == found.summary


def test_the_first_failure_of_the_hour_is_kept() -> None:
    """When it began is measured, not remembered by people."""
    found = earlier_probes([CLEAN, replace(DOWN, at=NOW + timedelta(minutes=9)), DOWN])
    assert found is not None
    assert CheckStatus.FAILED == found.status
    assert DOWN.at.isoformat() == found.facts[FIRST_FAILURE]
    assert "2 of 3" in found.summary
    assert "first at 03:07 UTC, mostly overloaded" in found.summary
