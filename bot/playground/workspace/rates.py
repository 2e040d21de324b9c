"""Slack's rate limits: calls a minute by method, and about one message a second and channel after a short burst."""

import math
from collections import defaultdict, deque
from collections.abc import Callable

from bot.playground.workspace.methods import Method
from bot.playground.workspace.refusal import Refused

_MINUTE_S = 60.0
_BURST = 5


class Rates:
    """Counts calls on the workspace's clock; `seconds` returns its Unix time."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._posts: dict[str, tuple[float, float]] = {}

    def count(self, method: Method, channel: str) -> None:
        """Count a call, in its channel too when the method puts a message there.

        Raises Refused(ratelimited), status 429 with Retry-After, when it is one too many.
        """
        if method.paced:
            self._count_post(channel)
        if method.per_minute is not None:
            self._count_call(method.name, method.per_minute)

    def _count_call(self, name: str, per_minute: int) -> None:
        now, calls = self._seconds(), self._calls[name]
        while calls and calls[0] <= now - _MINUTE_S:
            calls.popleft()
        if len(calls) >= per_minute:
            raise _too_many(calls[0] + _MINUTE_S - now)
        calls.append(now)

    def _count_post(self, channel: str) -> None:
        now = self._seconds()
        left, at = self._posts.get(channel, (float(_BURST), now))
        left = min(float(_BURST), left + now - at)
        if left < 1:
            raise _too_many(1 - left)
        self._posts[channel] = (left - 1, now)


def _too_many(seconds: float) -> Refused:
    return Refused("ratelimited", status=429, retry_after=max(1, math.ceil(seconds)))
