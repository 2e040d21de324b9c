"""chat.*: posting, changing and deleting messages."""

from bot.playground.workspace import acts
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.content import Content, content_of
from bot.playground.workspace.model import Channel, Json, Message
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

MOST_UPDATED_CHARACTERS = 4_000
_FURTHEST_S = 120 * 24 * 3600


def post_message(state: State, arguments: Arguments) -> Json:
    """Post a message."""
    channel = writable(state, arguments.text("channel"))
    message = acts.post(state, channel, _message(state, channel, arguments))
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json(with_metadata=True)}


def update(state: State, arguments: Arguments) -> Json:
    """Change one of the bot's own messages; blocks and metadata that are not named stay as they are."""
    channel = state.visible(arguments.text("channel"))
    content = content_of(state, arguments)
    message = own_message(state, channel, arguments.text("ts"), "cant_update_message")
    if len(content.text) > MOST_UPDATED_CHARACTERS:
        raise Refused("msg_too_long")
    if channel.archived:
        raise Refused("is_inactive")
    if content.metadata is not None:
        message.metadata = content.metadata or None
    blocks = message.blocks if content.blocks is None else content.blocks
    acts.edit(state, message, content.text, blocks, by=state.bot_user_id)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.as_json(with_metadata=True),
    }


def delete(state: State, arguments: Arguments) -> Json:
    """Delete one of the bot's own messages."""
    channel = state.visible(arguments.text("channel"))
    acts.delete(state, own_message(state, channel, arguments.text("ts"), "cant_delete_message"))
    return {"channel": channel.id, "ts": arguments.text("ts")}


def post_ephemeral(state: State, arguments: Arguments) -> Json:
    """Show a message to one member only."""
    channel = writable(state, arguments.text("channel"))
    if arguments.text("user") not in channel.members:
        raise Refused("user_not_in_channel")
    message = _message(state, channel, arguments)
    message.only_for = arguments.text("user")
    acts.show_privately(state, message)
    return {"message_ts": message.ts}


def get_permalink(state: State, arguments: Arguments) -> Json:
    """Return a message's address."""
    channel = state.visible(arguments.text("channel"))
    ts = arguments.text("message_ts")
    if channel.message(ts) is None:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": f"{state.origin}/archives/{channel.id}/p{ts.replace('.', '')}"}


def schedule_message(state: State, arguments: Arguments) -> Json:
    """Keep a message for later; whoever owns the state's clock posts it when it is due."""
    channel = writable(state, arguments.text("channel"))
    post_at = arguments.whole("post_at", 0)
    if post_at <= state.seconds():
        raise Refused("time_in_past")
    if post_at > state.seconds() + _FURTHEST_S:
        raise Refused("time_too_far")
    scheduled_id = state.new_id("Q")
    state.scheduled[scheduled_id] = (float(post_at), _message(state, channel, arguments))
    return {"channel": channel.id, "scheduled_message_id": scheduled_id, "post_at": post_at}


def writable(state: State, channel_id: str) -> Channel:
    """Return a channel in which the bot may post.

    Raises Refused: channel_not_found, is_archived, not_in_channel.
    """
    channel = state.direct(channel_id) if channel_id in state.users else state.visible(channel_id)
    if channel.archived:
        raise Refused("is_archived")
    if state.bot_user_id not in channel.members and "chat:write.public" not in state.scopes:
        raise Refused("not_in_channel")
    return channel


def own_message(state: State, channel: Channel, ts: str, otherwise: str) -> Message:
    """Return a message of the bot's own.

    Raises Refused: message_not_found, or `otherwise` for somebody else's.
    """
    message = channel.message(ts)
    if message is None:
        raise Refused("message_not_found")
    if message.user != state.bot_user_id or message.subtype:
        raise Refused(otherwise)
    return message


def _message(state: State, channel: Channel, arguments: Arguments) -> Message:
    content: Content = content_of(state, arguments)
    thread_ts = arguments.optional("thread_ts")
    if thread_ts and channel.message(thread_ts) is None:
        raise Refused("cannot_reply_to_message")
    return Message(
        channel=channel.id,
        ts=state.new_ts(),
        user=state.bot_user_id,
        bot_id=state.bot_id,
        text=content.text,
        blocks=content.blocks or [],
        attachments=content.attachments,
        metadata=content.metadata,
        thread_ts=thread_ts,
        subtype="thread_broadcast" if thread_ts and arguments.flag("reply_broadcast") else None,
    )


HANDLERS = {
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
    "chat.postEphemeral": post_ephemeral,
    "chat.postMessage": post_message,
    "chat.scheduleMessage": schedule_message,
    "chat.update": update,
}
