"""The scopes of the bot token, least first: what each is for, and what goes missing without it."""

from collections.abc import Iterator, Mapping
from typing import Final

_LOOK: Final = "so a message of which Slack's answer was lost may come twice"

SCOPES: Final[Mapping[str, str]] = {
    "commands": "offer the slash command",
    "chat:write": "post cards, questions and answers",
    "channels:manage": "create an incident's channel, invite, set its topic",
    "channels:history": f"look whether an earlier attempt to post got through, {_LOOK}",
    "channels:read": "find a channel that an earlier attempt created, or that people chose",
    "files:write": "share the postmortem",
    "users:read": "tell guests from members, so everybody of the workspace counts as a member",
}
OPTIONAL_SCOPES: Final[Mapping[str, str]] = {
    "reactions:read": "put messages on the timeline that people mark with an emoji",
    "pins:write": "pin the incident's card",
    "bookmarks:read": "see which bookmarks an incident's channel has, before it adds its own",
    "bookmarks:write": "bookmark the status page, the step at hand and the postmortem",
    "canvases:write": "keep the postmortem in the canvas of an incident's channel",
    "usergroups:read": "invite the members of a user group into an incident's channel",
    "im:history": f"look whether a direct message got through, {_LOOK}",
    "channels:join": "run an incident in a public channel to which nobody has invited it",
    "groups:write": "run private incidents in channels of their own",
    "groups:read": "find a private channel that an earlier attempt created, or that people chose",
    "groups:history": f"look whether an earlier attempt got through in a private channel, {_LOOK}",
    "groups:write.topic": "set the topic of a channel that somebody made private",
}
EVENT_SCOPES: Final[Mapping[str, str]] = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "member_joined_channel": "channels:read",
    "channel_rename": "channels:read",
    "group_rename": "groups:read",
    "app_home_opened": "",
}
"""The scope without which Slack leaves an event out; none for what needs none."""


def granted(told: str) -> frozenset[str]:
    """Return the scopes of Slack's list with commas; none when it did not say."""
    return frozenset(scope.strip() for scope in told.split(",")) - {""}


def lacking(has: frozenset[str]) -> Iterator[str]:
    """Yield a sentence for each scope that is not granted; nothing is claimed when Slack did not say."""
    if has:
        yield from (
            f"Without the scope {scope} the bot cannot {what}." for scope, what in _ALL.items() if scope not in has
        )


_ALL: Final = {**SCOPES, **OPTIONAL_SCOPES}
