"""Rate limits by method and by channel, on a clock of the test's own."""

import pytest

from bot.playground.workspace.methods import Method, catalogue
from bot.playground.workspace.rates import Rates
from bot.playground.workspace.refusal import Refused


class Time:
    """Seconds that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


@pytest.fixture
def time() -> Time:
    """Return the test's seconds."""
    return Time()


def allowed(rates: Rates, method: Method, calls: int) -> int:
    """Return how many of so many calls pass."""
    passed = 0
    for _ in range(calls):
        try:
            rates.count(method, "C1")
        except Refused:
            continue
        passed += 1
    return passed


@pytest.mark.parametrize(
    ("name", "per_minute"),
    [("conversations.create", 20), ("chat.update", 50), ("views.open", 100), ("pins.add", 20), ("auth.test", 500)],
)
def test_a_method_has_its_tier(time: Time, name: str, per_minute: int) -> None:
    """Tier 2 allows 20 calls a minute, tier 3 50, tier 4 100; the special tier is not counted here."""
    assert per_minute == allowed(Rates(time), catalogue().methods[name], 500)


def test_the_minute_slides(time: Time) -> None:
    """A call counts for sixty seconds from its own moment, and Retry-After says when there is room."""
    rates, method = Rates(time), catalogue().methods["conversations.create"]
    assert 10 == allowed(rates, method, 10)
    time.now += 30
    assert 10 == allowed(rates, method, 20)
    with pytest.raises(Refused) as refused:
        rates.count(method, "")
    assert (429, 30) == (refused.value.status, refused.value.retry_after)
    time.now += 30
    assert 10 == allowed(rates, method, 20)


def test_a_channel_recovers_one_message_a_second(time: Time) -> None:
    """After the burst of five there is one more each second, never more than the burst again."""
    rates, method = Rates(time), catalogue().methods["chat.postMessage"]
    assert 5 == allowed(rates, method, 9)
    time.now += 2
    assert 2 == allowed(rates, method, 9)
    time.now += 3600
    assert 5 == allowed(rates, method, 9)
