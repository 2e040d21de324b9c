"""Every call that reached the stand-in: when, which method, with what, and the answer; never with a token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock

_SECRET = re.compile(r"x(?:ox[a-z]|app)-[\w.-]+|(?<=ticket=)[\w-]+|(?<=/upload/)[\w-]+|(?<=/response/)[\w-]+")


@dataclass
class Call:
    """One call: `answer` stays None while it hangs or when its connection was cut, `status` until a head was sent."""

    at: datetime
    method: str
    arguments: dict[str, Any]
    answer: Any = None
    status: int | None = None

    @property
    def ok(self) -> bool:
        """Say whether the caller was told that it worked."""
        return isinstance(self.answer, Mapping) and self.answer.get("ok") is True


class Recorder:
    """The list of calls, oldest first; tests assert on it instead of on mocks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: list[Call] = []

    def begin(self, method: str, arguments: Mapping[str, Any]) -> Call:
        """Write down that a call came in; `token` arguments are left out."""
        kept = {name: without_secrets(value) for name, value in arguments.items() if name != "token"}
        call = Call(self._clock.now(), method, kept)
        self._calls.append(call)
        return call

    def finish(self, call: Call, answer: object, status: int) -> None:
        """Write down what the caller was told."""
        call.answer, call.status = without_secrets(answer), status

    def calls(self, method: str = ".*") -> list[Call]:
        """Return the calls whose whole method name matches the regular expression, oldest first."""
        return [call for call in self._calls if re.fullmatch(method, call.method)]

    def last(self, method: str = ".*") -> Call:
        """Return the newest such call.

        Raises IndexError when there is none.
        """
        return self.calls(method)[-1]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()


def without_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape goes in and comes out
    """Return a copy of some JSON with tokens and secret parts of addresses masked."""
    if isinstance(value, str):
        return _SECRET.sub("[secret]", value)
    if isinstance(value, Mapping):
        return {key: without_secrets(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(part) for part in value]
    return value
