"""reactions.*: emoji on messages."""

import re

from bot.playground.workspace import acts
from bot.playground.workspace.api.conversations import readable
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Json, Message
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State


def add(state: State, arguments: Arguments) -> Json:
    """React to a message."""
    message, emoji = _message(state, arguments), _emoji(arguments)
    if state.channels[message.channel].archived:
        raise Refused("is_archived")
    if state.bot_user_id in message.reactions.get(emoji, []):
        raise Refused("already_reacted")
    acts.react(state, message, state.bot_user_id, emoji)
    return {}


def remove(state: State, arguments: Arguments) -> Json:
    """Take a reaction back."""
    message, emoji = _message(state, arguments), _emoji(arguments)
    if state.bot_user_id not in message.reactions.get(emoji, []):
        raise Refused("no_reaction")
    acts.unreact(state, message, state.bot_user_id, emoji)
    return {}


def get(state: State, arguments: Arguments) -> Json:
    """Return a message with its reactions."""
    message = _message(state, arguments)
    return {"type": "message", "channel": message.channel, "message": message.as_json()}


def _message(state: State, arguments: Arguments) -> Message:
    if not arguments.optional("timestamp"):
        raise Refused("no_item_specified")
    message = readable(state, arguments.text("channel")).message(arguments.text("timestamp"))
    if message is None:
        raise Refused("message_not_found")
    return message


def _emoji(arguments: Arguments) -> str:
    name = arguments.text("name").strip(":")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise Refused("invalid_name")
    return name


HANDLERS = {"reactions.add": add, "reactions.get": get, "reactions.remove": remove}
