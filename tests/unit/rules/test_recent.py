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


def test_the_first_failure_since_a_clean_run_is_kept() -> None:
    """When it began is measured, not remembered by people."""
    found = earlier_probes([CLEAN, replace(DOWN, at=NOW + timedelta(minutes=9)), DOWN])
    assert found is not None
    assert CheckStatus.FAILED == found.status
    assert DOWN.at.isoformat() == found.facts[FIRST_FAILURE]
    assert "2 of 3" in found.summary
    assert "mostly overloaded; without a clean run since 03:07 UTC." in found.summary


def test_what_was_over_before_is_no_beginning() -> None:
    """A failure that a clean run ended is told, and nothing that fails later began with it."""
    clean_again = replace(CLEAN, at=NOW + timedelta(minutes=30))
    down_again = replace(DOWN, at=NOW + timedelta(minutes=32))
    over = earlier_probes([DOWN, clean_again])
    assert over is not None
    assert (CheckStatus.OK, None) == (over.status, over.facts.get(FIRST_FAILURE))
    assert "1 of 2 probes" in over.summary
    assert "in the last of them nothing failed" in over.summary
    anew = earlier_probes([DOWN, clean_again, down_again])
    assert anew is not None
    assert down_again.at.isoformat() == anew.facts[FIRST_FAILURE]


def test_a_run_in_which_some_failed_ends_nothing() -> None:
    """Probes of one moment are one run: one answer among failures is no end."""
    beside = replace(CLEAN, at=DOWN.at + timedelta(seconds=2))
    later = replace(DOWN, at=DOWN.at + timedelta(minutes=5))
    found = earlier_probes([DOWN, beside, later])
    assert found is not None
    assert DOWN.at.isoformat() == found.facts[FIRST_FAILURE]
