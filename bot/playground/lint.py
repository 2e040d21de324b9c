"""Block Kit lint: what Slack would refuse in a message or a view, and what we do not allow ourselves.

The models of slack_sdk check lengths and counts; what they let pass is checked by tables and small rules here. Blocks
that the models do not know (data_table, data_visualization) pass unchecked. Limits: docs.slack.dev/reference/block-kit.
"""

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import (
    Block,
    BlockElement,
    ButtonElement,
    CheckboxesElement,
    DatePickerElement,
    DateTimePickerElement,
    EmailInputElement,
    NumberInputElement,
    OverflowMenuElement,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
    TimePickerElement,
    UrlInputElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.views import View

Json = dict[str, Any]

BUDGET = 9_000
MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
MOST_VIEW_BYTES = 250 * 1024
MOST_FIELD = 2_000
MOST_OPTION_TEXT = 75
MOST_OPTION_VALUE = 150
MOST_CHOICES = 10
MOST_ROWS = 100
MOST_COLUMNS = 20
MOST_TABLE_CHARACTERS = 10_000

_UNMODELLED = {"data_table", "data_visualization"}
_ONLY_ON = {
    "alert": {"modal"},
    "container": {"message"},
    "carousel": {"message", "home"},
    "input": {"message", "modal", "home"},
}

# Where text may only be plain_text: type of the part -> its fields.
_PLAIN_FIELDS = {
    "header": ("text",),
    "button": ("text",),
    "input": ("label", "hint"),
    "image": ("title",),
    "container": ("title",),
    "modal": ("title", "submit", "close"),
}
_ELEMENTS: dict[str, type[BlockElement]] = {
    "button": ButtonElement,
    "checkboxes": CheckboxesElement,
    "datepicker": DatePickerElement,
    "datetimepicker": DateTimePickerElement,
    "email_text_input": EmailInputElement,
    "multi_static_select": StaticMultiSelectElement,
    "multi_users_select": UserMultiSelectElement,
    "number_input": NumberInputElement,
    "overflow": OverflowMenuElement,
    "plain_text_input": PlainTextInputElement,
    "radio_buttons": RadioButtonsElement,
    "static_select": StaticSelectElement,
    "timepicker": TimePickerElement,
    "url_text_input": UrlInputElement,
    "users_select": UserSelectElement,
}
_CHILDREN = {"child_blocks": {"container"}, "elements": {"carousel"}, "tasks": {"plan"}}
_TEXT_KEYS = {"type", "text", "emoji", "verbatim"}
_VIEW_KEYS = {*View.attributes, "bot_id"}
_TEXTS = {"plain_text", "mrkdwn"}
_SDK_ERRORS = (SlackObjectFormationError, TypeError, AttributeError, KeyError, ValueError)


def lint_message(blocks: Sequence[Json], text: str) -> list[str]:
    """Return everything that is wrong with a message of ours, in words; nothing when it is fine.

    Beside what Slack refuses: no text beside the blocks (screen readers and notifications need it), more than one
    primary button, and more than 9,000 characters in all blocks together.
    """
    problems = message_problems(blocks)
    if not text.strip():
        problems.append("there is no text beside the blocks")
    primary = sum(part.get("style") == "primary" for _, part in _parts(list(blocks)) if part.get("type") == "button")
    if primary > 1:
        problems.append(f"{primary} primary buttons, at most one is allowed")
    return problems + _budget_problems(blocks)


def lint_view(view: Json) -> list[str]:
    """Return everything that is wrong with a modal or an App Home of ours; nothing when it is fine."""
    return view_problems(view)


def message_problems(blocks: Sequence[Json]) -> list[str]:
    """Return why Slack would refuse these blocks in a message."""
    problems = _blocks_problems(blocks, "message")
    if len(blocks) > MOST_IN_MESSAGE:
        problems.append(f"{len(blocks)} blocks, at most {MOST_IN_MESSAGE} fit")
    kinds = {block.get("type") for block in blocks}
    if {"plan", "task_card"} <= kinds:
        problems.append("plan and task_card cannot stand in one message")
    return problems


def view_problems(view: Json) -> list[str]:
    """Return why Slack would refuse this view."""
    kind, blocks = view.get("type"), view.get("blocks")
    if kind not in {"modal", "home"} or not isinstance(blocks, list):
        return ["a view needs type (modal or home) and blocks"]
    problems = _blocks_problems(blocks, kind) + _model_problems("view", lambda: View(**copy.deepcopy(view)).to_dict())
    problems += [f"view has an unknown field {name!r}" for name in sorted(set(view) - _VIEW_KEYS)]
    problems += _text_problems(f"{kind} view", view | {"type": kind})
    if len(json.dumps(view).encode()) > MOST_VIEW_BYTES:
        problems.append("the view is larger than 250 KB")
    if kind == "modal" and not view.get("title"):
        problems.append("a modal needs a title")
    if kind == "modal" and not view.get("submit") and any(block.get("type") == "input" for block in blocks):
        problems.append("a modal with inputs needs a submit button")
    return problems


def characters(blocks: Sequence[Json]) -> int:
    """Return how many characters of text all blocks hold together."""
    return sum(len(text) for _, part in _parts(list(blocks)) for text in _texts(part))


def _budget_problems(blocks: Sequence[Json]) -> list[str]:
    used = characters(blocks)
    return [f"{used} characters in all blocks, our budget is {BUDGET}"] if used > BUDGET else []


def _blocks_problems(blocks: Sequence[Json], surface: str) -> list[str]:
    problems: list[str] = []
    for place, block in _blocks(blocks, "blocks"):
        problems += _block_problems(place, block, surface)
    named = Counter(block["block_id"] for _, block in _blocks(blocks, "") if block.get("block_id"))
    problems += [f"block_id {name!r} is used {times} times" for name, times in named.items() if times > 1]
    if surface != "message" and len(blocks) > MOST_IN_VIEW:
        problems.append(f"{len(blocks)} blocks, at most {MOST_IN_VIEW} fit")
    return problems


def _blocks(blocks: Sequence[Json], place: str) -> Iterator[tuple[str, Json]]:
    """Yield every block with its place, those inside containers, carousels and plans too."""
    for index, block in enumerate(blocks):
        here = f"{place}[{index}]"
        yield here, block
        for name, owners in _CHILDREN.items():
            if block.get("type") in owners and isinstance(block.get(name), list):
                children = [{"type": "task_card", **child} if name == "tasks" else child for child in block[name]]
                yield from _blocks(children, f"{here}.{name}")


def _block_problems(place: str, block: Json, surface: str) -> list[str]:
    kind = str(block.get("type"))
    where = f"{place} ({kind})"
    if surface not in _ONLY_ON.get(kind, {surface}):
        return [f"{where} is not allowed in a {surface}"]
    if kind in _UNMODELLED:
        return []
    shallow = _without_children(block)
    problems = _model_problems(where, lambda: _parsed(shallow).to_dict())
    if not problems:
        problems += _unknown_fields(where, block, _parsed(shallow).attributes)
    if kind == "table":
        problems += _table_problems(where, block)
    for spot, part in _parts(shallow):
        problems += _part_problems(f"{where}{spot}", part)
    return problems + _duplicate_actions(where, block)


def _parsed(block: Json) -> Block:
    if block.get("type") not in _known_blocks():
        raise SlackObjectFormationError("unknown block type")
    parsed = Block.parse(copy.deepcopy(block))
    if parsed is None:
        raise SlackObjectFormationError("unknown block type")
    return parsed


def _known_blocks() -> set[str]:
    return {kind for model in Block.__subclasses__() if isinstance(kind := getattr(model, "type", None), str)}


def _without_children(block: Json) -> Json:
    """Return the block with its inner blocks replaced by stand-ins of the same number: they are checked apart."""
    stand_in = {
        "child_blocks": {"type": "divider"},
        "elements": {"type": "card", "title": {"type": "mrkdwn", "text": "-"}},
    }
    for name, owners in _CHILDREN.items():
        if block.get("type") in owners and isinstance(block.get(name), list):
            return {**block, name: [stand_in.get(name, {}) for _ in block[name]]}
    return block


def _model_problems(where: str, check: Callable[[], object]) -> list[str]:
    try:
        check()
    except _SDK_ERRORS as refused:
        return [f"{where}: {refused}"]
    return []


def _unknown_fields(where: str, part: Json, known: set[str]) -> list[str]:
    return [f"{where} has an unknown field {name!r}" for name in sorted(set(part) - known - {"type"})]


def _parts(node: Any, spot: str = "") -> Iterator[tuple[str, Json]]:  # noqa: ANN401 - any part of a block
    """Yield every object inside some JSON, with its place, the outermost first."""
    if isinstance(node, dict):
        yield spot, node
        for name, part in node.items():
            yield from _parts(part, f"{spot}.{name}")
    elif isinstance(node, list):
        for index, part in enumerate(node):
            yield from _parts(part, f"{spot}[{index}]")


def _texts(part: Json) -> Iterator[str]:
    for name in ("text", "title", "alt_text", "accessibility_label"):
        if isinstance(part.get(name), str):
            yield part[name]


def _part_problems(where: str, part: Json) -> list[str]:
    kind = part.get("type")
    problems = _text_problems(where, part)
    if kind in _TEXTS:
        return problems + ([f"{where} is empty"] if not str(part.get("text", "")).strip() else [])
    if isinstance(part.get("fields"), list):
        long = (field for field in part["fields"] if len(str(field.get("text", ""))) > MOST_FIELD)
        problems += [f"{where} has a field of more than {MOST_FIELD} characters" for _ in long]
    if "options" in part or "option_groups" in part:
        problems += _menu_problems(where, part)
    return problems + _element_problems(where, part)


def _text_problems(where: str, part: Json) -> list[str]:
    kind = str(part.get("type"))
    if kind in _TEXTS:
        return _unknown_fields(where, part, _TEXT_KEYS)
    names = _PLAIN_FIELDS.get(kind, ())
    marked = (name for name in names if isinstance(part.get(name), dict) and part[name].get("type") != "plain_text")
    return [f"{where}: {name} must be plain_text" for name in marked]


def _element_problems(where: str, part: Json) -> list[str]:
    """Check an element (a button, a menu, an input) against its model; other parts have none."""
    model = _ELEMENTS.get(str(part.get("type")))
    if model is None:
        return []
    fields = {name: value for name, value in copy.deepcopy(part).items() if name != "type"}
    problems = _model_problems(where, lambda: model(**fields).to_dict())
    return problems or _unknown_fields(where, part, model(**fields).attributes)


def _menu_problems(where: str, menu: Json) -> list[str]:
    groups = menu.get("option_groups") or [{"options": menu.get("options")}]
    problems = [f"{where} has no options" for group in groups if not group.get("options")]
    options = [option for group in groups for option in group.get("options") or []]
    for option in options:
        text = str((option.get("text") or {}).get("text", ""))
        if len(text) > MOST_OPTION_TEXT:
            problems.append(f"{where} has an option of more than {MOST_OPTION_TEXT} characters: {text[:20]}...")
        if len(str(option.get("value", ""))) > MOST_OPTION_VALUE:
            problems.append(f"{where} has an option value of more than {MOST_OPTION_VALUE} characters")
    if menu.get("type") in {"radio_buttons", "checkboxes"} and len(options) > MOST_CHOICES:
        problems.append(f"{where} has {len(options)} options, at most {MOST_CHOICES} fit")
    initial = [*menu.get("initial_options", []), *([menu["initial_option"]] if menu.get("initial_option") else [])]
    problems += [
        f"{where} begins with an option that is not among its options" for chosen in initial if chosen not in options
    ]
    return problems


def _duplicate_actions(where: str, block: Json) -> list[str]:
    own = Counter(part["action_id"] for _, part in _parts(_without_children(block)) if part.get("action_id"))
    return [f"{where}: action_id {name!r} is used {times} times" for name, times in own.items() if times > 1]


def _table_problems(where: str, table: Json) -> list[str]:
    rows = table.get("rows") or []
    problems = []
    if len(rows) > MOST_ROWS:
        problems.append(f"{where} has {len(rows)} rows, at most {MOST_ROWS} fit")
    if any(len(row) > MOST_COLUMNS for row in rows):
        problems.append(f"{where} has a row of more than {MOST_COLUMNS} cells")
    if characters(rows) > MOST_TABLE_CHARACTERS:
        problems.append(f"{where} has more than {MOST_TABLE_CHARACTERS} characters")
    return problems
