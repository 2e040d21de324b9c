"""PagerDuty's Events API v2: one alert an incident, opened, acknowledged and resolved under one key."""

from typing import Any, Final

from bot.incidents.model import Incident
from bot.integrations.handoff import Letter, json_bytes
from bot.rules.evidence import Severity

URL: Final = "https://events.pagerduty.com/v2/enqueue"
_ACTIONS: Final = {"opened": "trigger", "reopened": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
_SEVERITIES: Final = {Severity.P1: "critical", Severity.P2: "error", Severity.P3: "warning", Severity.P4: "info"}
_LONGEST: Final = 1024  # characters of a summary


class PagerDuty:
    """Writes what PagerDuty wants to hear; a private incident is named without its title."""

    def __init__(self, routing_key: str, url: str = URL) -> None:
        self._routing_key = routing_key
        self._url = url

    def letter(self, incident: Incident, what: str, uuid: str) -> Letter:
        """Return the request for one event; sent twice it changes nothing, for the key is the incident's."""
        del uuid
        body: dict[str, Any] = {
            "routing_key": self._routing_key,
            "event_action": _ACTIONS[what],
            "dedup_key": f"anth-triage-{incident.name}",
            "client": "anth-triage",
        }
        if body["event_action"] == "trigger":
            body["payload"] = {
                "summary": _summary(incident)[:_LONGEST],
                "source": "anth-triage",
                "severity": _SEVERITIES.get(incident.severity, "warning"),
                "timestamp": incident.opened_at.isoformat(),
                "component": "Claude API",
                "custom_details": {"fault": incident.fault, "branch": incident.branch, "lead": incident.lead.name},
            }
        return Letter(url=self._url, headers={"content-type": "application/json"}, body=json_bytes(body))


def _summary(incident: Incident) -> str:
    what = "a private incident" if incident.private else incident.title
    return f"{incident.name} {incident.severity}: {what}"
