"""The channel for those outside: none, there, or one in which the bot says nothing, for it is not ours alone."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from bot.slack.calls import Slack
from bot.slack.cards.update import Announced
from bot.slack.refusals import Refused
from bot.workflows.worker import RetryLater, Unclear

_PATIENCE_S: Final = 30.0
_WHY: Final = (
    "The channel for announcements is shared with another organisation, so nothing is announced there:"
    " name another one under [announce] in anth-triage.toml."
)
log = structlog.get_logger()


class Outside:
    """Knows where announcements go; `is_shared` is what Slack said last."""

    def __init__(self, slack: Slack, channel_id: str) -> None:
        """Prepare; `channel_id` is empty for none."""
        self.channel_id = channel_id
        self.is_shared = False
        self._slack = slack

    async def ask(self) -> bool:
        """Ask Slack whether the channel is shared with another organisation; raises RetryLater or Unclear."""
        if not self.channel_id:
            return False
        try:
            shared = await self._slack.is_shared(self.channel_id)
        except Refused:  # then it refuses the announcement as well, and that is told
            return self.is_shared
        if shared and not self.is_shared:
            log.warning("announcements_refused", channel=self.channel_id, hint=_WHY)
        self.is_shared = shared
        return shared

    async def look(self) -> None:
        """Ask once, at the start; Slack may be away."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self.ask()
        except (RetryLater, Unclear, TimeoutError):
            log.info("announcements_not_looked_at")

    def announced(self) -> Announced:
        """Return what becomes of an update."""
        return "nowhere" if not self.channel_id else "refused" if self.is_shared else "there"

    def lacks(self) -> Sequence[str]:
        """Return what the bot does without, in words."""
        return [_WHY] if self.is_shared else []
