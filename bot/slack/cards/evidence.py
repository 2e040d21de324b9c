"""The form that asks what production sees: all of it may be left out but what kind of trouble it is."""

from typing import Any

from bot.slack import ids
from bot.slack.cards import blocks as kit

_KINDS = {
    "errors": "Requests fail, or are slow",
    "quality": "Answers are poor, without errors",
    "compromise": "A key is, or may be, in the wrong hands",
}
_TEXT = 3000  # Slack's limit of an input


def evidence_form(channel_id: str, error_text: str = "") -> dict[str, Any]:
    """Return the form; `channel_id` is where the run that follows shows its verdict."""
    options = [{"text": kit.plain(label), "value": kind} for kind, label in _KINDS.items()]
    kinds = {"type": "radio_buttons", "options": options, "initial_option": options[0]}
    return {
        "type": "modal",
        "callback_id": ids.EVIDENCE_FORM,
        "private_metadata": ids.value(channel_id),
        "title": kit.plain("What production sees"),
        "submit": kit.plain("Weigh it"),
        "close": kit.plain("Cancel"),
        "blocks": [
            _input("kind", "What is wrong?", kinds),
            _input("failed", "Failed requests", _number(), optional=True),
            _input(
                "total",
                "All requests of that time",
                _number(),
                optional=True,
                hint="Both numbers from the last five minutes, counted before any retry.",
            ),
            _input(
                "text", "The error, as your service logged it", _lines(error_text[:_TEXT]), optional=True,
                hint="Keys and tokens are removed before anything is stored.",
            ),
            _input("since", "Since when?", {"type": "datetimepicker"}, optional=True),
            _input(
                "changed", "What changed in the hour before?", _lines(), optional=True,
                hint="A deploy, a model, a key, a batch job, traffic.",
            ),
        ],
    }  # fmt: skip


def _input(name: str, label: str, element: kit.Block, *, optional: bool = False, hint: str | None = None) -> kit.Block:
    named = {**element, "action_id": name}
    block = {"type": "input", "block_id": name, "label": kit.plain(label), "element": named, "optional": optional}
    return block | ({"hint": kit.plain(hint)} if hint else {})


def _number() -> kit.Block:
    return {"type": "number_input", "is_decimal_allowed": False, "min_value": "0"}


def _lines(text: str = "") -> kit.Block:
    element = {"type": "plain_text_input", "multiline": True, "max_length": _TEXT}
    return element | ({"initial_value": text} if text else {})
