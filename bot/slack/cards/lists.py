"""Incidents in lines: for `list` and `status`."""

from collections.abc import Sequence

from bot.incidents.model import Incident
from bot.slack.cards import blocks as kit

_LONGEST = 20


def incident_line(incident: Incident) -> str:
    """Return one incident in one line."""
    where = f" in <#{incident.channel_id}>" if incident.channel_id else ""
    sign = kit.SEVERITY_SIGN[incident.severity]
    title = kit.safe(incident.title, 150)
    head = f"{sign} *{incident.name}* {incident.severity} {incident.status}{', private' if incident.private else ''}"
    return f"{head}: {title}{where}, lead {kit.person(incident.lead)}"


def found_lines(incidents: Sequence[Incident], words: str) -> str:
    """Return what a search found."""
    if not incidents:
        return f"No incident has all of these words: {kit.code(words)}."
    return kit.bullets((incident_line(incident) for incident in incidents), limit=_LONGEST)


def incident_lines(incidents: Sequence[Incident]) -> str:
    """Return the incidents as a list."""
    if not incidents:
        return "No incident is open. `/anth-triage` runs the checks."
    return kit.bullets((incident_line(incident) for incident in incidents), limit=_LONGEST)
