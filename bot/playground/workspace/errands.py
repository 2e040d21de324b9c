"""Work that outlives the call that started it, such as redeliveries: held on to, and ended at the stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Errands:
    """The tasks under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._over = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Begin some work; it is held on to until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget_if_fine)

    async def until_the_end(self) -> None:
        """Wait for `release()`, as a call that hangs does: it outlives its caller, and nobody else holds on to it."""
        await self._over.wait()

    def release(self) -> None:
        """Let everything end that hangs."""
        self._over.set()

    async def stop(self) -> None:
        """Cancel what is under way and wait for its end.

        Raises ExceptionGroup with whatever an errand failed of: such a failure must not go unseen.
        """
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        failures = [end for end in ends if isinstance(end, Exception)]
        if failures:
            raise ExceptionGroup("errands of the stand-in workspace failed", failures)

    def _forget_if_fine(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)
