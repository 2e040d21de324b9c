"""The Web API by family: one function a method, from arguments to the fields of the answer."""

from collections.abc import Callable, Mapping

from bot.playground.workspace.api import (
    canvases,
    chat,
    conversations,
    files,
    membership,
    pinned,
    reactions,
    users,
    views,
)
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Json
from bot.playground.workspace.state import State

Handler = Callable[[State, Arguments], Json]

HANDLERS: Mapping[str, Handler] = {
    **canvases.HANDLERS,
    **chat.HANDLERS,
    **conversations.HANDLERS,
    **files.HANDLERS,
    **membership.HANDLERS,
    **pinned.HANDLERS,
    **reactions.HANDLERS,
    **users.HANDLERS,
    **views.HANDLERS,
}
