"""The incident's card: one pinned message that stays true."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from bot.incidents.model import Incident, Status
from bot.incidents.words import LONGEST
from bot.rules.recovery import Recovery
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards.checklist import tried_text
from bot.slack.cards.ending import recovery_text
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


_SHOWN = 900  # characters of each text that people or the rules wrote


def topic(incident: Incident) -> str:
    """Return the channel's topic: at most 250 characters, plain."""
    fault = FAULT.get(incident.fault or "unknown", "not known")
    return kit.cut(f"{incident.name} {incident.severity} {incident.status} | fault: {fault} | {incident.title}", 250)


def incident_card(
    incident: Incident,
    *,
    step_question: str,
    recovery: Recovery,
    acknowledge_by: datetime | None = None,
    update_by: datetime | None = None,
) -> kit.Message:
    """Return the card: `step_question` is where the responders stand in the tree, `recovery` when it may be resolved.

    The others are the next deadlines.
    """
    parts = [
        kit.header(f"{incident.name} · {incident.title}"),
        kit.fields(
            ("Status", f"{_STATUS_SIGN[incident.status]} {incident.status}{', private' if incident.private else ''}"),
            ("Severity", severity_text(incident)),
            ("Whose fault", FAULT.get(incident.fault or "unknown", "not known")),
            ("Lead", kit.person(incident.lead)),
            *((role.capitalize(), kit.person(actor)) for role, actor in incident.roles.items()),
            (
                "Opened",
                kit.moment(incident.opened_at) + (f" ({kit.ago(incident.opened_at)})" if incident.is_open else ""),
            ),
            ("Acknowledged", kit.person(incident.acknowledged_by) if incident.acknowledged_by else "not yet"),
            *_end(incident),
            *_deadline(incident, acknowledge_by, update_by),
        ),
        kit.section(f"*{'Measured because' if incident.override else 'Because'}* {kit.safe(incident.because, _SHOWN)}"),
        *_last_reading(incident),
    ]
    told = (("Affected", incident.affected), ("Impact", incident.impact))
    parts += [kit.section(f"*{label}* {kit.safe(said, _SHOWN)}") for label, said in told if said]
    if incident.is_open:
        parts.append(kit.section(f"*Now* {kit.safe(step_question)}"))
        if said := recovery_text(incident, recovery):
            parts.append(kit.section(f"*Recovery* {said}"))
        offered: Literal["primary"] | None = None if incident.watch.lacks(recovery) else "primary"
        resolve = kit.button("Resolve", ids.RESOLVE, ids.value(incident.id), style=offered)
        change = kit.button("Change severity", ids.SEVERITY, ids.value(incident.id))
        ack = kit.button("Acknowledge", ids.ACKNOWLEDGE, ids.value(incident.id))
        update = kit.button("Send update", ids.UPDATE, ids.value(incident.id))
        parts.append(kit.actions(*([] if incident.acknowledged_by else [ack]), resolve, change, update))
    else:
        parts += _postmortem(incident)
    if tried := tried_text(incident):
        parts.append(kit.section(f"*Tried*\n{tried}"))
    if incident.updates:
        last = incident.updates[-1]
        parts.append(
            kit.section(f"*Last update* {kit.safe(last.text, _SHOWN)}\n_{kit.person(last.by)} {kit.moment(last.at)}_")
        )
    if waiting := [task_line(task) for task in incident.tasks if not task.done]:
        parts.append(kit.section(f"*{'Tasks' if incident.is_open else 'Follow-ups'}*\n{kit.bullets(waiting, limit=5)}"))
    if not incident.is_open:
        parts.append(kit.context(_NEXT[incident.status]))
    whole = (incident.because, incident.affected, incident.impact, *(update.text for update in incident.updates[-1:]))
    if any(len(kit.safe(text, _SHOWN)) < len(kit.safe(text, 2 * LONGEST)) for text in whole):
        parts.append(kit.context("Shortened here: `/anth-triage export` shares the whole."))
    parts.append(kit.context(LINKS))
    text = f"{incident.name} is {incident.status}: {incident.severity}, {kit.safe(incident.title)}"
    return kit.Message(text=text, blocks=parts)


def _postmortem(incident: Incident) -> Iterator[kit.Block]:
    """Yield what is left to do once it is over: finishing the postmortem, and sharing it anew."""
    if incident.exported_at:
        yield kit.section(f"Postmortem shared below {kit.moment(incident.exported_at)}.")
    style: Literal["primary"] | None = "primary" if incident.status is Status.RESOLVED else None
    write = kit.button("Write postmortem", ids.WRITE, ids.value(incident.id), style=style)
    yield kit.actions(write, kit.button("Share postmortem", ids.SHARE, ids.value(incident.id)))


def _end(incident: Incident) -> Iterator[tuple[str, str]]:
    if incident.resolved_at is not None and incident.lasted is not None:
        yield "Resolved", f"{kit.moment(incident.resolved_at)}, after {kit.span(incident.lasted)}"


def _deadline(
    incident: Incident, acknowledge_by: datetime | None, update_by: datetime | None
) -> Iterator[tuple[str, str]]:
    """Yield the next deadline of an open incident: the acknowledgement before the update."""
    if not incident.is_open:
        return
    if acknowledge_by is not None and incident.acknowledged_at is None:
        yield "Next deadline", f"acknowledge by {kit.moment(acknowledge_by)}"
    elif update_by is not None:
        yield "Next deadline", f"a word by {kit.moment(update_by)}"
    elif incident.silent:
        yield "Next deadline", "none: reminders are stopped"


def _last_reading(incident: Incident) -> list[kit.Block]:
    """Return what was measured last, when that says more than the line before it."""
    reading = incident.reading
    if reading is None or reading.because == incident.because:
        return [] if reading is None else [kit.context(f"Measured {kit.ago(reading.at)}.")]
    said = f"{reading.severity}. {kit.safe(reading.because, 600)}"
    return [kit.section(f"*Last measured* {kit.ago(reading.at)}: {said}")]
