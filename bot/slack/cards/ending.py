"""The end of an incident: how far measurements speak for it, the offer to resolve, the doubt, and their forms."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.events import Recovered, Relapsed
from bot.incidents.model import Incident, Status
from bot.incidents.writing import Draft, Form
from bot.rules.recovery import RELAPSE, Recovery
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form as fields
from bot.slack.cards.parts import Writing

_ASKED = {
    "impact": ("Impact", "What did users experience?"),
    "root_cause": ("Root cause", "What went wrong?"),
    "mitigation": ("Mitigation", "What was done to fix it?"),
}
WRITTEN = tuple(_ASKED)
"""The parts of the postmortem that the form asks for."""
_SHOWN = 600


def recovery_text(incident: Incident, rule: Recovery) -> str:
    """Return how far measurements speak for the end, and what measuring may still cost; empty before one watches."""
    watch = incident.watch
    if not incident.is_open or (incident.status is not Status.MONITORING and not watch.clean):
        return ""
    lacks = watch.lacks(rule)
    gone = (
        f" Out of use by now, so not measured again: {kit.safe(', '.join(watch.gone), _SHOWN)}." if watch.gone else ""
    )
    row = f"{watch.clean} clean measurements in a row over {kit.span(watch.lasted)}"
    said = f"{row}: it can be resolved." if not lacks else f"{kit.safe('; '.join(lacks), _SHOWN)}."
    said += gone
    if incident.status is not Status.MONITORING:
        return said
    left = max(rule.most - watch.measured, 0)
    again = f"Measured again every {kit.span(rule.every)}, {left} more times, for at most ${left * rule.cost_usd:.2f}."
    return f"{said}\n{again if left else 'No more measurements come by themselves: press *Not sure: measure*.'}"


def afterwards_text(incident: Incident, rule: Recovery) -> str:
    """Return how long, how often and for how much the bot goes on measuring after the end; empty when it does not."""
    if incident.status is not Status.RESOLVED or incident.resolved_at is None or incident.relapsed:
        return ""
    times, until = rule.most_afterwards, kit.moment(incident.resolved_at + RELAPSE)
    cost = f"at most {times} times, for at most ${times * rule.cost_usd:.2f}"
    every = kit.span(rule.every_afterwards)
    return f"Whether it stays well is measured every {every} until {until}, {cost}; `/anth-triage close` ends that."


def recovered_card(incident: Incident, event: Recovered) -> kit.Message:
    """Return the offer to resolve; once the incident is over, or fails again, it offers nothing any more."""
    said = f"{incident.name} {event.sentence().removeprefix('measured the ')}"
    if not incident.is_open or not incident.watch.offered:
        why = f"{incident.name} is {incident.status}." if not incident.is_open else "It failed again after that."
        return _past(said, why)
    resolve = kit.button("Resolve", ids.RESOLVE, ids.value(incident.id), style="primary")
    whom = kit.person(incident.lead)
    text = f":large_green_circle: {whom} *It seems to be over.* {kit.safe(said, _SHOWN)}. Nothing resolves by itself."
    return kit.Message(text=kit.safe(said), blocks=[kit.section(text), kit.actions(resolve)])


def relapsed_card(incident: Incident, event: Relapsed) -> kit.Message:
    """Return the proposal to reopen; once somebody did, or closed the incident, it proposes nothing any more.

    What is somebody else's fault than what was resolved is mostly another incident: that is proposed first.
    """
    what, who = "It fails again.", f"{incident.name} fails again"
    if event.other:
        what, who = "Something else fails now.", f"Something else fails now than in {incident.name}"
    said = f"{who}: {event.because}"
    if incident.status is not Status.RESOLVED or not (event.other or incident.relapsed):
        return _past(said, f"{incident.name} is {incident.status}.")
    if event.other:
        buttons = [
            kit.button("Open another incident", ids.DECLARE, ids.value(0), style="primary"),
            kit.button(f"Reopen {incident.name}", ids.REOPEN, ids.value(incident.id)),
        ]
    else:
        buttons = [kit.button("Reopen", ids.REOPEN, ids.value(incident.id), style="primary")]
    text = f":repeat: {kit.person(incident.lead)} *{what}* {kit.safe(event.because, _SHOWN)}"
    return kit.Message(text=kit.safe(said), blocks=[kit.section(text), kit.actions(*buttons)])


def _past(said: str, why: str) -> kit.Message:
    return kit.Message(text=kit.safe(said), blocks=[kit.context(f"~{kit.safe(said, _SHOWN)}~ {kit.safe(why)}")])


def resolve_form(
    incident: Incident,
    lacks: Sequence[str],
    drafts: Mapping[str, Draft] | None = None,
    *,
    key_steps: Sequence[str] = (),
    form: Form | None = None,
    both: Mapping[str, Draft | None] | None = None,
) -> dict[str, Any]:
    """Return the form that ends an incident; what stays empty is left visibly blank in the postmortem.

    While its end is not measured (`lacks` says what is missing) the form asks why it is over all the same. `drafts` is
    what people have written of it already, `key_steps` what is left of the procedure for a key; `form` what a person
    wrote while others wrote `both`.
    """
    blocks: list[kit.Block] = []
    if lacks:
        missing = kit.bullets(kit.safe(one, 300) for one in lacks)
        blocks.append(kit.section(f":warning: *Its end is not measured yet.*\n{missing}"))
        asks = fields.lines(most=LONGEST_REASON, asks="What do you know that was not measured?")
        blocks.append(fields.field("early", "Why is it over all the same?", asks))
    if key_steps:
        steps = kit.bullets(kit.safe(one, 300) for one in key_steps)
        blocks.append(
            kit.section(f":key: *The procedure for the key ends unfinished with the incident.* Left:\n{steps}")
        )
    written = Writing(drafts=drafts or {}, form=form, both=both or {})
    blocks += written.warning({part: label for part, (label, _) in _ASKED.items()})
    for part, (label, question) in _ASKED.items():
        blocks += written.part(part, label, question, anew=incident.version if both else "")
    todo = fields.lines(asks="One in each line; each becomes a task")
    blocks.append(fields.field("action_items", "Action items", todo, optional=True))
    title = f"Resolve {incident.name}"
    return fields.modal(ids.RESOLVE_FORM, ids.ending_value(incident), title, blocks, submit="Resolve")


def reopen_form(incident: Incident) -> dict[str, Any]:
    """Return the form in which a person goes on with an incident; what was measured stands in it as the reason."""
    known = incident.reading.because if incident.relapsed and incident.reading else ""
    reason = fields.lines(kit.cut(known, LONGEST_REASON), most=LONGEST_REASON, asks="What shows that it is not over?")
    blocks = [fields.field("text", "Reason", reason)]
    return fields.modal(ids.REOPEN_FORM, ids.form_value(incident), f"Reopen {incident.name}", blocks, submit="Reopen")
