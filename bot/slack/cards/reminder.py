"""A reminder in the incident's channel: what is missing, who is meant, and the buttons that answer it."""

from bot.incidents.events import Reminded
from bot.incidents.model import Incident
from bot.slack import ids
from bot.slack.cards import blocks as kit


def reminder_card(incident: Incident, event: Reminded, *, newest: bool = True) -> kit.Message:
    """Return the reminder; once the incident is acknowledged or over, or a newer one came, it asks for nothing more."""
    asked = _asked(incident, event)
    waits = incident.is_open and (event.about == "update" or incident.acknowledged_by is None)
    if not (waits and newest):
        word, why = ("reminded again", "Reminded again since.") if waits else ("answered", _answered(incident))
        return kit.Message(text=f"{incident.name}: {word}", blocks=[kit.context(f"~{asked}~ {why}")])
    number = ids.value(incident.id)
    buttons = [kit.button("Snooze 30 min", ids.SNOOZE, number)]
    if incident.acknowledged_by is None:
        buttons.insert(0, kit.button("Acknowledge", ids.ACKNOWLEDGE, number, style="primary"))
    whom = kit.member(event.told) if event.told else kit.person(incident.lead)
    said = f":bell: {whom} {asked}"
    return kit.Message(text=f"{incident.name}: {asked}", blocks=[kit.section(said), kit.actions(*buttons)])


def _asked(incident: Incident, event: Reminded) -> str:
    if event.about == "ack" and event.told:
        return f"Nobody has acknowledged {incident.name} ({incident.severity}) in time: you are next. Can you take it?"
    if event.about == "ack":
        return f"Nobody has acknowledged {incident.name} ({incident.severity}) yet."
    return f"No word on {incident.name} for a while: what is the state?"


def _answered(incident: Incident) -> str:
    if incident.acknowledged_by is not None:
        return f"Acknowledged by {kit.person(incident.acknowledged_by)}."
    return f"{incident.name} is {incident.status}."
