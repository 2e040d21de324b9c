"""What a person had before them when they began to write, and whether that still holds."""

from dataclasses import dataclass

from bot.errors import StaleButton
from bot.incidents.model import Incident, Status
from bot.rules.evidence import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How an incident stood: its round (how often it was reopened), status and severity."""

    rounds: int
    status: Status
    severity: Severity


def seen_of(incident: Incident) -> Seen:
    """Return how the incident stands now."""
    return Seen(rounds=incident.rounds, status=incident.status, severity=incident.severity)


def require_round(incident: Incident, seen: Seen | None) -> None:
    """Raise StaleButton when the incident was over and reopened since; None, for who saw no form, passes."""
    if seen is not None and seen.rounds != incident.rounds:
        raise StaleButton(
            f"{incident.name} was over and was reopened since you opened this form.",
            "Close the form, look how it stands, and open it again.",
        )


def require_same(incident: Incident, seen: Seen | None) -> None:
    """Raise StaleButton when the incident stands differently by now; None, for who saw no form, passes."""
    require_round(incident, seen)
    if seen is not None and seen != seen_of(incident):
        raise StaleButton(
            f"{incident.name} is {incident.status}, {incident.severity} by now;"
            f" it was {seen.status}, {seen.severity} when you opened this form.",
            "Close the form and open it again.",
        )
