"""Trouble to order: which call is refused, delayed, hung or cut off, used up in the order it was added."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Cut = Literal["before", "after", "late", "body"]


@dataclass
class Fault:
    """One kind of trouble for calls whose method matches.

    `method` is a regular expression for the whole name (`chat[.].*`); besides Web API methods there are `upload`
    (the bytes of a file) and `response_url`. With a `channel` (id or name), only calls about this one are meant. The
    first `after_n` matching calls are spared, then `times` calls are hit.

    What happens to a call that is hit: it waits `delay_s` (on the stand-in's clock); `hang` never answers; `cut`
    closes the connection `before` carrying the call out, `after` it, or at once while the call is still carried out
    `late`, `delay_s` afterwards. Otherwise, if `error`, `http_status`, `retry_after` or `body` is set, that is the
    answer, and the call is carried out only if it is `done` all the same; with only a delay it is carried out as usual.
    A `retry_after` that is a span is told as the date that it leads to.
    Of an answer that `trickles` only head and first byte come; with a cut in its `body` the connection ends after them.
    """

    method: str
    error: str | None = None
    http_status: int | None = None
    retry_after: int | str | timedelta | None = None
    delay_s: float = 0.0
    times: int = 1
    after_n: int = 0
    cut: Cut | None = None
    hang: bool = False
    body: str | None = None
    channel: str | None = None
    done: bool = False
    trickles: bool = False

    def matches(self, method: str, channel: Collection[str]) -> bool:
        """Say whether this trouble is meant for the call and not used up."""
        meant = self.channel is None or self.channel in channel
        return self.times > 0 and meant and re.fullmatch(self.method, method) is not None

    @property
    def answers(self) -> bool:
        """Say whether the fault brings an answer of its own."""
        ordered = (self.error, self.http_status, self.retry_after, self.body)
        return any(part is not None for part in ordered)


class Faults:
    """The troubles ordered so far."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Order a trouble behind those already ordered."""
        self._ordered.append(fault)
        return fault

    def take(self, method: str, channel: Collection[str] = ()) -> Fault | None:
        """Return the trouble for this call, if any, and count it as used; `channel` is what its channel is called."""
        fault = next((fault for fault in self._ordered if fault.matches(method, channel)), None)
        if fault is None:
            return None
        if fault.after_n > 0:
            fault.after_n -= 1
            return None
        fault.times -= 1
        return fault

    def clear(self) -> None:
        """Forget everything that was ordered: from now on all calls are served."""
        self._ordered.clear()

    @property
    def pending(self) -> list[Fault]:
        """Return the troubles that have not been used up."""
        return [fault for fault in self._ordered if fault.times > 0]
