"""One question of the decision tree: open with its buttons, or answered without them."""

from datetime import datetime
from typing import Any, Final

from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.events import Measured, StepAnswered
from bot.incidents.model import Incident
from bot.rules.evidence import Fault
from bot.rules.next_steps import HOLD
from bot.rules.taxonomy import Mitigation
from bot.rules.tree import Option, Step
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form
from bot.slack.cards.checklist import Own, checklist

_NOTHING: Final = Own()
_MEASURING = "Measuring now, the advice comes with the result in some seconds."
REVOKE = "revoke_key"
"""The mitigation for which there is a procedure of its own."""
_MOST = 9  # mitigations of one leaf; a test holds the rules that we ship to it


def open_step(
    incident: Incident,
    step: Step,
    *,
    advice: tuple[Mitigation, ...],
    suggested: Option | None,
    measured: Measured | None = None,
    measuring: bool = False,
    beside: tuple[Option, ...] = (),
    own: Own = _NOTHING,
    now: datetime | None = None,
) -> kit.Message:
    """Return the question that waits for an answer, beside what was `measured` last.

    The option for which that speaks stands out. While it is `measuring` anew the advice waits. `beside` are the
    answers that lead back and past the question, `own` is what the team has said; from `now` (UTC) a wait counts down.
    """
    parts = [kit.section(f"*{incident.answers + 1}. {kit.safe(step.question)}*\n{kit.safe(step.detail)}".strip())]
    parts.append(kit.context(_measured(measured, suggested, measuring=measuring)))
    if not measuring:
        fault = measured.fault if measured is not None else incident.fault
        if fault is Fault.THEIRS and any(item.look for item in advice):
            parts.append(kit.section(f":hand: *{kit.safe(HOLD)}*"))
        for item in advice[:_MOST]:
            parts += checklist(incident, item, own)
        parts += _waiting(incident, measured, now)
    if incident.is_open:
        answers = [_answer(incident, step, option, suggested) for option in step.option]
        parts += [kit.actions(*answers)] if answers else []
        measure = kit.button("Not sure: measure", ids.MEASURE, ids.value(incident.id), says="Measure now")
        if REVOKE in step.mitigations and incident.key_case is None:
            begin = kit.button("Begin the key procedure", ids.KEY, ids.value(incident.id, ""), style="danger")
            parts.append(kit.actions(begin))
        parts.append(kit.actions(measure, *(_answer(incident, step, option, None) for option in beside)))
    return kit.Message(text=f"{incident.name}: {kit.safe(step.question)}", blocks=parts)


def _measured(measured: Measured | None, suggested: Option | None, *, measuring: bool) -> str:
    """Return what was measured last, how old it is, and what it speaks for."""
    if measured is None:
        return f":hourglass_flowing_sand: {_MEASURING}" if measuring else "Nothing has been measured yet."
    told = f"Measured {kit.ago(measured.happened_at)}: {kit.safe(measured.because)}"
    if measuring:
        return f"{told}\n:hourglass_flowing_sand: {_MEASURING}"
    if suggested is None:
        return told
    return f"{told}\nThat ({kit.safe(measured.branch or 'unknown')}) speaks for “{kit.safe(suggested.label)}”."


def reason_form(button: str, event: StepAnswered) -> dict[str, Any]:
    """Return the form that asks why somebody answers other than what was measured; it carries the `button`'s value."""
    measured = f"The measurement speaks for “{kit.safe(event.suggested or '')}”; you chose “{kit.safe(event.label)}”."
    asks = form.lines(most=LONGEST_REASON, asks="What do you see that was not measured?")
    blocks = [kit.section(f"*{kit.safe(event.question)}*\n{measured}"), form.field("reason", "Why?", asks)]
    return form.modal(ids.ANSWER_FORM, button, "Against the measurement", blocks, submit="Answer")


def answered_step(index: int, event: StepAnswered) -> kit.Message:
    """Return a question with its answer: who and when; nothing to press any more."""
    said = f"*{index + 1}. {kit.safe(event.question)}*\n:ballot_box_with_check: {kit.safe(event.label)}"
    by = f"answered by {kit.person(event.actor)} {kit.moment(event.happened_at)}"
    if event.disagrees:
        by += f"; the measurement spoke for “{kit.safe(event.suggested or '')}”"
    if event.reason:
        said += f"\n> {kit.safe(event.reason, LONGEST_REASON).replace(chr(10), ' ')}"
    return kit.Message(
        text=f"{kit.safe(event.question)}: {kit.safe(event.label)}", blocks=[kit.section(said), kit.context(by)]
    )


def _answer(incident: Incident, step: Step, option: Option, suggested: Option | None) -> kit.Block:
    return kit.button(
        option.label,
        f"{ids.ANSWER}{option.id}",
        ids.step_value(incident.id, incident.answers, step.id, option.id),
        style="primary" if option == suggested else None,
        says=f"Answer: {option.label}",
    )


def _waiting(incident: Incident, measured: Measured | None, now: datetime | None) -> list[kit.Block]:
    """Return how long the provider, or a bucket's refill, asks to wait; nothing when it does not, or that is over."""
    if measured is None or measured.wait_until is None or now is None or not incident.awaits_limit:
        return []
    left = round((measured.wait_until - now).total_seconds())
    if left <= 0:
        return []
    until = kit.moment(measured.wait_until)
    return [kit.section(f":hourglass: *{left} s to wait*, until {until}: so long asks the limit. Then it is measured.")]
