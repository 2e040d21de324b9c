"""The form in which people finish the postmortem, as often as they like: what is saved stands in it the next time."""

from collections.abc import Mapping
from typing import Any, Final

from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.model import Incident
from bot.incidents.words import LONGEST
from bot.incidents.writing import PARTS, Draft
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form
from bot.slack.cards.lifecycle import task_line

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
    texts: Mapping[str, str] | None = None,
    both: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the form; `both` are parts in which two people have written at once, with the words of each.

    `texts` is what stood in the form when that turned out.
    """
    blocks: list[kit.Block] = []
    if both:
        named = ", ".join(_ASKS[part][0] for part in both)
        blocks.append(
            kit.section(f":warning: *Somebody else has written meanwhile: {named}.* Both stand below; mend it.")
        )
    blocks.append(kit.context("Saved at any time, by anybody; what stays empty is left visibly blank."))
    for part in PARTS:
        label, asks = _ASKS[part]
        draft = drafts.get(part)
        known = {part: draft.text} if draft else {}
        text = {**known, **(texts or {}), **(both or {})}.get(part, "")
        by = f"Last written by {draft.by.name}" if draft else ""
        shown = form.lines(text, most=LONGEST, asks=asks)
        blocks.append(form.field(part, label, shown, optional=True, hint=by, anew=incident.version if both else ""))
    if incident.tasks:
        blocks.append(
            kit.section(f"*Action items so far*\n{kit.bullets(map(task_line, incident.tasks), limit=_TASKS)}")
        )
    for index in range(1, ITEMS + 1):
        blocks += _item(index)
    title = f"Postmortem {incident.name}"
    carried = ids.value(incident.id, incident.version)
    return form.modal(ids.WRITE_FORM, carried, kit.cut(title, 24), blocks, submit="Save")


def _item(index: int) -> list[kit.Block]:
    owner = {"type": "users_select", "placeholder": kit.plain("Nobody yet")}
    due = {"type": "datepicker", "placeholder": kit.plain("No day yet")}
    return [
        form.field(f"item_{index}", f"New action item {index}", form.line(most=LONGEST_REASON), optional=True),
        form.field(f"owner_{index}", "Who does it?", owner, optional=True),
        form.field(f"due_{index}", "By which day?", due, optional=True),
    ]
