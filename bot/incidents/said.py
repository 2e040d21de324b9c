"""What was said in Slack: a message as the record keeps it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

BEFORE: Final = timedelta(minutes=5)
"""What was said so shortly before an incident was opened in a channel belongs to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message; `ts` is its name in the channel and its moment, `thread_ts` the message that it replies to.

    `author` is the name of the app that wrote it; people are known by `user_id`. `edited_ts` is when its author last
    changed it, as Slack writes moments; `deleted` messages have no text any more.
    """

    channel_id: str
    ts: str
    user_id: str
    text: str
    author: str = ""
    thread_ts: str | None = None
    edited_ts: str | None = None
    deleted: bool = False

    @property
    def at(self) -> datetime:
        """Return when it was said, UTC."""
        return moment_of(self.ts)

    @property
    def key(self) -> str:
        """Return what names the message in the whole workspace."""
        return message_key(self.channel_id, self.ts)


def message_key(channel_id: str, ts: str) -> str:
    """Return what names a message in the whole workspace."""
    return f"{channel_id}:{ts}"


def moment_of(ts: str) -> datetime:
    """Return the moment (UTC) of a message's `ts`; raises ValueError for anything else."""
    return datetime.fromtimestamp(float(ts), UTC)
