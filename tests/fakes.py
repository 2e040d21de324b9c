"""Stand-ins that tests steer by hand."""

import asyncio
from datetime import datetime, timedelta

from tests.factories import NOW


class ManualClock:
    """A clock that only moves when it is told to; waiting ends when it has moved far enough."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Return the moment that the test set."""
        return self._now

    def monotonic(self) -> float:
        """Return the same moment in seconds."""
        return self._now.timestamp()

    def advance(self, seconds: float) -> None:
        """Move on and wake those who wait."""
        self._now += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the clock on by `seconds`."""
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            await self._moved.wait()
