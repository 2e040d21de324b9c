"""response_url: five answers within half an hour to something a person did."""

from bot.playground.workspace import acts
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.content import content_of
from bot.playground.workspace.model import Json, Message
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import ResponseUrl, State

MOST_USES = 5
LIVES_S = 30 * 60.0


def respond(state: State, key: str, arguments: Arguments) -> Json:
    """Carry out one answer sent to a response_url.

    Raises Refused with status 404 (expired_url, used_url), or as a post would be refused.
    """
    address = state.response_urls.get(key)
    if address is None or state.seconds() - address.issued_at > LIVES_S:
        raise Refused("expired_url", status=404)
    if address.uses >= MOST_USES:
        raise Refused("used_url", status=404)
    address.uses += 1
    original = address.message
    if original is not None and arguments.flag("delete_original"):
        acts.delete(state, original)
    elif original is not None and arguments.flag("replace_original"):
        content = content_of(state, arguments)
        _replace(state, original, content.text, content.blocks or [])
    else:
        show_answer(state, address.user, address.channel, arguments, thread_ts=_thread_of(address, arguments))
    return {}


def show_answer(
    state: State, user: str, channel_id: str, arguments: Arguments, *, thread_ts: str | None = None
) -> Message:
    """Show an app's answer to somebody: to them only, or to the channel when `response_type` says `in_channel`.

    Raises Refused as a post would be refused.
    """
    content = content_of(state, arguments)
    message = Message(channel_id, state.new_ts(), state.bot_user_id, content.text, content.blocks or [])
    message.bot_id, message.thread_ts = state.bot_id, thread_ts
    if arguments.text("response_type") == "in_channel":
        return acts.post(state, state.channels[channel_id], message)
    message.only_for = user
    acts.show_privately(state, message)
    return message


def _replace(state: State, original: Message, text: str, blocks: list[Json]) -> None:
    if original.only_for:
        original.say(text, blocks)
        state.touch()
    else:
        acts.edit(state, original, text, blocks, by=state.bot_user_id)


def _thread_of(address: ResponseUrl, arguments: Arguments) -> str | None:
    return arguments.optional("thread_ts") or (address.message.thread_ts if address.message else None)
