"""Block Kit as HTML: each block type that the bot sends, with its controls as real ones."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.playground.page.mrkdwn import Names, mrkdwn_html, plain_html

Json = Mapping[str, Any]


class Unknown(Exception):
    """A block or element that this page does not show: the bot has begun to send something new."""


def blocks_html(blocks: Sequence[Json], names: Names) -> str:
    """Return the blocks of a message or a view; raises Unknown."""
    return "\n".join(_drawn(block, names) for block in blocks)


def message_html(author: str, at: str, blocks: Sequence[Json], text: str, names: Names) -> str:
    """Return a message with its head; one without blocks shows its text."""
    shown = blocks_html(blocks, names) if blocks else f'<div class="section">{mrkdwn_html(text, names)}</div>'
    who = html.escape(author)
    head = f'<div class="head"><b>{who}</b> <span class="app">APP</span> <time>{html.escape(at)}</time></div>'
    return f'<article class="message" aria-label="message of {who}">{head}{shown}</article>'


def view_html(view: Json, names: Names) -> str:
    """Return a modal or an App Home; raises Unknown."""
    inner = blocks_html(view["blocks"], names)
    if view["type"] == "home":
        return f'<section class="home" aria-label="App Home">{inner}</section>'
    title = plain_html(view["title"]["text"])
    foot = "".join(
        f'<button type="button" class="{kind}">{plain_html(view[name]["text"])}</button>'
        for name, kind in (("close", "plain"), ("submit", "primary"))
        if view.get(name)
    )
    return (
        f'<form class="modal" role="dialog" aria-label="{title}"><h1>{title}</h1>{inner}<footer>{foot}</footer></form>'
    )


def _drawn(block: Json, names: Names) -> str:
    draw = _BLOCKS.get(block["type"])
    if draw is None:
        raise Unknown(f"block {block['type']}")
    return draw(block, names)


def _text(part: Json, names: Names) -> str:
    return plain_html(part["text"]) if part["type"] == "plain_text" else mrkdwn_html(part["text"], names)


def _header(block: Json, names: Names) -> str:
    return f"<h2>{_text(block['text'], names)}</h2>"


def _section(block: Json, names: Names) -> str:
    inner = _text(block["text"], names) if block.get("text") else ""
    if block.get("fields"):
        cells = "".join(f"<div>{_text(field, names)}</div>" for field in block["fields"])
        inner += f'<div class="fields">{cells}</div>'
    accessory = _element(block["accessory"], names) if block.get("accessory") else ""
    if accessory:
        return f'<div class="section beside"><div>{inner}</div><div>{accessory}</div></div>'
    return f'<div class="section">{inner}</div>'


def _context(block: Json, names: Names) -> str:
    return f'<div class="context">{" ".join(_text(part, names) for part in block["elements"])}</div>'


def _actions(block: Json, names: Names) -> str:
    return f'<div class="actions">{"".join(_element(part, names) for part in block["elements"])}</div>'


def _divider(_block: Json, _names: Names) -> str:
    return "<hr>"


def _input(block: Json, names: Names) -> str:
    label = _text(block["label"], names) + (
        ' <span class="optional">(optional)</span>' if block.get("optional") else ""
    )
    hint = f'<div class="hint">{_text(block["hint"], names)}</div>' if block.get("hint") else ""
    element = _element(block["element"], names)
    if block["element"]["type"] in _SEVERAL:
        return f"<fieldset><legend>{label}</legend>{element}{hint}</fieldset>"
    return f'<div class="field"><label><span class="name">{label}</span>{element}</label>{hint}</div>'


def _element(element: Json, names: Names) -> str:
    draw = _ELEMENTS.get(element["type"])
    if draw is None:
        raise Unknown(f"element {element['type']}")
    return draw(element, names)


def _button(element: Json, _names: Names) -> str:
    says = element.get("accessibility_label") or element["text"]["text"]
    style = element.get("style", "plain")
    known = (
        f'data-action="{html.escape(element["action_id"])}" data-value="{html.escape(str(element.get("value", "")))}"'
    )
    return (
        f'<button type="button" class="{html.escape(style)}" aria-label="{html.escape(says)}" {known}>'
        f"{plain_html(element['text']['text'])}</button>"
    )


def _typed(element: Json, _names: Names) -> str:
    shown = html.escape(str(element.get("initial_value") or ""))
    asks = html.escape((element.get("placeholder") or {}).get("text", ""))
    name = html.escape(element["action_id"])
    if element.get("multiline"):
        return f'<textarea name="{name}" rows="3" placeholder="{asks}">{shown}</textarea>'
    kind = "number" if element["type"] == "number_input" else "text"
    return f'<input name="{name}" type="{kind}" value="{shown}" placeholder="{asks}">'


def _moment(element: Json, _names: Names) -> str:
    return f'<input name="{html.escape(element["action_id"])}" type="datetime-local">'


def _select(element: Json, _names: Names) -> str:
    first = (element.get("initial_option") or {}).get("value")
    options = "".join(
        f'<option value="{html.escape(option["value"])}"{" selected" if option["value"] == first else ""}>'
        f"{plain_html(option['text']['text'])}</option>"
        for option in element["options"]
    )
    return f'<select name="{html.escape(element["action_id"])}">{options}</select>'


def _radio(element: Json, _names: Names) -> str:
    first = (element.get("initial_option") or {}).get("value")
    name = html.escape(element["action_id"])
    return "".join(
        f'<label class="choice"><input type="radio" name="{name}" value="{html.escape(option["value"])}"'
        f"{' checked' if option['value'] == first else ''}> {plain_html(option['text']['text'])}</label>"
        for option in element["options"]
    )


def _named(element: Json, names: Names, first: str, sign: str) -> str:
    """Return a choice among those whose ids begin like this."""
    some = "".join(
        f'<option value="{html.escape(id_)}">{sign}{html.escape(name)}</option>'
        for id_, name in names.items()
        if id_.startswith(first)
    )
    asks = html.escape((element.get("placeholder") or {"text": "Select one"})["text"])
    return f'<select name="{html.escape(element["action_id"])}"><option value="">{asks}</option>{some}</select>'


def _conversation(element: Json, names: Names) -> str:
    return _named({"placeholder": {"text": "Select a channel"}, **element}, names, "C", "#")


def _person(element: Json, names: Names) -> str:
    return _named(element, names, "U", "@")


def _day(element: Json, _names: Names) -> str:
    return f'<input name="{html.escape(element["action_id"])}" type="date">'


_SEVERAL: Final = frozenset({"radio_buttons", "checkboxes"})
"""Elements of several controls, each with a label of its own."""
_BLOCKS: Final[Mapping[str, Callable[[Json, Names], str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "input": _input,
}
_ELEMENTS: Final[Mapping[str, Callable[[Json, Names], str]]] = {
    "button": _button,
    "plain_text_input": _typed,
    "number_input": _typed,
    "datetimepicker": _moment,
    "static_select": _select,
    "radio_buttons": _radio,
    "conversations_select": _conversation,
    "users_select": _person,
    "datepicker": _day,
}
