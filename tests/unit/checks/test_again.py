"""What a rate limit refused is asked once more when it refills in time, and forgiven only if that gets through."""

import asyncio
from collections.abc import Mapping

import pytest

from bot.checks.again import ask_again
from bot.checks.base import Attempt, Raw
from bot.checks.budget import Budget
from bot.checks.shared import Shared
from bot.clock import SystemClock
from tests.check_values import DATE, MODEL, PRICES, a_message, an_error, an_exchange, by_status, gathered, rate_headers

MUCH_LEFT = rate_headers(requests=40, tokens=40)
CLEAN = an_exchange(200, a_message())


class QuickClock(SystemClock):
    """A clock that never lets anybody wait, and remembers for how long it should have."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Return at once."""
        self.slept.append(seconds)


def refused(**headers: str) -> Raw:
    """Return a burst of one clean probe and two that met the limit, which say how long to wait in these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    limited = an_exchange(429, an_error("rate_limit_error", "slow down"), headers=named)
    return gathered((MODEL, CLEAN, True), (MODEL, limited, False), (MODEL, limited, False))


async def again(
    raw: Raw, *later: int, time_left_s: float = 15.0, headers: Mapping[str, str] = MUCH_LEFT
) -> list[float]:
    """Ask again; the later probes end in these statuses with these headers. Return how long it waited before each."""
    clock = QuickClock()
    shared = Shared(clock, by_status, asyncio.get_running_loop().time() + time_left_s, Budget(PRICES, 1.0))
    answers = iter(later)

    async def send() -> Attempt:
        status = next(answers)
        body = a_message() if status == 200 else an_error("error", "no")
        done = gathered((MODEL, an_exchange(status, body, headers=headers), status == 200)).attempts[0]
        raw.attempts.append(done)
        return done

    await ask_again(raw.bad, send, shared, raw)
    return clock.slept


async def test_what_gets_through_later_is_forgiven() -> None:
    """One later probe for each limited one, after the wait that it was told; then nothing counts as failed."""
    raw = refused(retry_after="2")
    assert [2.0, 2.0] == await again(raw, 200, 200)
    assert ([], 2, 3) == (raw.bad, len(raw.forgiven), len(raw.attempts))
    assert "2 probes got a 429" in raw.facts["own_429"]


@pytest.mark.parametrize(
    ("headers", "forgiven"),
    [
        (rate_headers(requests=6), 2),  # and 5 of ours: 22 % of 50
        (rate_headers(requests=4), 0),  # 18 %
        (rate_headers(requests=40, input_tokens=0), 2),  # a limit that our own twenty tokens a probe fill
        ({"anthropic-ratelimit-tokens-limit": "50000", "anthropic-ratelimit-tokens-remaining": "900"}, 0),
        ({}, 0),
    ],
)
async def test_at_productions_limit_a_429_is_no_fault_of_the_burst(headers: dict[str, str], forgiven: int) -> None:
    """With less than a fifth left, our own probes given back, or when nobody tells, the 429 counts."""
    raw = refused(retry_after="1")
    await again(raw, 200, 200, headers=headers)
    assert forgiven == len(raw.forgiven)


async def test_what_is_limited_again_counts_whole() -> None:
    """A second refusal proves that it was not our burst: both first ones and the later one are failures."""
    raw = refused(retry_after="2")
    assert [2.0] == await again(raw, 429)
    assert (3, [], {}) == (len(raw.bad), raw.forgiven, raw.facts)


async def test_another_failure_forgives_nothing() -> None:
    """Only a clean answer shows that the limit was ours."""
    raw = refused(retry_after="1")
    assert [1.0, 1.0] == await again(raw, 200, 529)
    assert (3, []) == (len(raw.bad), raw.forgiven)


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"retry_after": "4"}, []),
        ({"retry_after": "3.5"}, [3.5, 3.5]),
        ({}, []),
        (
            {
                "date": DATE,
                "anthropic_ratelimit_requests_remaining": "0",
                "anthropic_ratelimit_requests_reset": "2026-11-22T12:00:03Z",
            },
            [3.0, 3.0],
        ),
        ({"retry_after": "1", "anthropic_ratelimit_requests_limit": "20"}, [3.0, 3.0]),
    ],
)
async def test_the_wait_is_the_providers_and_must_leave_half_of_the_time(
    headers: dict[str, str], waits: list[float]
) -> None:
    """From retry-after, else reset minus date, at least one request's refill; without it nobody waits."""
    assert waits == await again(refused(**headers), 200, 200, time_left_s=15.0)


async def test_checks_take_turns() -> None:
    """Two checks that met the same limit never send their later probes together."""
    shared = Shared(SystemClock(), by_status, asyncio.get_running_loop().time() + 15, Budget(PRICES, 1.0))
    open_at_a_time: list[int] = []
    running = 0

    async def send() -> Attempt:
        nonlocal running
        running += 1
        open_at_a_time.append(running)
        await asyncio.sleep(0)
        running -= 1
        return gathered((MODEL, CLEAN, True)).attempts[0]

    first, second = refused(retry_after="0"), refused(retry_after="0")
    async with asyncio.TaskGroup() as group:
        for raw in (first, second):
            group.create_task(ask_again(raw.bad, send, shared, raw))
    assert [1, 1, 1, 1] == open_at_a_time
