"""How many calls a minute Slack takes, by method and, for messages, by channel; shared by all replicas."""

from dataclasses import dataclass
from typing import Final

UPLOAD: Final = "upload"
"""The bytes of a file: no method of the Web API, but Slack may ask to wait there, too."""

_TIER_2, _TIER_3, _TIER_4 = 20, 50, 100  # calls a minute for one app in one workspace
_METHODS: Final = {
    _TIER_2: (
        *("bookmarks.add", "bookmarks.edit", "conversations.create", "conversations.list", "conversations.setTopic"),
        *("pins.add", "usergroups.users.list"),
    ),
    _TIER_3: (
        *("bookmarks.list", "chat.delete", "chat.update"),
        *("conversations.history", "conversations.invite", "conversations.open"),
        *("conversations.info", "conversations.join", "conversations.replies", "reactions.get"),
    ),
    _TIER_4: (
        *("chat.getPermalink", "chat.postEphemeral", "views.publish"),
        *("files.completeUploadExternal", "files.getUploadURLExternal", UPLOAD),
    ),
}
_PACED: Final = "chat.postMessage"
_A_SECOND: Final = 1.0
_AT_ONCE: Final = 4  # messages that a channel takes in a row before the pace of one a second counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One budget: after `burst` calls at once, one each `interval_s` seconds."""

    name: str
    interval_s: float
    burst: int


def budget_of(method: str, channel: str) -> Budget | None:
    """Return the budget that a call draws on; None for a method that is never held back (such as views.open)."""
    if method == _PACED:
        return Budget(name=f"{method}:{channel}", interval_s=_A_SECOND, burst=_AT_ONCE)
    per_minute = next((tier for tier, methods in _METHODS.items() if method in methods), None)
    if per_minute is None:
        return None
    burst = per_minute // 4
    # What is left after the burst, spread over the minute: no minute ever sees more than Slack takes.
    return Budget(name=method, interval_s=60 / (per_minute - burst), burst=burst)
