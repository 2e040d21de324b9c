"""Walks through a list that Slack gives page by page, without losing the place when Slack's budget is used up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.clock import Clock
from bot.slack.refusals import TROUBLE, translate
from bot.workflows.worker import RetryLater

PAGE: Final = 1000
"""The most that Slack gives at once to an app of the workspace's own; it may give fewer."""
_MOST: Final = 200
_LONGEST_WAIT_S: Final = 90.0  # a whole minute's budget, and some
log = structlog.get_logger()

Ask = Callable[[str], Awaitable[AsyncSlackResponse]]


async def pages(ask: Ask, clock: Clock) -> AsyncIterator[AsyncSlackResponse]:
    """Yield the answers that `ask` gets for each cursor, from "" to the last.

    Raises what `ask` does, but from the second page on a request to wait is met here: the job that asks would begin
    at page one again, and one that needs more pages than its budget has calls would never end.
    """
    cursor = ""
    for _ in range(_MOST):
        answer = await _one(ask, cursor, clock)
        yield answer
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
    log.warning("list_too_long", pages=_MOST)


async def _one(ask: Ask, cursor: str, clock: Clock) -> AsyncSlackResponse:
    while True:
        try:
            return await ask(cursor)
        except (RetryLater, *TROUBLE) as error:
            told = error if isinstance(error, RetryLater) else translate(error)
            if not cursor or not isinstance(told, RetryLater) or told.after_s > _LONGEST_WAIT_S:
                raise
            wait_s = told.after_s
        await clock.sleep(wait_s)
