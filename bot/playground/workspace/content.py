"""What an app wants to say, checked as Slack checks it: text, blocks and metadata."""

from dataclasses import dataclass
from typing import Any

from bot.playground.lint import characters, message_problems
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.controls import with_ids
from bot.playground.workspace.model import Json
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

# Where Slack begins to refuse; undocumented, between 11,341 and 13,200 (bolt-js#2509, #2867).
MOST_BLOCK_CHARACTERS = 12_000
MOST_MARKDOWN_CHARACTERS = 12_000
MOST_TEXT_CHARACTERS = 40_000


@dataclass(frozen=True)
class Content:
    """The parts of a message; `blocks` is None when the app did not name any."""

    text: str
    blocks: list[Json] | None
    metadata: Json | None
    attachments: list[Json]


def content_of(state: State, arguments: Arguments) -> Content:
    """Return what a call wants to say.

    Raises Refused: no_text, invalid_blocks, msg_blocks_too_long, msg_too_long, markdown_text_conflict,
    invalid_metadata_format.
    """
    blocks = _blocks_of(state, arguments.structure("blocks"))
    text = _markdown_of(arguments) or arguments.text("text")
    attachments = arguments.structure("attachments") or []
    if not (text.strip() or blocks or attachments):
        raise Refused("no_text")
    return Content(text[:MOST_TEXT_CHARACTERS], blocks, _metadata_of(arguments), attachments)


def checked_blocks(state: State, blocks: list[Json]) -> list[Json]:
    """Return blocks with every id filled in.

    Raises Refused: invalid_blocks with the reasons, or msg_blocks_too_long.
    """
    problems = message_problems(blocks)
    if problems:
        raise Refused("invalid_blocks", messages=[f"[ERROR] {problem}" for problem in problems])
    if characters(blocks) > MOST_BLOCK_CHARACTERS:
        raise Refused("msg_blocks_too_long")
    return with_ids(blocks, state.new_id)


def _blocks_of(state: State, blocks: Any) -> list[Json] | None:  # noqa: ANN401 - whatever the app sent
    if blocks is None:
        return None
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refused("invalid_blocks_format")
    return checked_blocks(state, blocks)


def _markdown_of(arguments: Arguments) -> str:
    markdown = arguments.text("markdown_text")
    if markdown and (arguments.get("text") or arguments.get("blocks")):
        raise Refused("markdown_text_conflict")
    if len(markdown) > MOST_MARKDOWN_CHARACTERS:
        raise Refused("msg_too_long")
    return markdown


def _metadata_of(arguments: Arguments) -> Json | None:
    metadata = arguments.structure("metadata")
    if metadata is None:
        return None
    fits = isinstance(metadata, dict) and (not metadata or "entities" in metadata or _is_event(metadata))
    if not fits:
        raise Refused("invalid_metadata_format")
    return dict(metadata)


def _is_event(metadata: Json) -> bool:
    return isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
