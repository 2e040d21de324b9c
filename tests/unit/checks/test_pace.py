"""A burst learns enough, stays within its budget, and leaves the limits to production."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checks import pace
from bot.checks.base import Attempt
from bot.checks.exchange import Exchange
from tests.check_values import MODEL, a_target, an_exchange, gathered, rate_headers

MODELS = tuple(f"claude-{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcdef")


@pytest.mark.parametrize(
    ("samples", "models", "expected"),
    [(5, 1, [5]), (5, 2, [3, 2]), (5, 3, [2, 2, 2]), (1, 2, [1, 1]), (20, 2, [10, 10]), (99, 1, [22])],
)
def test_probes_are_shared_over_the_models(samples: int, models: int, expected: list[int]) -> None:
    """`samples` in all, but two each, and never more than a run may send."""
    names = tuple(f"m{place}" for place in range(models))
    assert expected == list(pace.plan(a_target(samples=samples, models=names)).values())


@given(samples=st.integers(1, 100), models=st.integers(1, 32), most=st.integers(1, 25))
def test_a_plan_never_exceeds_the_budget(samples: int, models: int, most: int) -> None:
    """Whatever is configured, the burst and the two probes beside it fit into the most of a run."""
    target = a_target(samples=samples, models=MODELS[:models], max_samples=most)
    assert sum(pace.plan(target).values()) <= max(1, most - 2)


def attempts(*outcomes: tuple[float, bool]) -> list[Attempt]:
    """Return finished probes: (latency, clean)."""
    return gathered(*((MODEL, an_exchange(latency_s=latency), clean) for latency, clean in outcomes)).attempts


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([(0.2, True)] * 5, 0),
        ([(0.2, False)] + [(0.2, True)] * 4, 15),
        ([(11.0, True)] + [(0.2, True)] * 4, 15),
        ([(0.2, False)] * 2 + [(0.2, True)] * 3, 0),
        ([(11.0, True)] * 2 + [(0.2, True)] * 3, 0),
        ([(0.2, False)] * 5, 0),
        ([(0.2, False)], 0),
    ],
)
def test_only_an_ambiguous_burst_grows(outcomes: list[tuple[float, bool]], expected: int) -> None:
    """Exactly one failure or exactly one slow answer asks for 20 in all."""
    assert expected == pace.growth(attempts(*outcomes), len(outcomes), 23)


def test_a_429_is_not_ambiguous() -> None:
    """One refusal by a limit among clean answers never makes the burst grow."""
    probes = gathered((MODEL, an_exchange(429), False), (MODEL, an_exchange(), True))
    assert 0 == pace.growth(probes.attempts, 2, 22)


def test_growth_keeps_the_budget() -> None:
    """With eight allowed, five sent leave three."""
    assert 3 == pace.growth(attempts((0.2, False), (0.2, True)), 5, 8)


def answer(status: int = 200, **left: int) -> Exchange:
    """Return an answer with so much left."""
    return an_exchange(status, headers=rate_headers(**left))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], sys.maxsize),
        ([answer()], sys.maxsize),
        ([answer(429)], 0),
        ([answer(requests=50)], 10),
        ([answer(requests=4)], 0),
        ([answer(requests=50, input_tokens=0)], 0),
        ([answer(requests=50, input_tokens=1_000)], 10),
        ([answer(requests=50), answer(requests=10)], 2),
        ([an_exchange(headers={"anthropic-ratelimit-requests-remaining": "soon"})], sys.maxsize),
    ],
)
def test_limits_set_the_pace(answers: list[Exchange], expected: int) -> None:
    """A fifth of the least that is left; nothing after a 429; no limit told, no limit kept."""
    assert expected == pace.allowed(answers)


def test_patience_is_a_second_or_a_tenth_of_the_deadline() -> None:
    """A short deadline waits shorter for the first answer."""
    assert (1.0, 0.3) == (pace.patience(a_target()), pace.patience(a_target(deadline_s=3.0)))
