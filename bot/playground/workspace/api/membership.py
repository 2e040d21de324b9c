"""conversations.*: who is in a channel."""

from bot.playground.workspace import acts
from bot.playground.workspace.api.conversations import page, readable, workable
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Channel, Json
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

MOST_INVITED = 100


def members(state: State, arguments: Arguments) -> Json:
    """Return who is in a channel."""
    channel = state.visible(arguments.text("channel"))
    found, cursor = page(channel.members, arguments, default=100)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


def invite(state: State, arguments: Arguments) -> Json:
    """Invite people; when one cannot be invited nobody is, unless `force` is set."""
    channel = workable(state, arguments.text("channel"))
    users = arguments.listed("users")
    if not users:
        raise Refused("no_user")
    if len(users) > MOST_INVITED:
        raise Refused("too_many_users")
    troubles = {user: trouble for user in users if (trouble := _obstacle(state, channel, user))}
    if troubles and (len(troubles) == len(users) or not arguments.flag("force")):
        errors = [{"user": user, "ok": False, "error": trouble} for user, trouble in troubles.items()]
        raise Refused(next(iter(troubles.values())), extra={"errors": errors})
    for user in users:
        if user not in troubles:
            acts.join(state, channel, user, inviter=state.bot_user_id)
    return {"channel": channel.as_json(state.bot_user_id)}


def kick(state: State, arguments: Arguments) -> Json:
    """Take somebody out of a channel."""
    channel = workable(state, arguments.text("channel"))
    user = arguments.text("user")
    if user == state.bot_user_id:
        raise Refused("cant_kick_self")
    if user not in state.users:
        raise Refused("user_not_found")
    if user not in channel.members:
        raise Refused("not_in_channel")
    if channel.name == "general":
        raise Refused("cant_kick_from_general")
    acts.leave(state, channel, user)
    return {}


def join(state: State, arguments: Arguments) -> Json:
    """Let the bot join a public channel."""
    channel = state.visible(arguments.text("channel"))
    if channel.private:
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    if state.bot_user_id not in channel.members:
        acts.join(state, channel, state.bot_user_id)
    return {"channel": channel.as_json(state.bot_user_id)}


def open_direct(state: State, arguments: Arguments) -> Json:
    """Open the direct conversation with one person, or return the one that is there."""
    users = arguments.listed("users")
    if arguments.optional("channel"):
        return {"channel": {"id": readable(state, arguments.text("channel")).id}}
    if len(users) != 1:
        raise Refused("users_list_not_supplied" if not users else "too_many_users")
    if users[0] not in state.users:
        raise Refused("user_not_found")
    return {"channel": {"id": state.direct(users[0]).id}}


def _obstacle(state: State, channel: Channel, user: str) -> str:
    if user == state.bot_user_id:
        return "cant_invite_self"
    if user not in state.users:
        return "user_not_found"
    if state.users[user].deleted:
        return "cant_invite"
    return "already_in_channel" if user in channel.members else ""


HANDLERS = {
    "conversations.invite": invite,
    "conversations.join": join,
    "conversations.kick": kick,
    "conversations.members": members,
    "conversations.open": open_direct,
}
