"""The form in which people finish the postmortem, as often as they like: what is saved stands in it the next time."""

from collections.abc import Mapping
from typing import Any, Final

from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.model import Incident
from bot.incidents.writing import PARTS, Draft, Form
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form as fields
from bot.slack.cards.lifecycle import task_line
from bot.slack.cards.parts import Writing

ITEMS: Final = 3
"""So many action items have a row of their own; the form can be opened again for more."""

_ASKS: Final = {
    "impact": ("Impact", "What did users experience? How many of them?"),
    "root_cause": ("Root cause", "What went wrong, and why?"),
    "detection": ("Detection", "How did we notice? What should have told us earlier?"),
    "mitigation": ("Mitigation", "What was done to end it?"),
    "lessons": ("Lessons", "What went well, what did not, where were we lucky?"),
}
_TASKS: Final = 10


def postmortem_form(
    incident: Incident,
    drafts: Mapping[str, Draft],
    *,
    form: Form | None = None,
    both: Mapping[str, Draft | None] | None = None,
) -> dict[str, Any]:
    """Return the form; `form` is what a person has written while others wrote `both`."""
    written = Writing(drafts=drafts, form=form, both=both or {})
    blocks = list(written.warning({part: label for part, (label, _) in _ASKS.items()}))
    blocks.append(kit.context("Saved at any time, by anybody; what stays empty is left visibly blank."))
    for part in PARTS:
        label, question = _ASKS[part]
        blocks += written.part(part, label, question, anew=incident.version if both else "")
    if incident.tasks:
        so_far = kit.bullets(map(task_line, incident.tasks), limit=_TASKS)
        blocks.append(kit.section(f"*Action items so far*\n{so_far}"))
    for index in range(1, ITEMS + 1):
        blocks += _item(index)
    title = f"Postmortem {incident.name}"
    carried = ids.value(incident.id, incident.version)
    return fields.modal(ids.WRITE_FORM, carried, kit.cut(title, 24), blocks, submit="Save")


def _item(index: int) -> list[kit.Block]:
    owner = {"type": "users_select", "placeholder": kit.plain("Nobody yet")}
    due = {"type": "datepicker", "placeholder": kit.plain("No day yet")}
    return [
        fields.field(f"item_{index}", f"New action item {index}", fields.line(most=LONGEST_REASON), optional=True),
        fields.field(f"owner_{index}", "Who does it?", owner, optional=True),
        fields.field(f"due_{index}", "By which day?", due, optional=True),
    ]
