"""Ordered troubles are used up in the order they were added."""

import pytest

from bot.playground.faults import Fault, Faults


def test_troubles_hit_in_order_and_only_what_they_are_meant_for() -> None:
    """The first that matches is used, then the next, then none."""
    faults = Faults()
    first = faults.add(Fault(r"chat\..*", error="fatal_error"))
    second = faults.add(Fault("chat.postMessage", retry_after=30))
    assert faults.take("auth.test") is None
    assert first is faults.take("chat.postMessage")
    assert second is faults.take("chat.postMessage")
    assert faults.take("chat.postMessage") is None
    assert [] == faults.pending


def test_a_trouble_can_spare_the_first_calls_and_hit_several() -> None:
    """after_n calls pass, then `times` calls are hit."""
    faults = Faults()
    faults.add(Fault("a", error="x", after_n=2, times=2))
    assert [False, False, True, True, False] == [faults.take("a") is not None for _ in range(5)]


def test_cleared_troubles_are_gone() -> None:
    """Nothing is hit any more."""
    faults = Faults()
    faults.add(Fault(".*", hang=True))
    faults.clear()
    assert faults.take("a") is None


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        (Fault("a", delay_s=1), False),
        (Fault("a", error="x"), True),
        (Fault("a", http_status=500), True),
        (Fault("a", retry_after=0), True),
        (Fault("a", body=""), True),
    ],
)
def test_only_some_troubles_bring_an_answer(fault: Fault, *, answers: bool) -> None:
    """A delay alone lets the call be carried out."""
    assert answers == fault.answers
