"""conversations.*: channels themselves, what is said in them and what they are called."""

import re
from collections.abc import Sequence
from typing import TypeVar

from bot.playground.workspace import acts
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Channel, Json, Message
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

MOST_NAME_CHARACTERS = 80
MOST_TOPIC_CHARACTERS = 250
MOST_PER_PAGE = 999

_KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}

T = TypeVar("T")


def create(state: State, arguments: Arguments) -> Json:
    """Create a channel with the bot as its first member."""
    name = _free_name(state, arguments.text("name"))
    private = arguments.flag("is_private")
    prefix, bot = ("G" if private else "C"), state.bot_user_id
    channel = Channel(state.new_id(prefix), name, bot, "group" if private else "channel", created=int(state.seconds()))
    state.channels[channel.id] = channel
    acts.join(state, channel, bot)
    return {"channel": channel.as_json(bot)}


def info(state: State, arguments: Arguments) -> Json:
    """Return one channel."""
    return {"channel": state.visible(arguments.text("channel")).as_json(state.bot_user_id)}


def list_all(state: State, arguments: Arguments) -> Json:
    """Return the channels that the bot can see."""
    return _channels(state, arguments, list(state.channels.values()))


def list_own(state: State, arguments: Arguments) -> Json:
    """Return the channels in which the bot (or the named user) is a member."""
    user = arguments.optional("user") or state.bot_user_id
    return _channels(state, arguments, [channel for channel in state.channels.values() if user in channel.members])


def history(state: State, arguments: Arguments) -> Json:
    """Return what was said outside threads, newest first."""
    channel = readable(state, arguments.text("channel"))
    shown = [message for message in channel.messages if not message.in_thread and _within(message, arguments)]
    found, cursor = page(list(reversed(shown)), arguments, default=100)
    messages = [_shown(channel, message, arguments) for message in found]
    return {"messages": messages, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def replies(state: State, arguments: Arguments) -> Json:
    """Return a thread, its first message first."""
    channel = readable(state, arguments.text("channel"))
    ts = arguments.text("ts")
    if channel.message(ts) is None:
        raise Refused("thread_not_found")
    shown = [message for message in channel.messages if message.ts == ts or _in(message, ts, arguments)]
    found, cursor = page(shown, arguments, default=1000)
    messages = [_shown(channel, message, arguments) for message in found]
    return {"messages": messages, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def set_topic(state: State, arguments: Arguments) -> Json:
    """Set a channel's topic."""
    channel = workable(state, arguments.text("channel"))
    acts.set_topic(state, channel, state.bot_user_id, _short(arguments.text("topic")))
    return {"channel": channel.as_json(state.bot_user_id)}


def set_purpose(state: State, arguments: Arguments) -> Json:
    """Set a channel's purpose."""
    channel = workable(state, arguments.text("channel"))
    acts.set_purpose(state, channel, state.bot_user_id, _short(arguments.text("purpose")))
    return {"channel": channel.as_json(state.bot_user_id)}


def rename(state: State, arguments: Arguments) -> Json:
    """Give a channel another name."""
    channel = workable(state, arguments.text("channel"))
    acts.rename(state, channel, state.bot_user_id, _free_name(state, arguments.text("name")))
    return {"channel": channel.as_json(state.bot_user_id)}


def archive(state: State, arguments: Arguments) -> Json:
    """Archive a channel."""
    channel = readable(state, arguments.text("channel"))
    if channel.archived:
        raise Refused("already_archived")
    if channel.name == "general":
        raise Refused("cant_archive_general")
    acts.archive(state, channel, state.bot_user_id)
    return {}


def unarchive(state: State, arguments: Arguments) -> Json:
    """Reopen an archived channel."""
    channel = readable(state, arguments.text("channel"))
    if not channel.archived:
        raise Refused("not_archived")
    acts.unarchive(state, channel, state.bot_user_id)
    return {}


def readable(state: State, channel_id: str) -> Channel:
    """Return a channel of which the bot is a member.

    Raises Refused: channel_not_found, not_in_channel.
    """
    channel = state.visible(channel_id)
    if state.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def workable(state: State, channel_id: str) -> Channel:
    """Return a channel that the bot may change.

    Raises Refused: channel_not_found, not_in_channel, is_archived.
    """
    channel = readable(state, channel_id)
    if channel.archived:
        raise Refused("is_archived")
    return channel


def page(found: Sequence[T], arguments: Arguments, *, default: int) -> tuple[Sequence[T], str]:
    """Return one page of what was found and the cursor of the next, empty after the last.

    Raises Refused: invalid_cursor, invalid_limit.
    """
    cursor = arguments.text("cursor") or "0"
    if not cursor.isdigit():
        raise Refused("invalid_cursor")
    begin, limit = int(cursor), arguments.whole("limit", default)
    if not 0 < limit <= MOST_PER_PAGE + 1:
        raise Refused("invalid_limit")
    end = begin + limit
    return found[begin:end], str(end) if end < len(found) else ""


def _free_name(state: State, name: str) -> str:
    if not name:
        raise Refused("invalid_name_required")
    if len(name) > MOST_NAME_CHARACTERS:
        raise Refused("invalid_name_maxlength")
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise Refused("invalid_name_specials")
    if not name.strip("-_"):
        raise Refused("invalid_name_punctuation")
    if any(channel.name == name for channel in state.channels.values()):
        raise Refused("name_taken")
    return name


def _short(text: str) -> str:
    if len(text) > MOST_TOPIC_CHARACTERS:
        raise Refused("too_long")
    return text


def _channels(state: State, arguments: Arguments, channels: list[Channel]) -> Json:
    kinds = {_KINDS.get(kind) for kind in arguments.listed("types") or ["public_channel"]}
    hide_archived = arguments.flag("exclude_archived")
    bot = state.bot_user_id
    shown = [
        channel.as_json(bot)
        for channel in channels
        if channel.kind in kinds
        and not (channel.archived and hide_archived)
        and not (channel.private and bot not in channel.members)
    ]
    found, cursor = page(shown, arguments, default=100)
    return {"channels": found, "response_metadata": {"next_cursor": cursor}}


def _within(message: Message, arguments: Arguments) -> bool:
    ts, inclusive = float(message.ts), arguments.flag("inclusive")
    oldest, latest = float(arguments.text("oldest") or 0), float(arguments.text("latest") or "inf")
    return oldest <= ts <= latest if inclusive else oldest < ts < latest


def _in(message: Message, ts: str, arguments: Arguments) -> bool:
    return message.thread_ts == ts and _within(message, arguments)


def _shown(channel: Channel, message: Message, arguments: Arguments) -> Json:
    shown = message.as_json(with_metadata=arguments.flag("include_all_metadata"))
    answers = [reply for reply in channel.messages if reply.thread_ts == message.ts != reply.ts]
    if answers:
        shown |= {"thread_ts": message.ts, "reply_count": len(answers), "latest_reply": answers[-1].ts}
    return shown


HANDLERS = {
    "conversations.archive": archive,
    "conversations.create": create,
    "conversations.history": history,
    "conversations.info": info,
    "conversations.list": list_all,
    "conversations.rename": rename,
    "conversations.replies": replies,
    "conversations.setPurpose": set_purpose,
    "conversations.setTopic": set_topic,
    "conversations.unarchive": unarchive,
    "users.conversations": list_own,
}
