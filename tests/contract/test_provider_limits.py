"""The stand-in's rate limits are token buckets that refill by the clock, and its headers tell the truth of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.playground.provider import Limits
from bot.playground.provider.limits import Bucket, ModelLimits
from tests.provider_client import SONNET, asking

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def test_an_empty_bucket_refuses_and_refills_by_the_clock() -> None:
    """Two requests a minute: the third is refused with a wait, and passes once the clock has gone that far."""
    async with asking() as ask:
        await ask.provider.set(limits=Limits(requests_per_minute=2))
        taken = [(await ask.message()).status_code for _ in range(2)]
        refused = await ask.message()
        ask.clock.move_to(timedelta(seconds=int(refused.headers["retry-after"])))
        again = await ask.message()
    assert [200, 200] == taken
    assert (429, "rate_limit_error") == (refused.status_code, refused.json()["error"]["type"])
    assert "2 requests per minute" in refused.json()["error"]["message"]
    assert "0" == refused.headers["anthropic-ratelimit-requests-remaining"]
    assert "30" == refused.headers["retry-after"]
    assert 200 == again.status_code


async def test_each_model_has_buckets_of_its_own() -> None:
    """One model's empty bucket leaves the other's full."""
    async with asking() as ask:
        await ask.provider.set(limits=Limits(requests_per_minute=1))
        answers = [await ask.message(), await ask.message(), await ask.message(SONNET)]
    assert [200, 429, 200] == [answer.status_code for answer in answers]


async def test_other_traffic_leaves_less() -> None:
    """A load of 0.85 leaves 15 percent, which every header agrees on."""
    async with asking() as ask:
        await ask.provider.set(limits=Limits(load=0.85))
        headers = (await ask.message()).headers
    for group in ("requests", "input-tokens", "output-tokens", "tokens"):
        limit, remaining = (int(headers[f"anthropic-ratelimit-{group}-{part}"]) for part in ("limit", "remaining"))
        assert 0.12 < remaining / limit < 0.17, group


async def test_input_that_is_too_large_for_the_rest_names_its_bucket() -> None:
    """A request with more input than is left is refused by the bucket of input tokens."""
    async with asking() as ask:
        await ask.provider.set(limits=Limits(input_tokens_per_minute=100))
        answer = await ask.message(messages=[{"role": "user", "content": "word " * 1_000}])
    assert 429 == answer.status_code
    assert "100 input tokens per minute" in answer.json()["error"]["message"]


def test_the_reset_is_the_moment_of_full_replenishment() -> None:
    """Half of the requests used: full again in half a minute."""
    limits = ModelLimits(Limits(requests_per_minute=10), NOON)
    for _ in range(5):
        assert limits.take(1, 1, NOON) is None
    assert "2026-11-24T12:00:30Z" == limits.headers(NOON)["anthropic-ratelimit-requests-reset"]


def test_a_refused_request_uses_nothing() -> None:
    """What the bucket of input tokens refuses is not taken from the requests either."""
    limits = ModelLimits(Limits(requests_per_minute=10, input_tokens_per_minute=10), NOON)
    assert limits.take(11, 1, NOON) is not None
    assert "10" == limits.headers(NOON)["anthropic-ratelimit-requests-remaining"]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-60, 600)), max_size=30), st.floats(0, 1))
def test_a_bucket_never_leaves_its_bounds(uses: list[tuple[float, float]], load: float) -> None:
    """However it is used, and whichever way the clock goes, the level stays between nothing and what is left."""
    bucket = Bucket(50, load, NOON)
    now = NOON
    for amount, seconds in uses:
        now += timedelta(seconds=seconds)
        bucket.refill(now)
        bucket.take(amount)
        assert 0 <= bucket.level <= 50 * (1 - load)
