"""How bad it is: the value that holds beside the measured one, and the form in which a person changes it."""

from typing import Any

from bot.incidents.decisions import LONGEST_REASON, SEVERITIES
from bot.incidents.model import Incident
from bot.rules.evidence import Severity
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form

_MEANING = {  # the runbook's own four lines, in few words
    Severity.P1: "all requests fail with 500 or 529",
    Severity.P2: "rate limiting (429) or high latency (p99 above 10 s)",
    Severity.P3: "intermittent errors (below 5 %)",
    Severity.P4: "degraded quality, no errors",
}
LABELS = {str(severity): f"{severity}: {_MEANING[severity]}" for severity in SEVERITIES}
"""What a person chooses from, by value."""


def severity_text(incident: Incident) -> str:
    """Return the severity for the card; a value that a person set stands beside the measured one and its rule."""
    level = f"{kit.SEVERITY_SIGN[incident.severity]} {incident.severity}"
    override = incident.override
    if override is None:
        return f"{level}{_provisional(incident)}" + (f"\nrule {kit.safe(incident.rule)}" if incident.rule else "")
    set_by = f"set by {kit.person(override.by)}: {kit.safe(override.reason, 300)}"
    return f"{level} ({set_by}; {measured_text(incident)})"


def measured_text(incident: Incident) -> str:
    """Return what was measured, with its rule."""
    rule = f", rule {kit.safe(incident.rule)}" if incident.rule else ""
    return f"measured {incident.measured_severity}{_provisional(incident)}{rule}"


def severity_form(incident: Incident) -> dict[str, Any]:
    """Return the form that changes the severity; it carries what the person had before them."""
    asks = "What do you know that was not measured?"
    return form.modal(
        ids.SEVERITY_FORM,
        ids.form_value(incident),
        f"Severity of {incident.name}",
        [
            kit.section(f"*Now* {severity_text(incident)}\nThe measured value and its rule stay beside yours."),
            form.field("severity", "Severity", form.choice(LABELS, incident.severity, kind="static_select")),
            form.field("reason", "Reason", form.lines(most=LONGEST_REASON, asks=asks)),
        ],
        submit="Change",
    )


def _provisional(incident: Incident) -> str:
    return " (provisional)" if incident.provisional else ""
