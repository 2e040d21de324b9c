"""What one check tells and others wait for."""

import asyncio

from bot.checks.budget import Budget
from bot.checks.shared import Shared
from bot.clock import SystemClock
from tests.check_values import PRICES


def shared() -> Shared:
    """Return what a run shares."""
    return Shared(SystemClock(), lambda _: "unknown", asyncio.get_running_loop().time() + 5, Budget(PRICES, 1.0))


async def test_the_first_word_counts() -> None:
    """A second value changes nothing."""
    run = shared()
    run.listed.tell(("a",))
    run.listed.tell(("b",))
    assert ("a",) == await run.listed.wait()


async def test_a_finished_check_keeps_nobody_waiting() -> None:
    """Who waits for what was never told learns that there is nothing."""
    run = shared()
    run.finished("messages")
    run.finished("models")
    run.finished("stream")
    assert (None, (), False) == (await run.limits.wait(), await run.listed.wait(), await run.passed.wait())


async def test_a_waiter_that_gives_up_spoils_nothing() -> None:
    """Cancelling one who waits leaves the value for the others."""
    run = shared()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(run.listed.wait())
        second = group.create_task(run.listed.wait())
        group.create_task(_cancel_then_tell(first, run))
    assert first.cancelled()
    assert ("a",) == second.result()


async def _cancel_then_tell(waiter: asyncio.Task[tuple[str, ...]], run: Shared) -> None:
    waiter.cancel()
    run.listed.tell(("a",))
