"""What forms are built of: the modal around them, and inputs whose block and action have the field's own name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.slack.cards import blocks as kit

LONGEST: Final = 3000
"""Slack's limit of a text input, in characters."""


def modal(callback_id: str, carries: str, title: str, blocks: Sequence[kit.Block], *, submit: str) -> dict[str, Any]:
    """Return a form; `carries` is what comes back with it (ids only), `title` has at most 24 characters."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": carries,
        "title": kit.plain(title),
        "submit": kit.plain(submit),
        "close": kit.plain("Cancel"),
        "blocks": list(blocks),
    }


def field(
    name: str, label: str, element: kit.Block, *, optional: bool = False, hint: str = "", anew: object = ""
) -> kit.Block:
    """Return an input; `hint` stands below it.

    `anew` tells this drawing of it from an earlier one: else Slack keeps what the person has entered there.
    """
    named = {**element, "action_id": name}
    block_id = f"{name}.{anew}" if anew else name
    block = {"type": "input", "block_id": block_id, "label": kit.plain(label), "element": named, "optional": optional}
    return block | ({"hint": kit.plain(hint)} if hint else {})


def line(text: str = "", *, most: int = LONGEST) -> kit.Block:
    """Return an input of one line, with this text in it."""
    return {"type": "plain_text_input", "max_length": most} | _initial(text[:most])


def lines(text: str = "", *, most: int = LONGEST, asks: str = "") -> kit.Block:
    """Return an input of several lines, with this text in it; `asks` stands in it while it is empty."""
    element = {"type": "plain_text_input", "multiline": True, "max_length": most} | _initial(text[:most])
    return element | ({"placeholder": kit.plain(asks)} if asks else {})


def choice(options: Mapping[str, str], chosen: str = "", *, kind: str = "radio_buttons") -> kit.Block:
    """Return a choice of one (values to labels); `kind` may also be `static_select`."""
    given = [{"text": kit.plain(kit.cut(label, kit.BUTTON)), "value": value} for value, label in options.items()]
    first = [option for option in given if option["value"] == chosen]
    return {"type": kind, "options": given} | ({"initial_option": first[0]} if first else {})


def _initial(text: str) -> kit.Block:
    return {"initial_value": text} if text else {}
