"""Block Kit as HTML: each block type that the bot sends, with its controls as real ones.

Every control says in `data-` attributes what it is to Slack: block, action, value, confirmation. An input of a form has
its block's id as its name.
"""

import html
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.playground.page.mrkdwn import Names, mrkdwn_html, plain_html
from bot.playground.workspace.controls import content_of_entry, state_values

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown beside the blocks themselves: names, what is entered, and errors by block_id."""

    names: Names
    entries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def entered(self, block: str, element: Json) -> Any:  # noqa: ANN401 - text, number, id or option
        """Return what stands in an input."""
        return content_of_entry(self.entries.get(block, {}).get(element["action_id"], {}))


class Unknown(Exception):
    """A block or element that this page does not show: the bot has begun to send something new."""


def blocks_html(
    blocks: Sequence[Json],
    names: Names,
    chosen: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """Return the blocks of a message or a view, with what people `chosen` in them; raises Unknown."""
    look = Look(names, state_values([dict(block) for block in blocks], chosen or {}), errors or {})
    return "\n".join(_drawn(block, look) for block in blocks)


def message_html(author: str, at: str, blocks: Sequence[Json], text: str, names: Names) -> str:
    """Return a message with its head; one without blocks shows its text."""
    shown = blocks_html(blocks, names) if blocks else f'<div class="section">{mrkdwn_html(text, names)}</div>'
    who = html.escape(author)
    head = f'<div class="head"><b>{who}</b> <span class="app">APP</span> <time>{html.escape(at)}</time></div>'
    return f'<article class="message" aria-label="message of {who}">{head}{shown}</article>'


def view_html(
    view: Json, names: Names, chosen: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """Return a modal or an App Home; raises Unknown."""
    inner = blocks_html(view["blocks"], names, chosen, errors)
    if view["type"] == "home":
        return f'<section class="home" aria-label="App Home">{inner}</section>'
    title = plain_html(view["title"]["text"])
    foot = _foot_button(view, "close", "button", "plain") + _foot_button(view, "submit", "submit", "primary")
    return (
        f'<form class="modal" role="dialog" aria-label="{title}" novalidate><h1>{title}</h1>'
        f'<div class="fields-of-form">{inner}</div><footer>{foot}</footer></form>'
    )


def _foot_button(view: Json, name: str, kind: str, style: str) -> str:
    if not view.get(name):
        return ""
    return f'<button type="{kind}" class="{style}" data-foot="{name}">{plain_html(view[name]["text"])}</button>'


def _drawn(block: Json, look: Look) -> str:
    draw = _BLOCKS.get(block["type"])
    if draw is None:
        raise Unknown(f"block {block['type']}")
    return draw(block, look)


def _text(part: Json, look: Look) -> str:
    return plain_html(part["text"]) if part["type"] == "plain_text" else mrkdwn_html(part["text"], look.names)


def _header(block: Json, look: Look) -> str:
    return f"<h2>{_text(block['text'], look)}</h2>"


def _section(block: Json, look: Look) -> str:
    inner = _text(block["text"], look) if block.get("text") else ""
    if block.get("fields"):
        cells = "".join(f"<div>{_text(part, look)}</div>" for part in block["fields"])
        inner += f'<div class="fields">{cells}</div>'
    accessory = _element(block["accessory"], look, _id(block)) if block.get("accessory") else ""
    if accessory:
        return f'<div class="section beside"><div>{inner}</div><div>{accessory}</div></div>'
    return f'<div class="section">{inner}</div>'


def _context(block: Json, look: Look) -> str:
    return f'<div class="context">{" ".join(_text(part, look) for part in block["elements"])}</div>'


def _actions(block: Json, look: Look) -> str:
    return f'<div class="actions">{"".join(_element(part, look, _id(block)) for part in block["elements"])}</div>'


def _divider(_block: Json, _look: Look) -> str:
    return "<hr>"


def _input(block: Json, look: Look) -> str:
    label = _text(block["label"], look) + (' <span class="optional">(optional)</span>' if block.get("optional") else "")
    hint = f'<div class="hint">{_text(block["hint"], look)}</div>' if block.get("hint") else ""
    wrong = look.errors.get(_id(block))
    error = f'<div class="error" role="alert">{html.escape(wrong)}</div>' if wrong else ""
    element = _element(block["element"], look, _id(block))
    if block["element"]["type"] in _SEVERAL:
        return f"<fieldset><legend>{label}</legend>{element}{hint}{error}</fieldset>"
    return f'<div class="field"><label><span class="name">{label}</span>{element}</label>{hint}{error}</div>'


def _id(block: Json) -> str:
    return str(block.get("block_id", ""))


def _element(element: Json, look: Look, block: str) -> str:
    draw = _ELEMENTS.get(element["type"])
    if draw is None:
        raise Unknown(f"element {element['type']}")
    return draw(element, look, block)


def _known(element: Json, block: str, value: object = "") -> str:
    """Return what tells this control from all others; by `data-key` it is the same one when its message was changed.

    A button's block has another id after each change, when the app did not name it.
    """
    action = str(element.get("action_id", ""))
    place = "" if element["type"] == "button" else block
    told = {"action": action, "kind": element["type"], "key": f"{place} {action} {value}"}
    confirm = element.get("confirm")
    if confirm:
        told["confirm"] = json.dumps(
            {name: part.get("text", part) for name, part in confirm.items() if name != "style"}
        )
    return " ".join(f'data-{name}="{html.escape(text)}"' for name, text in told.items())


def _button(element: Json, _look: Look, block: str) -> str:
    says = element.get("accessibility_label") or element["text"]["text"]
    value = str(element.get("value", ""))
    address = f' data-url="{html.escape(element["url"])}"' if element.get("url") else ""
    return (
        f'<button type="button" class="{html.escape(element.get("style", "plain"))}" aria-label="{html.escape(says)}" '
        f'{_known(element, block, value)} data-value="{html.escape(value)}"{address}>'
        f"{plain_html(element['text']['text'])}</button>"
    )


def _typed(element: Json, look: Look, block: str) -> str:
    shown = html.escape(str(look.entered(block, element) or ""))
    asks = html.escape((element.get("placeholder") or {}).get("text", ""))
    known = f'name="{html.escape(block)}" {_known(element, block)} placeholder="{asks}"'
    if element.get("multiline"):
        return f'<textarea {known} rows="3">\n{shown}</textarea>'  # HTML drops the first line break
    kind = "number" if element["type"] == "number_input" else "text"
    return f'<input {known} type="{kind}" value="{shown}">'


def _moment(element: Json, look: Look, block: str) -> str:
    """Return a choice of day and time; its `data-epoch` is in Unix seconds, the browser shows them in its own zone."""
    at = look.entered(block, element)
    epoch = f' data-epoch="{int(at)}"' if at else ""
    return f'<input name="{html.escape(block)}" {_known(element, block)} type="datetime-local"{epoch}>'


def _select(element: Json, look: Look, block: str) -> str:
    chosen = (look.entered(block, element) or {}).get("value")
    asks = (element.get("placeholder") or {"text": "Select one"})["text"]
    empty = "" if element.get("initial_option") else f'<option value="">{plain_html(asks)}</option>'
    options = "".join(
        f'<option value="{html.escape(option["value"])}"{" selected" if option["value"] == chosen else ""}>'
        f"{plain_html(option['text']['text'])}</option>"
        for option in element["options"]
    )
    return f'<select name="{html.escape(block)}" {_known(element, block)}>{empty}{options}</select>'


def _radio(element: Json, look: Look, block: str) -> str:
    chosen = (look.entered(block, element) or {}).get("value")
    return "".join(
        f'<label class="choice"><input type="radio" name="{html.escape(block)}" '
        f'{_known(element, block, option["value"])} value="{html.escape(option["value"])}"'
        f"{' checked' if option['value'] == chosen else ''}> {plain_html(option['text']['text'])}</label>"
        for option in element["options"]
    )


def _named(element: Json, look: Look, block: str, first: str, sign: str) -> str:
    """Return a choice among those whose ids begin like this."""
    chosen = look.entered(block, element)
    some = "".join(
        f'<option value="{html.escape(id_)}"{" selected" if id_ == chosen else ""}>{sign}{html.escape(name)}</option>'
        for id_, name in look.names.items()
        if id_.startswith(first)
    )
    asks = html.escape((element.get("placeholder") or {"text": "Select one"})["text"])
    return (
        f'<select name="{html.escape(block)}" {_known(element, block)}><option value="">{asks}</option>{some}</select>'
    )


def _conversation(element: Json, look: Look, block: str) -> str:
    return _named({"placeholder": {"text": "Select a channel"}, **element}, look, block, "C", "#")


def _person(element: Json, look: Look, block: str) -> str:
    return _named(element, look, block, "U", "@")


def _day(element: Json, look: Look, block: str) -> str:
    day = html.escape(str(look.entered(block, element) or ""))
    return f'<input name="{html.escape(block)}" {_known(element, block)} type="date" value="{day}">'


_SEVERAL: Final = frozenset({"radio_buttons"})
"""Elements of several controls, each with a label of its own."""
_BLOCKS: Final[Mapping[str, Callable[[Json, Look], str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "input": _input,
}
_ELEMENTS: Final[Mapping[str, Callable[[Json, Look, str], str]]] = {
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
