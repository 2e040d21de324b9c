"""A message without its layout, for a workspace that refuses a block in it: the words arrive all the same."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.slack.cards.blocks import Block, Message, cut_markup, section
from bot.slack.ids import COMMAND

LONGEST: Final = 3900  # characters of all sections: far below what the blocks of one message may hold


def plainly(message: Message) -> Message:
    """Return the message in sections alone: every word that its blocks show, links for buttons that lead somewhere.

    Buttons that do something are missing: a line says how to do that by typing. What is too long ends in an ellipsis.
    """
    presses = dict.fromkeys(_label(part) for part in _buttons(message.blocks) if not part.get("url"))
    note = f"_Slack refused this message's layout. Its buttons are missing ({', '.join(presses)}): `{COMMAND} help`._"
    shown: list[Block] = []
    left = LONGEST - (len(note) if presses else 0)
    for text in filter(None, ("\n".join(filter(None, _lines(block))) for block in message.blocks)):
        if left > 0:
            shown.append(section(cut_markup(text, left)))
            left -= len(text)
    return Message(text=message.text, blocks=[*shown, *([section(note)] if presses else [])])


def _lines(block: Block) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield f"*{_escaped(_text(block['text']))}*"
        case "section":
            yield _text(block.get("text"))
            yield from (_text(field).replace("\n", " ") for field in block.get("fields", ()))
        case "context":
            yield from (_text(element) for element in block["elements"])
        case "actions":
            yield from (f"<{part['url']}|{_label(part)}>" for part in _buttons([block]) if part.get("url"))
        case _:
            return


def _buttons(blocks: list[Block]) -> Iterator[Mapping[str, Any]]:
    for block in blocks:
        yield from (part for part in block.get("elements", ()) if part.get("type") == "button")


def _label(button: Mapping[str, Any]) -> str:
    return _escaped(_text(button["text"]))


def _text(part: Mapping[str, Any] | None) -> str:
    return str(part["text"]) if part else ""


def _escaped(text: str) -> str:
    """Return plain text, which is never parsed in its block, for a place where it would be."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
