"""A run never spends more than its cap: probes are reserved at their dearest and settled by what they used."""

import json

import pytest

from bot.checks.budget import Budget, cost_sentence, dollars, usage
from bot.checks.messages import message
from bot.rules.prices import Price, Prices
from tests.check_values import MODEL, a_message, an_error, an_exchange

PRICES = Prices({MODEL: Price(1_000.0, 10_000.0)})  # a tenth of a cent for a token in, a cent for one out
PROBE = message(MODEL)
STREAMED: list[dict[str, object]] = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 12, "output_tokens": 1}}},
    {"type": "message_delta", "usage": {"output_tokens": 40}},
]


def a_stream(*events: dict[str, object]) -> bytes:
    """Return a body of server-sent events."""
    return b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events)


def test_a_probe_beyond_the_cap_is_not_allowed() -> None:
    """What is open counts at its dearest, so a burst at once cannot pass the cap either."""
    budget = Budget(PRICES, 0.15)
    first = budget.reserve(PROBE)
    assert first is not None
    assert 0.06 < first < 0.07
    assert (True, None) == (budget.reserve(PROBE) is not None, budget.reserve(PROBE))
    assert budget.spent <= 0.15


@pytest.mark.parametrize(
    ("status", "body", "spent"),
    [
        (200, a_message(), 0.022),
        (529, an_error("overloaded_error", "Overloaded"), 0.0),
        (200, a_stream(*STREAMED), 0.412),
        (200, a_stream(STREAMED[0]), None),
        (200, b"<html>", None),
        (None, None, None),
    ],
)
def test_an_answer_settles_what_it_used(status: int | None, body: object, spent: float | None) -> None:
    """Its own usage counts, an error is free, and what says nothing keeps the dearest that it may have cost."""
    budget = Budget(PRICES, 1.0)
    reserved = budget.reserve(PROBE)
    assert reserved is not None
    budget.settle(PROBE, reserved, an_exchange(status, body))
    assert pytest.approx(reserved if spent is None else spent) == budget.spent


def test_nonsense_in_the_usage_costs_nothing_more() -> None:
    """Negative, huge and wordy counts are read as none."""
    used = {"input_tokens": -5, "output_tokens": "many"}
    assert (0, 0) == usage(an_exchange(200, a_message(usage=used)))
    assert (0, 1) == usage(an_exchange(200, a_message(usage={"input_tokens": 10**9, "output_tokens": 1})))


@pytest.mark.parametrize(("amount", "text"), [(0.1, "$0.10"), (0.0000017, "$0.0000017"), (0.00053, "$0.00053")])
def test_amounts_are_readable(amount: float, text: str) -> None:
    """Cents where there are any, else as many digits as it takes."""
    assert text == dollars(amount)


def test_spend_and_cap_are_said_together() -> None:
    """One sentence, with what was left out in front; none when nothing was sent."""
    budget = Budget(PRICES, 0.10)
    said = cost_sentence(budget.facts() | {"capped": "Not every probe was sent."})
    assert "Not every probe was sent. Cost of the run so far: at most $0.00, cap $0.10." == said
    assert "" == cost_sentence({})
