"""The steered clock: a jump wakes the sleepers, a cancellation always ends them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SteeredClock, SystemClock


async def test_a_jump_wakes_who_has_waited_long_enough() -> None:
    """Ten minutes pass at once for those who wait for nine, not for those who wait for eleven."""
    clock = SteeredClock()
    nine, eleven = (asyncio.ensure_future(clock.sleep(minutes * 60)) for minutes in (9, 11))
    await asyncio.sleep(0)
    clock.move_to(timedelta(minutes=10))
    await nine
    assert not eleven.done()
    eleven.cancel()


async def test_a_cancellation_together_with_a_jump_is_not_swallowed() -> None:
    """A heartbeat that is stopped in the moment of a jump ends, whatever it was waiting for."""
    clock = SteeredClock()
    sleeper = asyncio.ensure_future(clock.sleep(600))
    await asyncio.sleep(0)
    clock.move_to(timedelta(minutes=5))
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper


async def test_the_offset_moves_the_date_and_no_duration() -> None:
    """Latencies stay real when the date is steered."""
    clock = SteeredClock()
    before = clock.monotonic()
    clock.move_to(timedelta(days=1))
    assert clock.now() - datetime.now(UTC) > timedelta(hours=23)
    assert clock.monotonic() - before < 10


async def test_the_system_clock_is_in_utc() -> None:
    """Every moment is aware and in UTC; no wait is no wait."""
    clock = SystemClock()
    await clock.sleep(0)
    assert timedelta(0) == clock.now().utcoffset()
    assert clock.monotonic() <= clock.monotonic()
