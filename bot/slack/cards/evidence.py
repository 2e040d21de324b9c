"""The form that asks what production sees: all of it may be left out but what kind of trouble it is."""

from typing import Any

from bot.slack import ids
from bot.slack.cards import form

_KINDS = {
    "errors": "Requests fail, or are slow",
    "quality": "Answers are poor, without errors",
    "compromise": "A key is, or may be, in the wrong hands",
}


def evidence_form(channel_id: str, error_text: str = "") -> dict[str, Any]:
    """Return the form; `channel_id` is where the run that follows shows its verdict."""
    counted = "Both numbers from the last five minutes, counted before any retry."
    removed = "Keys and tokens are removed before anything is stored."
    recent = "A deploy, a model, a key, a batch job, traffic."
    error = form.lines(error_text)
    number = {"type": "number_input", "is_decimal_allowed": False, "min_value": "0"}
    moment = {"type": "datetimepicker"}
    blocks = [
        form.field("kind", "What is wrong?", form.choice(_KINDS, "errors")),
        form.field("failed", "Failed requests", number, optional=True),
        form.field("total", "All requests of that time", number, optional=True, hint=counted),
        form.field("text", "The error, as your service logged it", error, optional=True, hint=removed),
        form.field("since", "Since when?", moment, optional=True),
        form.field("changed", "What changed in the hour before?", form.lines(), optional=True, hint=recent),
    ]
    return form.modal(ids.EVIDENCE_FORM, ids.value(channel_id), "What production sees", blocks, submit="Weigh it")
