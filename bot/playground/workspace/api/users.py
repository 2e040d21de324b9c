"""users.*, usergroups.*, team.*, auth.* and the status line of assistant threads."""

from bot.playground.workspace.api.conversations import page, readable
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Json
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State


def auth_test(state: State, arguments: Arguments) -> Json:  # noqa: ARG001 - every method is called alike
    """Say whose token it is."""
    return {
        "url": f"{state.origin}/",
        "team": "Stand-in",
        "user": state.users[state.bot_user_id].name,
        "team_id": state.team_id,
        "user_id": state.bot_user_id,
        "bot_id": state.bot_id,
        "is_enterprise_install": False,
    }


def info(state: State, arguments: Arguments) -> Json:
    """Return one person."""
    user = state.users.get(arguments.text("user"))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user.as_json(state.team_id)}


def list_all(state: State, arguments: Arguments) -> Json:
    """Return everybody."""
    found, cursor = page([user.as_json(state.team_id) for user in state.users.values()], arguments, default=200)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


def look_up_by_email(state: State, arguments: Arguments) -> Json:
    """Return the person with this address."""
    for user in state.users.values():
        if user.email and user.email == arguments.text("email"):
            return {"user": user.as_json(state.team_id)}
    raise Refused("users_not_found")


def groups(state: State, arguments: Arguments) -> Json:
    """Return the user groups."""
    with_users = arguments.flag("include_users")
    shown = []
    for group in state.groups.values():
        about = {"id": group.id, "team_id": state.team_id, "handle": group.handle, "name": group.name}
        shown.append(about | {"user_count": len(group.users)} | ({"users": group.users} if with_users else {}))
    return {"usergroups": shown}


def group_members(state: State, arguments: Arguments) -> Json:
    """Return who is in a user group."""
    group = state.groups.get(arguments.text("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    return {"users": group.users}


def team(state: State, arguments: Arguments) -> Json:  # noqa: ARG001 - every method is called alike
    """Return the workspace."""
    return {"team": {"id": state.team_id, "name": "Stand-in", "domain": "stand-in", "url": f"{state.origin}/"}}


def set_status(state: State, arguments: Arguments) -> Json:
    """Show what the bot is busy with in a thread; an empty text clears it."""
    channel = readable(state, arguments.text("channel_id"))
    channel.statuses[arguments.text("thread_ts")] = arguments.text("status")
    state.touch()
    return {}


HANDLERS = {
    "assistant.threads.setStatus": set_status,
    "auth.test": auth_test,
    "team.info": team,
    "usergroups.list": groups,
    "usergroups.users.list": group_members,
    "users.info": info,
    "users.list": list_all,
    "users.lookupByEmail": look_up_by_email,
}
