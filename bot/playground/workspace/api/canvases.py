"""canvases.*: a channel's canvas, kept as Markdown."""

from typing import Any

from bot.playground.workspace.api.conversations import readable
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.model import Json
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

MOST_BYTES = 1024 * 1024


def create(state: State, arguments: Arguments) -> Json:
    """Give a channel its canvas."""
    channel = readable(state, arguments.text("channel_id"))
    if channel.canvas:
        raise Refused("channel_canvas_already_exists")
    channel.canvas = state.new_id("F")
    state.canvases[channel.canvas] = _markdown(
        arguments.structure("document_content") or {"type": "markdown", "markdown": ""}
    )
    state.touch()
    return {"canvas_id": channel.canvas}


def edit(state: State, arguments: Arguments) -> Json:
    """Add to a canvas or replace it as a whole; single sections are not kept apart here."""
    canvas_id = arguments.text("canvas_id")
    if canvas_id not in state.canvases:
        raise Refused("canvas_not_found")
    for change in arguments.structure("changes") or []:
        written, added = state.canvases[canvas_id], _markdown(change.get("document_content"))
        match change.get("operation"):
            case "insert_at_end":
                state.canvases[canvas_id] = written + added
            case "insert_at_start":
                state.canvases[canvas_id] = added + written
            case "replace":
                state.canvases[canvas_id] = added
            case _:
                raise Refused("canvas_editing_failed")
    state.touch()
    return {}


def _markdown(content: Any) -> str:  # noqa: ANN401 - whatever the app sent
    if not isinstance(content, dict) or content.get("type") != "markdown":
        raise Refused("invalid_arguments", messages=["[ERROR] must be markdown [json-pointer:/document_content]"])
    markdown = str(content.get("markdown", ""))
    if len(markdown.encode()) > MOST_BYTES:
        raise Refused("canvas_creation_failed")
    return markdown


HANDLERS = {"canvases.edit": edit, "conversations.canvases.create": create}
