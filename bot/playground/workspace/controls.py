"""Buttons, menus and inputs among blocks: finding them, filling them in, and what they send."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.workspace.model import Json
from bot.playground.workspace.refusal import NotPossible

# Element type -> field of its value in a payload, field of its initial value in the block.
_PLAIN = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
_ONE_OPTION = {"static_select", "radio_buttons", "overflow", "external_select"}
_MANY_OPTIONS = {"multi_static_select", "checkboxes", "multi_external_select"}
_BUTTONS = {"button", "icon_button", "workflow_button"}
_INTERACTIVE = {*_PLAIN, *_ONE_OPTION, *_MANY_OPTIONS, *_BUTTONS, "feedback_buttons"}


@dataclass(frozen=True)
class Control:
    """One interactive element where it stands; `option` is the chosen one of a menu's."""

    block_id: str
    element: Json
    option: Json | None = None

    @property
    def action_id(self) -> str:
        """Return the element's action_id."""
        return str(self.element.get("action_id", ""))

    @property
    def label(self) -> str:
        """Return the words on it."""
        return str((self.element.get("text") or self.element.get("placeholder") or {}).get("text", ""))


def with_ids(blocks: list[Json], new_id: Callable[[str], str]) -> list[Json]:
    """Return blocks in which every block_id and action_id is filled in, as Slack does."""
    return [_with_ids(block, new_id) for block in blocks]


def controls(blocks: list[Json]) -> list[Control]:
    """Return every interactive element, in order of appearance."""
    return [control for block in blocks for control in _within(block, str(block.get("block_id", "")))]


def find(blocks: list[Json], *, action_id: str | None, label: str | None, value: str | None) -> Control:
    """Return the control that a person means, with the option when it is a menu's.

    `label` is the text of a button or an option, `value` the value of either.

    Raises NotPossible when there is no such control, or more than one.
    """
    candidates = [control for control in controls(blocks) if action_id in {None, control.action_id}]
    meant = [found for control in candidates for found in _meant(control, label, value)]
    if action_id is None and label is None:
        meant = [found for found in meant if found.option or found.element["type"] in _BUTTONS]
    if len(meant) == 1:
        return meant[0]
    there = [(control.action_id, control.label, _labels(control.element)) for control in controls(blocks)]
    why = "no such control" if not meant else f"{len(meant)} such controls"
    raise NotPossible(f"{why}: action_id={action_id!r} label={label!r} value={value!r}; there are {there}")


def action_of(control: Control, action_ts: str, given: str | None = None) -> Json:
    """Return one entry of a block_actions payload's `actions`."""
    element = control.element
    action: Json = {
        "action_id": control.action_id,
        "block_id": control.block_id,
        "type": element["type"],
        "action_ts": action_ts,
    }
    if element["type"] in _BUTTONS:
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    if control.option is not None:
        many = element["type"] in _MANY_OPTIONS
        return action | ({"selected_options": [control.option]} if many else {"selected_option": control.option})
    return action | entered(element, given)


def entered(element: Json, given: Any) -> Json:  # noqa: ANN401 - text, list or number, by the element's type
    """Return what an input's entry in `state.values` is when a person gives it this.

    Options are named by their text or their value.

    Raises NotPossible when a menu has no such option, or the element takes no input.
    """
    kind = element["type"]
    if kind in _PLAIN:
        return {"type": kind, _PLAIN[kind][0]: given}
    if kind in _ONE_OPTION:
        return {"type": kind, "selected_option": None if given is None else _option(element, given)}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": [_option(element, one) for one in given or []]}
    raise NotPossible(f"a {kind} takes no input")


def state_values(blocks: list[Json], chosen: Mapping[str, Any]) -> Json:
    """Return `state.values`: what is entered in every input, by block_id and action_id.

    `chosen` holds the entries that people made, by action_id; the others have their initial values.
    """
    found: Json = {}
    for control in controls(blocks):
        if control.element["type"] in _BUTTONS | {"overflow", "feedback_buttons"}:
            continue
        entry = chosen.get(f"{control.block_id} {control.action_id}", _initial(control.element))
        found.setdefault(control.block_id, {})[control.action_id] = entry
    return found


def fill(blocks: list[Json], answers: Mapping[str, Any]) -> Json:
    """Return people's entries (as `state_values` takes them), each answer named by action_id, block_id or label.

    Raises NotPossible for an answer to a question that is not asked.
    """
    chosen: Json = {}
    for name, given in answers.items():
        control = _asked(blocks, name)
        chosen[f"{control.block_id} {control.action_id}"] = entered(control.element, given)
    return chosen


def unanswered(blocks: list[Json], entries: Json) -> dict[str, str]:
    """Return what Slack's own form check says, by block_id: required inputs must not be empty."""
    required = (block for block in blocks if block.get("type") == "input" and not block.get("optional"))
    empty = (
        block["block_id"]
        for block in required
        if not any(content_of_entry(entry) for entry in entries[block["block_id"]].values())
    )
    return dict.fromkeys(empty, "Please complete this required field.")


def content_of_entry(entry: Mapping[str, Any]) -> Any:  # noqa: ANN401 - text, list, option or number
    """Return what an entry of `state.values` holds beside its type."""
    return next((value for name, value in entry.items() if name != "type"), None)


def _with_ids(block: Json, new_id: Callable[[str], str]) -> Json:
    filled = {**block, "block_id": block.get("block_id") or new_id("b")}
    for name in ("elements", "actions"):
        if isinstance(block.get(name), list) and block.get("type") in {"actions", "card", "context_actions"}:
            filled[name] = [_with_action_id(element, new_id) for element in block[name]]
    for name in ("accessory", "element"):
        if isinstance(block.get(name), dict):
            filled[name] = _with_action_id(block[name], new_id)
    if isinstance(block.get("child_blocks"), list):
        filled["child_blocks"] = with_ids(block["child_blocks"], new_id)
    if block.get("type") == "carousel":
        filled["elements"] = with_ids(block["elements"], new_id)
    return filled


def _with_action_id(element: Json, new_id: Callable[[str], str]) -> Json:
    if element.get("type") not in _INTERACTIVE:
        return element
    return {**element, "action_id": element.get("action_id") or new_id("a")}


def _within(node: Any, block_id: str) -> Iterator[Control]:  # noqa: ANN401 - any part of a block
    if isinstance(node, list):
        for part in node:
            yield from _within(part, block_id)
    elif isinstance(node, dict):
        block_id = node.get("block_id") or block_id
        if node.get("type") == "feedback_buttons":
            yield from _feedback(node, block_id)
        elif node.get("type") in _INTERACTIVE:
            yield Control(block_id, node)
        else:
            yield from _within([part for part in node.values() if isinstance(part, dict | list)], block_id)


def _feedback(element: Json, block_id: str) -> Iterator[Control]:
    for name in ("positive_button", "negative_button"):
        yield Control(block_id, {**element[name], "type": "button", "action_id": element.get("action_id", "")})


def _options(element: Json) -> list[Json]:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def _labels(element: Json) -> list[str]:
    return [str(option["text"]["text"]) for option in _options(element)]


def _meant(control: Control, label: str | None, value: str | None) -> list[Control]:
    element = control.element
    if _options(element):
        wanted = [
            option
            for option in _options(element)
            if label in {None, option["text"]["text"]} and value in {None, option.get("value")}
        ]
        return [Control(control.block_id, element, option) for option in wanted]
    if element["type"] in _BUTTONS:
        return [control] if label in {None, control.label} and value in {None, element.get("value")} else []
    return [control] if label in {None, control.label} else []


def _option(element: Json, named: Any) -> Json:  # noqa: ANN401 - text or whole option
    for option in _options(element):
        if named in (option, option.get("value"), option["text"]["text"]):
            return option
    raise NotPossible(f"no option {named!r}: {_labels(element)}")


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in _PLAIN:
        return {"type": kind, _PLAIN[kind][0]: element.get(_PLAIN[kind][1])}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_option": element.get("initial_option")}


def _asked(blocks: list[Json], name: str) -> Control:
    labels = {block.get("block_id"): (block.get("label") or {}).get("text") for block in blocks}
    for control in controls(blocks):
        if name in {control.action_id, control.block_id, labels.get(control.block_id)}:
            return control
    there = [(control.action_id, labels.get(control.block_id)) for control in controls(blocks)]
    raise NotPossible(f"nothing asks for {name!r}; there are {there}")
