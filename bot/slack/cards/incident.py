"""The incident's card: one pinned message that stays true, and the form that ends the incident."""

from typing import Any

from bot.incidents.model import Incident, Status
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form
from bot.slack.cards.lifecycle import task_line
from bot.slack.cards.links import LINKS
from bot.slack.cards.severity import severity_text
from bot.slack.cards.triage import FAULT

_STATUS_SIGN = {
    Status.INVESTIGATING: ":mag:",
    Status.IDENTIFIED: ":dart:",
    Status.MONITORING: ":eyes:",
    Status.RESOLVED: ":white_check_mark:",
    Status.CLOSED: ":lock:",
}


_NEXT = {
    Status.RESOLVED: "Not over after all? `/anth-triage reopen REASON`. Nothing left to do? `/anth-triage close`.",
    Status.CLOSED: "Closed. `/anth-triage reopen REASON` goes on with it.",
}


def topic(incident: Incident) -> str:
    """Return the channel's topic: at most 250 characters, plain."""
    fault = FAULT.get(incident.fault or "unknown", "not known")
    return kit.cut(f"{incident.name} {incident.severity} {incident.status} | fault: {fault} | {incident.title}", 250)


def incident_card(incident: Incident, *, step_question: str) -> kit.Message:
    """Return the card; `step_question` is where the responders stand in the decision tree."""
    parts = [
        kit.header(f"{incident.name} · {incident.title}"),
        kit.fields(
            ("Status", f"{_STATUS_SIGN[incident.status]} {incident.status}{', private' if incident.private else ''}"),
            ("Severity", severity_text(incident)),
            ("Whose fault", FAULT.get(incident.fault or "unknown", "not known")),
            ("Lead", kit.person(incident.lead)),
            *((role.capitalize(), kit.person(actor)) for role, actor in incident.roles.items()),
            ("Opened", kit.moment(incident.opened_at)),
            ("Acknowledged", kit.person(incident.acknowledged_by) if incident.acknowledged_by else "not yet"),
            ("Resolved", kit.moment(incident.resolved_at) if incident.resolved_at else "not yet"),
        ),
        kit.section(f"*{'Measured because' if incident.override else 'Because'}* {kit.safe(incident.because, 900)}"),
    ]
    told = (("Affected", incident.affected), ("Impact", incident.impact))
    parts += [kit.section(f"*{label}* {kit.safe(said, 900)}") for label, said in told if said]
    if incident.is_open:
        parts.append(kit.section(f"*Now* {kit.safe(step_question)}"))
        resolve = kit.button("Resolve", ids.RESOLVE, ids.value(incident.id), style="primary")
        change = kit.button("Change severity", ids.SEVERITY, ids.value(incident.id))
        ack = kit.button("Acknowledge", ids.ACKNOWLEDGE, ids.value(incident.id))
        update = kit.button("Send update", ids.UPDATE, ids.value(incident.id))
        parts.append(kit.actions(*([] if incident.acknowledged_by else [ack]), resolve, change, update))
    elif incident.exported_at:
        parts.append(kit.section(f"Postmortem shared below {kit.moment(incident.exported_at)}."))
    if incident.updates:
        last = incident.updates[-1]
        parts.append(
            kit.section(f"*Last update* {kit.safe(last.text, 900)}\n_{kit.person(last.by)} {kit.moment(last.at)}_")
        )
    if waiting := [task_line(task) for task in incident.tasks if not task.done]:
        parts.append(kit.section(f"*{'Tasks' if incident.is_open else 'Follow-ups'}*\n{kit.bullets(waiting, limit=5)}"))
    if not incident.is_open:
        parts.append(kit.context(_NEXT[incident.status]))
    parts.append(kit.context(LINKS))
    text = f"{incident.name} is {incident.status}: {incident.severity}, {kit.safe(incident.title)}"
    return kit.Message(text=text, blocks=parts)


def resolve_form(incident_id: int) -> dict[str, Any]:
    """Return the form that ends an incident; what stays empty is left visibly blank in the postmortem."""
    asked = {
        "impact": ("Impact", "What did users experience?"),
        "root_cause": ("Root cause", "What went wrong?"),
        "mitigation": ("Mitigation", "What was done to fix it?"),
        "action_items": ("Action items", "One in each line"),
    }
    fields = [form.field(name, label, form.lines(asks=asks), optional=True) for name, (label, asks) in asked.items()]
    return form.modal(ids.RESOLVE_FORM, ids.value(incident_id), f"Resolve INC-{incident_id}", fields, submit="Resolve")
