"""The words in which the checks of the doctor answer, and questions that several of them wait for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bot.rules.finding import Finding

T = TypeVar("T")
Findings = Sequence[Finding]


class NotLooked(Exception):
    """A check cannot be made, mostly because of what another one reports; `why` completes "because ..."."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Asked(Generic[T]):
    """One question that several checks wait for: it is asked once, by whoever comes first."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._asking: asyncio.Future[T] | None = None

    async def get(self) -> T:
        """Return the answer; raises what the asking raises, to each who waits."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask())
            self._asking.add_done_callback(lambda done: done.cancelled() or done.exception())  # or nobody hears of it
        return await asyncio.shield(self._asking)

    async def forget(self) -> None:
        """End the asking, if it is still under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking}, timeout=1)


def ok(what: str) -> Finding:
    """Return that something is as it should be."""
    return Finding("ok", what)


def problem(what: str, mend: str) -> Finding:
    """Return something that must be mended."""
    return Finding("problem", what, mend)


def note(what: str, mend: str = "") -> Finding:
    """Return something that somebody should know, and that need not be mended."""
    return Finding("note", what, mend)


def unseen(what: str, mend: str = "") -> Finding:
    """Return that something cannot be told."""
    return Finding("not_looked_at", what, mend)
