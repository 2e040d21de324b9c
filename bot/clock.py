"""The one source of time: UTC, monotonic seconds and waiting, all of which a test can steer."""

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the bot asks of time."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for durations on this machine."""

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved on by `seconds`."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)


class SteeredClock:
    """The machine's clock plus an offset that a stand-in world sets: jumping ahead wakes the sleepers.

    Durations (`monotonic`) stay real, so that latencies are never faked.
    """

    def __init__(self) -> None:
        self.offset = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Return the machine's time plus the offset."""
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        """Return the machine's monotonic seconds; an offset never changes a duration."""
        return time.monotonic()

    def move_to(self, offset: timedelta) -> None:
        """Set the offset and wake everybody who waits."""
        self.offset = offset
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        """Wait until this clock, not the machine's, has moved on by `seconds`."""
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            moved = self._moved
            # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the jump.
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await moved.wait()
