"""What can happen in a workspace, whoever does it: each act changes the state and notes the events that follow."""

from bot.playground.workspace.model import Channel, Json, Message, View
from bot.playground.workspace.state import State


def post(state: State, channel: Channel, message: Message) -> Message:
    """Put a message into a channel."""
    channel.messages.append(message)
    _note_message(state, channel, {**message.as_json(), "team": state.team_id})
    mention = f"<@{state.bot_user_id}>"
    if mention in message.text and message.user != state.bot_user_id:
        event = {**message.as_json(), "type": "app_mention", "team": state.team_id}
        _note(state, channel, event)
    state.touch()
    return message


def system_line(state: State, channel: Channel, subtype: str, user: str, text: str) -> Message:
    """Add the line that Slack itself writes, such as that somebody joined."""
    return post(state, channel, Message(channel.id, state.new_ts(), user, f"<@{user}> {text}", subtype=subtype))


def edit(state: State, message: Message, text: str, blocks: list[Json], *, by: str) -> None:
    """Change what a message says."""
    before = message.as_json()
    message.say(text, blocks)
    message.edited_by, message.edited_ts = by, state.new_ts()
    told = {"subtype": "message_changed", "hidden": True, "message": message.as_json(), "previous_message": before}
    _note_message(state, state.channels[message.channel], {"ts": state.new_ts(), **told})
    state.touch()


def delete(state: State, message: Message) -> None:
    """Take a message away, from the pins too."""
    if message.only_for:
        state.ephemerals.remove(message)
        state.touch()
        return
    channel = state.channels[message.channel]
    channel.messages.remove(message)
    if message.ts in channel.pins:
        channel.pins.remove(message.ts)
    told = {
        "subtype": "message_deleted",
        "hidden": True,
        "deleted_ts": message.ts,
        "previous_message": message.as_json(),
    }
    _note_message(state, channel, {"ts": state.new_ts(), **told})
    state.touch()


def join(state: State, channel: Channel, user: str, *, inviter: str | None = None) -> None:
    """Make somebody a member."""
    channel.members.append(user)
    system_line(state, channel, "channel_join", user, "has joined the channel")
    event: Json = {"type": "member_joined_channel", "user": user, "team": state.team_id}
    _note(state, channel, event | ({"inviter": inviter} if inviter else {}))


def leave(state: State, channel: Channel, user: str) -> None:
    """End somebody's membership."""
    channel.members.remove(user)
    system_line(state, channel, "channel_leave", user, "has left the channel")
    _note(state, channel, {"type": "member_left_channel", "user": user, "team": state.team_id})


def set_topic(state: State, channel: Channel, user: str, topic: str) -> None:
    """Set the channel's topic."""
    channel.topic = topic
    system_line(state, channel, "channel_topic", user, f"set the channel topic: {topic}")


def set_purpose(state: State, channel: Channel, user: str, purpose: str) -> None:
    """Set the channel's purpose."""
    channel.purpose = purpose
    system_line(state, channel, "channel_purpose", user, f"set the channel description: {purpose}")


def rename(state: State, channel: Channel, user: str, name: str) -> None:
    """Give the channel another name."""
    old, channel.name = channel.name, name
    system_line(state, channel, "channel_name", user, f'has renamed the channel from "{old}" to "{name}"')
    about = {"id": channel.id, "name": name, "created": channel.created}
    kind = "group_rename" if channel.kind == "group" else "channel_rename"
    state.note({"type": kind, "channel": about, "event_ts": state.new_ts()}, channel)


def archive(state: State, channel: Channel, user: str) -> None:
    """Close the channel for writing."""
    system_line(state, channel, "channel_archive", user, "archived the channel")
    channel.archived = True
    _note(state, channel, {"type": "channel_archive", "user": user})
    state.touch()


def unarchive(state: State, channel: Channel, user: str) -> None:
    """Open the channel for writing again."""
    channel.archived = False
    system_line(state, channel, "channel_unarchive", user, "un-archived the channel")
    _note(state, channel, {"type": "channel_unarchive", "user": user})


def react(state: State, message: Message, user: str, emoji: str) -> None:
    """Add a reaction."""
    message.reactions.setdefault(emoji, []).append(user)
    _note_reaction(state, "reaction_added", message, user, emoji)


def unreact(state: State, message: Message, user: str, emoji: str) -> None:
    """Take a reaction back."""
    message.reactions[emoji].remove(user)
    if not message.reactions[emoji]:
        del message.reactions[emoji]
    _note_reaction(state, "reaction_removed", message, user, emoji)


def pin(state: State, channel: Channel, ts: str, user: str) -> None:
    """Pin a message to its channel."""
    channel.pins.append(ts)
    item = {"type": "message", "channel": channel.id, "message": {"ts": ts}}
    state.note(
        {"type": "pin_added", "user": user, "channel_id": channel.id, "item": item, "event_ts": state.new_ts()}, channel
    )
    state.touch()


def show_privately(state: State, message: Message) -> None:
    """Show a message to one person only; such a message is in no history and sends no event."""
    state.ephemerals.append(message)
    state.touch()


def publish_home(state: State, view: View) -> None:
    """Show a person their App Home."""
    state.homes[view.user] = view
    state.touch()


def _note(state: State, channel: Channel, event: Json) -> None:
    state.note({"channel": channel.id, "channel_type": channel.kind, "event_ts": state.new_ts(), **event}, channel)


def _note_message(state: State, channel: Channel, event: Json) -> None:
    told = {"type": "message", "channel": channel.id, "channel_type": channel.kind, "event_ts": event["ts"]}
    state.note(told | event, channel)


def _note_reaction(state: State, kind: str, message: Message, user: str, emoji: str) -> None:
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    event = {"type": kind, "user": user, "reaction": emoji, "item": item, "item_user": message.user}
    state.note({**event, "event_ts": state.new_ts()}, state.channels[message.channel])
    state.touch()
