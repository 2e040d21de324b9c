"""Updates for those outside: the form, and the one message that stays true in their channel."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from bot.incidents.lifecycle import update_draft
from bot.incidents.model import Incident, Update
from bot.incidents.seen import Seen
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form

Announced = Literal["nowhere", "there", "refused"]
"""Whether an update also goes into a channel for those outside."""
_WHERE: Final[Mapping[Announced, str]] = {
    "nowhere": "on the card",
    "there": "in the channel for announcements, where one message is kept true",
    "refused": "on the card alone, for the channel for announcements is shared with another organisation",
}
_NEXT: Final = {"15": "in 15 minutes", "30": "in 30 minutes", "60": "in an hour", "0": "when there is news"}
_SHOWN: Final = 4


def update_form(
    incident: Incident, *, announced: Announced, said: str = "", before: Seen | None = None
) -> dict[str, Any]:
    """Return the form; the first update is drawn up from what is known, a later one from the one before.

    `said` is what a person has written while the incident stood as `before`; a draft that they left alone is drawn up
    anew.
    """
    where = "on the card alone, for the incident is private" if incident.private else _WHERE[announced]
    waits = form.choice(_NEXT, "30", kind="static_select")
    fields = [
        kit.section(f"It is shown {where}."),
        form.field("text", "How does it stand?", form.lines(_text(incident, said, before))),
        form.field("next", "The next word comes", waits, hint="You are reminded when it is due."),
    ]
    if before is not None:
        now = f"It is {incident.status}, {incident.severity} by now; it was {before.status}, {before.severity}"
        fields.insert(0, kit.section(f":warning: *{now} when you wrote this.* Nothing was sent; read it again."))
    return form.modal(ids.UPDATE_FORM, ids.form_value(incident), f"Update on {incident.name}", fields, submit="Send")


def _text(incident: Incident, said: str, before: Seen | None) -> str:
    then = incident if before is None else replace(incident, status=before.status, severity=before.severity)
    return update_draft(incident) if said in {"", update_draft(then)} else said


def announcement(incident: Incident) -> kit.Message:
    """Return the message for those outside: how it stands now, and what they were told, the newest first."""
    status = f"{kit.SEVERITY_SIGN[incident.severity]} {incident.severity} · {incident.status}"
    newest, *earlier = reversed(incident.updates)
    parts = [
        kit.header(f"{incident.name} · {incident.title}"),
        kit.section(f"*{status}*"),
        kit.section(_told(incident, newest)),
        *(kit.context(_told(incident, one, limit=600)) for one in earlier[:_SHOWN]),
    ]
    return kit.Message(text=f"{incident.name} is {incident.status}: {kit.safe(newest.text, 200)}", blocks=parts)


def _told(incident: Incident, update: Update, *, limit: int = 2500) -> str:
    waits = ""
    if update is incident.updates[-1] and incident.is_open and update.next_minutes:
        waits = f" · the next word comes within {update.next_minutes} minutes"
    return f"{kit.safe(update.text, limit)}\n_{kit.person(update.by)} {kit.moment(update.at)}{waits}_"
