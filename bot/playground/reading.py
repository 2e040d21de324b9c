"""Blocks as text, the way a person would read them in a terminal."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

Json = dict[str, Any]
NameOf = Callable[[str], str]

_MENTION = re.compile(r"<([@#!])([^|>]+)(?:\|([^>]*))?>")
_LINK = re.compile(r"<(https?:[^|>]+|mailto:[^|>]+)(?:\|([^>]*))?>")
_MARKS = {"pending": "[ ]", "in_progress": "[~]", "complete": "[x]", "error": "[!]"}
_CHOSEN = ("initial_option", "initial_options")
_INITIAL = ("initial_value", "initial_date", "initial_time", "initial_date_time", "initial_user", "initial_users")


class ReadableMessage(Protocol):
    """A message: text, and blocks when there are any."""

    @property
    def text(self) -> str:
        """The text beside the blocks."""

    @property
    def blocks(self) -> list[Json]:
        """The blocks."""


class ReadableView(Protocol):
    """A modal or an App Home, with the errors that a person sees in it."""

    @property
    def body(self) -> Json:
        """The view as the app sent it."""

    @property
    def errors(self) -> dict[str, str]:
        """Error texts by block_id."""


def read_message(message: ReadableMessage, name_of: NameOf | None = None) -> str:
    """Return what a message says; `name_of` turns the ids of people and channels into names."""
    told = "\n".join(read_block(block) for block in message.blocks) if message.blocks else message.text
    return plain(told, name_of)


def read_view(view: ReadableView, name_of: NameOf | None = None) -> str:
    """Return what a view shows, with errors under the inputs they belong to, and its buttons."""
    title = _text(view.body.get("title"))
    lines = [f"== {title} =="] if title else []
    for block in view.body.get("blocks", []):
        lines.append(read_block(block))
        error = view.errors.get(block.get("block_id", ""))
        lines += [f"! {error}"] if error else []
    buttons = [f"[ {_text(view.body[name])} ]" for name in ("submit", "close") if view.body.get(name)]
    return plain("\n".join([*lines, *([" ".join(buttons)] if buttons else [])]), name_of)


def read_block(block: Json) -> str:
    """Return one block's text, mentions still as Slack writes them."""
    reader = _READERS.get(str(block.get("type")))
    return reader(block) if reader else f"({block.get('type')})"


def plain(text: str, name_of: NameOf | None = None) -> str:
    """Return mrkdwn with mentions and links as people read them; emoji codes are left as they are."""
    known = name_of or (lambda name: name)

    def mention(found: re.Match[str]) -> str:
        sign, who, label = found[1], found[2], found[3]
        if sign == "!":
            return label or f"@{who.partition('^')[0]}"
        return f"{sign}{known(who)}"

    def link(found: re.Match[str]) -> str:
        return f"{found[2]} ({found[1]})" if found[2] else found[1]

    shown = _LINK.sub(link, _MENTION.sub(mention, text))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(part: Any) -> str:  # noqa: ANN401 - a text object, a text or nothing
    return str(part.get("text", "")) if isinstance(part, dict) else str(part or "")


def _header(block: Json) -> str:
    return f"# {_text(block.get('text'))}"


def _section(block: Json) -> str:
    lines = [_text(block["text"])] if block.get("text") else []
    lines += [_text(field).replace("\n", " ") for field in block.get("fields", [])]
    return "\n".join([*lines, *([_element(block["accessory"])] if block.get("accessory") else [])])


def _context(block: Json) -> str:
    return " | ".join(_text(part.get("text")) or f"({part.get('alt_text', '')})" for part in block["elements"])


def _actions(block: Json) -> str:
    return " ".join(_element(element) for element in block["elements"])


def _input(block: Json) -> str:
    optional = " (optional)" if block.get("optional") else ""
    hint = f"\n  {_text(block['hint'])}" if block.get("hint") else ""
    return f"{_text(block.get('label'))}{optional}: {_element(block['element'])}{hint}"


def _image(block: Json) -> str:
    return f"({block.get('alt_text', '')})"


def _plan(block: Json) -> str:
    return "\n".join([_text(block.get("title")), *(_task(task) for task in block.get("tasks") or [])])


def _task(block: Json) -> str:
    mark = _MARKS.get(str(block.get("status")), "[?]")
    more = [_rich(block[name]) for name in ("details", "output") if block.get(name)]
    return "\n".join([f"{mark} {_text(block.get('title'))}", *(f"    {line}" for line in more)])


def _table(block: Json) -> str:
    rows = [[_cell(cell) for cell in row] for row in block["rows"]]
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(max(map(len, rows), default=0))]
    return "\n".join(_row(row, widths) for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _cell(cell: Json) -> str:
    return _rich(cell) if cell.get("type") == "rich_text" else str(cell.get("text", cell.get("value", "")))


def _alert(block: Json) -> str:
    return f"({block.get('level', 'default')}) {_text(block.get('text'))}"


def _card(block: Json) -> str:
    lines = [_text(block[name]) for name in ("title", "subtitle", "body") if block.get(name)]
    buttons = [_element(element) for element in block.get("actions") or []]
    return "\n".join([*lines, *([" ".join(buttons)] if buttons else [])])


def _container(block: Json) -> str:
    title = _text(block.get("title")) or _rich(block.get("rich_text_title") or {})
    inner = "\n".join(read_block(child) for child in block.get("child_blocks", []))
    return "\n".join([title, *(f"  {line}" for line in inner.splitlines())])


def _carousel(block: Json) -> str:
    return "\n".join(_card(card) for card in block["elements"])


def _rich(part: Json) -> str:
    """Return the text of a rich_text block or of any part of one."""
    kind, inner = part.get("type"), part.get("elements")
    if inner is None:
        return _rich_leaf(part)
    if kind == "rich_text_list":
        return "\n".join(f"- {_rich(item)}" for item in inner)
    return ("\n" if kind == "rich_text" else "").join(_rich(item) for item in inner)


def _rich_leaf(part: Json) -> str:
    kind = str(part.get("type"))
    return _LEAVES[kind].format(**part) if kind in _LEAVES else str(part.get("text") or part.get("url", ""))


def _element(element: Json) -> str:
    kind = str(element.get("type"))
    if kind in {"button", "workflow_button", "icon_button"}:
        return f"[ {_text(element.get('text'))} ]"
    if kind == "feedback_buttons":
        return " ".join(f"[ {_text(element[name]['text'])} ]" for name in ("positive_button", "negative_button"))
    if kind == "image":
        return f"({element.get('alt_text', '')})"
    return _menu(element) if "options" in element or "option_groups" in element else _field(element)


def _menu(element: Json) -> str:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    options = [_text(option.get("text")) for option in [*element.get("options", []), *grouped]]
    if element["type"] == "overflow":
        return f"[ ... {' / '.join(options)} ]"
    chosen = [element[name] for name in _CHOSEN if element.get(name)]
    listed = [option for part in chosen for option in (part if isinstance(part, list) else [part])]
    shown = ", ".join(_text(option.get("text")) for option in listed) or _text(element.get("placeholder"))
    return f"[ {shown} v ] ({' / '.join(options)})"


def _field(element: Json) -> str:
    initial = next((element[name] for name in _INITIAL if element.get(name)), None)
    return f"[ {initial if initial is not None else _text(element.get('placeholder'))} ]"


_LEAVES = {
    "user": "<@{user_id}>",
    "channel": "<#{channel_id}>",
    "usergroup": "<!subteam^{usergroup_id}>",
    "broadcast": "@{range}",
    "emoji": ":{name}:",
}

_READERS: dict[str, Callable[[Json], str]] = {
    "actions": _actions,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "context": _context,
    "context_actions": _actions,
    "divider": lambda block: "---",  # noqa: ARG005 - every reader is called alike
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": lambda block: str(block.get("text", "")),
    "plan": _plan,
    "rich_text": _rich,
    "section": _section,
    "table": _table,
    "task_card": _task,
}
