"""What the checks of one run share: time, money, the classifier, and answers that other checks wait for."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.checks.budget import Budget
from bot.checks.exchange import Exchange
from bot.clock import Clock
from bot.rules.evidence import Observation

T = TypeVar("T")


class Promised(Generic[T]):
    """A value that one check tells once and others wait for; later values are ignored."""

    def __init__(self) -> None:
        self._future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def tell(self, value: T) -> None:
        """Give the value, unless it has been given."""
        if not self._future.done():
            self._future.set_result(value)

    async def wait(self) -> T:
        """Return the value as soon as it is there."""
        return await asyncio.shield(self._future)


class Shared:
    """Made inside the running loop, for one run.

    `limits` is the first answer of the Messages endpoint that tells rate limits, with the model it was about, or
    None when there is none. `passed` is true as soon as a Messages probe got through, false when none did. `listed`
    are the active models of the catalogue, best first. `again` lets one check at a time ask anew what a rate limit
    refused. `budget` is what the probes may cost. `ends` is the moment of the event loop's clock at which requests
    are cut.
    """

    def __init__(self, clock: Clock, classify: Callable[[Observation], str], ends: float, budget: Budget) -> None:
        self.clock = clock
        self.classify = classify
        self.ends = ends
        self.budget = budget
        self.limits: Promised[tuple[str, Exchange] | None] = Promised()
        self.passed: Promised[bool] = Promised()
        self.listed: Promised[tuple[str, ...]] = Promised()
        self.again = asyncio.Lock()

    def time_left(self) -> float:
        """Return the seconds until requests are cut; negative afterwards."""
        return self.ends - asyncio.get_running_loop().time()

    def finished(self, check: str) -> None:
        """Release those who wait for what this check did not tell."""
        if check == "messages":
            self.limits.tell(None)
            self.passed.tell(False)  # noqa: FBT003 - the promised value itself
        if check == "models":
            self.listed.tell(())
