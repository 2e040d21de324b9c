"""Trouble to order: which call is refused, delayed, hung or cut off, used up in the order it was added."""

import re
from dataclasses import dataclass
from typing import Literal

Cut = Literal["before", "after", "late"]


@dataclass
class Fault:
    """One kind of trouble for calls whose method matches.

    `method` is a regular expression for the whole name (`chat[.].*`); besides Web API methods there are `upload`
    (the bytes of a file) and `response_url`. The first `after_n` matching calls are spared, then `times` calls are hit.

    What happens to a call that is hit: it waits `delay_s` (on the stand-in's clock); `hang` never answers; `cut`
    closes the connection `before` carrying the call out, `after` it, or at once while the call is still carried out
    `late`, `delay_s` afterwards. Otherwise, if `error`, `http_status`, `retry_after` or `body` is set, the call is
    not carried out and that is the answer; with only a delay it is carried out as usual.
    """

    method: str
    error: str | None = None
    http_status: int | None = None
    retry_after: int | str | None = None
    delay_s: float = 0.0
    times: int = 1
    after_n: int = 0
    cut: Cut | None = None
    hang: bool = False
    body: str | None = None

    def matches(self, method: str) -> bool:
        """Say whether this trouble is meant for the method and not used up."""
        return self.times > 0 and re.fullmatch(self.method, method) is not None

    @property
    def answers(self) -> bool:
        """Say whether the fault brings its own answer, so that the call is not carried out."""
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

    def take(self, method: str) -> Fault | None:
        """Return the trouble for this call, if any, and count it as used."""
        fault = next((fault for fault in self._ordered if fault.matches(method)), None)
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
