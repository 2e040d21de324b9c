"""The payloads by which Slack tells an app what a person did."""

import html
import re
from collections.abc import Callable

from bot.playground.workspace.controls import state_values
from bot.playground.workspace.modals import view_json
from bot.playground.workspace.model import Json, Message, User, View
from bot.playground.workspace.state import State

# What Slack writes in angle brackets; a person's own brackets are escaped.
_TAG = re.compile(r"(<(?:[@#]\w+|!\w+|https?:[^<>|\s]+)[^<>]*>)")
_LINK = re.compile(r"https?://[^\s<>|\"']+[^\s<>|\"'.,;:!?)}\]]")


def slash_command(state: State, user: User, channel_id: str, command: str, text: str) -> Json:
    """Return what a slash command sends: flat, and all of it text."""
    return {
        "token": "stand-in",
        "team_id": state.team_id,
        "team_domain": "stand-in",
        "channel_id": channel_id,
        "channel_name": _channel_name(state, channel_id),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": escaped(state, text),
        "api_app_id": state.app_id,
        "is_enterprise_install": "false",
        "response_url": state.new_response_url(user.id, channel_id),
        "trigger_id": state.new_trigger(user.id),
    }


def escaped(state: State, text: str, *, with_names: bool = True) -> str:
    """Write a text as Slack does: `&`, `<` and `>` escaped, links and known @names and #channels as tags.

    In commands (`should_escape`) the tags carry names, in messages they do not. What is a tag already stays.
    """
    users = {user.name: user.id for user in state.users.values()}
    groups = {group.handle: group.id for group in state.groups.values()}
    channels = {channel.name: channel.id for channel in state.channels.values()}

    def mention(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        label = f"|{name.lower()}" if with_names else ""
        if sign == "#":
            return f"<#{channels[name]}{label}>" if name in channels else found[0]
        if name.lower() in users:
            return f"<@{users[name.lower()]}{label}>"
        return f"<!subteam^{groups[name]}{label}>" if name in groups else found[0]

    linked = _outside_tags(text, lambda part: _LINK.sub(r"<\g<0>>", html.escape(part, quote=False)))
    return _outside_tags(linked, lambda part: re.sub(r"(?<![<\w])([@#])([\w.-]*\w)", mention, part))


def _outside_tags(text: str, change: Callable[[str], str]) -> str:
    return "".join(part if at % 2 else change(part) for at, part in enumerate(_TAG.split(text)))


def interaction(state: State, kind: str, user: User) -> Json:
    """Return the fields that every interaction has."""
    return {
        "type": kind,
        "token": "stand-in",
        "team": {"id": state.team_id, "domain": "stand-in"},
        "enterprise": None,
        "is_enterprise_install": False,
        "api_app_id": state.app_id,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": state.team_id},
        "trigger_id": state.new_trigger(user.id),
    }


def message_action(state: State, user: User, message: Message, action: Json, blocks: list[Json]) -> Json:
    """Return what a control of a message sends; `blocks` are those the person has before them."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.only_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    return {
        **interaction(state, "block_actions", user),
        "container": container,
        "channel": _channel(state, message.channel),
        "message": {**message.as_json(with_metadata=True), "blocks": blocks},
        "state": {"values": state_values(blocks, message.chosen)},
        "response_url": state.new_response_url(user.id, message.channel, message),
        "actions": [action],
    }


def view_action(state: State, user: User, view: View, action: Json) -> Json:
    """Return what a control of a modal or an App Home sends."""
    shown = view_json(state, view)
    return {
        **interaction(state, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "view": shown,
        "state": shown["state"],
        "actions": [action],
    }


def view_submission(state: State, user: User, view: View) -> Json:
    """Return what submitting a modal sends."""
    return {**interaction(state, "view_submission", user), "view": view_json(state, view), "response_urls": []}


def view_closed(state: State, user: User, view: View) -> Json:
    """Return what closing a modal sends to an app that asked for it."""
    return {**interaction(state, "view_closed", user), "view": view_json(state, view), "is_cleared": False}


def shortcut(state: State, user: User, callback_id: str) -> Json:
    """Return what a global shortcut sends."""
    return {**interaction(state, "shortcut", user), "callback_id": callback_id, "action_ts": state.new_ts()}


def message_shortcut(state: State, user: User, message: Message, callback_id: str) -> Json:
    """Return what a shortcut on a message sends."""
    return {
        **interaction(state, "message_action", user),
        "callback_id": callback_id,
        "action_ts": state.new_ts(),
        "message_ts": message.ts,
        "message": message.as_json(),
        "channel": _channel(state, message.channel),
        "response_url": state.new_response_url(user.id, message.channel, message),
    }


def _channel(state: State, channel_id: str) -> Json:
    return {"id": channel_id, "name": _channel_name(state, channel_id)}


def _channel_name(state: State, channel_id: str) -> str:
    """Return the name by which an app hears of the channel: that of a private one is not told."""
    channel = state.channels[channel_id]
    return "privategroup" if channel.kind == "group" else channel.name or "directmessage"
