"""pins.* and bookmarks.*: what a channel keeps at hand."""

from bot.playground.workspace import acts
from bot.playground.workspace.api.conversations import readable
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Channel, Json
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

MOST_KEPT = 100


def pin(state: State, arguments: Arguments) -> Json:
    """Pin a message."""
    channel = readable(state, arguments.text("channel"))
    ts = _named(channel, arguments)
    if ts in channel.pins:
        raise Refused("already_pinned")
    if channel.archived:
        raise Refused("restricted_action")
    if len(channel.pins) >= MOST_KEPT:
        raise Refused("too_many_pins")
    acts.pin(state, channel, ts, state.bot_user_id)
    return {}


def unpin(state: State, arguments: Arguments) -> Json:
    """Take a message off the pins."""
    channel = readable(state, arguments.text("channel"))
    ts = _named(channel, arguments)
    if ts not in channel.pins:
        raise Refused("no_pin")
    channel.pins.remove(ts)
    state.touch()
    return {}


def pins(state: State, arguments: Arguments) -> Json:
    """Return the pinned messages."""
    channel = readable(state, arguments.text("channel"))
    messages = (channel.message(ts) for ts in channel.pins)
    return {
        "items": [{"type": "message", "channel": channel.id, "message": found.as_json()} for found in messages if found]
    }


def bookmark(state: State, arguments: Arguments) -> Json:
    """Add a bookmark."""
    channel = _open(state, arguments)
    if arguments.text("type") != "link":
        raise Refused("invalid_bookmark_type")
    if not arguments.text("link").startswith(("http://", "https://")):
        raise Refused("invalid_link")
    if len(channel.bookmarks) >= MOST_KEPT:
        raise Refused("too_many_bookmarks")
    fields = {name: arguments.optional(name) for name in ("title", "type", "link", "emoji")}
    kept = {"id": state.new_id("Bk"), "channel_id": channel.id, **fields, "date_created": int(state.seconds())}
    channel.bookmarks.append(kept)
    state.touch()
    return {"bookmark": kept}


def edit_bookmark(state: State, arguments: Arguments) -> Json:
    """Change a bookmark's title, link or emoji."""
    kept = _bookmark(_open(state, arguments), arguments)
    kept |= {name: arguments.text(name) for name in ("title", "link", "emoji") if name in arguments}
    state.touch()
    return {"bookmark": kept}


def remove_bookmark(state: State, arguments: Arguments) -> Json:
    """Remove a bookmark."""
    channel = _open(state, arguments)
    channel.bookmarks.remove(_bookmark(channel, arguments))
    state.touch()
    return {}


def bookmarks(state: State, arguments: Arguments) -> Json:
    """Return a channel's bookmarks."""
    return {"bookmarks": _member_of(state, arguments).bookmarks}


def _named(channel: Channel, arguments: Arguments) -> str:
    ts = arguments.text("timestamp")
    if not ts:
        raise Refused("no_item_specified")
    if channel.message(ts) is None:
        raise Refused("message_not_found")
    return ts


def _open(state: State, arguments: Arguments) -> Channel:
    channel = _member_of(state, arguments)
    if channel.archived:
        raise Refused("permission_denied")
    return channel


def _member_of(state: State, arguments: Arguments) -> Channel:
    """Return a channel of which the bot is a member; to others' bookmarks Slack knows no such channel."""
    channel = state.visible(arguments.text("channel_id"))
    if state.bot_user_id not in channel.members:
        raise Refused("channel_not_found")
    return channel


def _bookmark(channel: Channel, arguments: Arguments) -> Json:
    wanted = arguments.text("bookmark_id")
    for kept in channel.bookmarks:
        if kept["id"] == wanted:
            return kept
    raise Refused("not_found")


HANDLERS = {
    "bookmarks.add": bookmark,
    "bookmarks.edit": edit_bookmark,
    "bookmarks.list": bookmarks,
    "bookmarks.remove": remove_bookmark,
    "pins.add": pin,
    "pins.list": pins,
    "pins.remove": unpin,
}
