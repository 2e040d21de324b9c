"""One question of the decision tree: open with its buttons, or answered without them."""

from bot.incidents.events import StepAnswered
from bot.incidents.model import Incident
from bot.rules.evidence import Fault
from bot.rules.next_steps import HOLD, LOOK_FIRST, ONLY_IF
from bot.rules.taxonomy import Mitigation
from bot.rules.tree import Option, Step
from bot.slack import ids
from bot.slack.cards import blocks as kit

_SNIPPET = 2000  # characters; a test holds every sample of ours to it


def open_step(
    incident: Incident, step: Step, *, advice: tuple[Mitigation, ...], suggested: Option | None
) -> kit.Message:
    """Return the question that waits for an answer; the option that the verdict speaks for stands out."""
    parts = [kit.section(f"*{incident.answers + 1}. {kit.safe(step.question)}*\n{kit.safe(step.detail)}".strip())]
    if incident.fault is Fault.THEIRS and any(item.look for item in advice):
        parts.append(kit.section(f":hand: *{kit.safe(HOLD)}*"))
    parts += [kit.section(_advice(item)) for item in advice[:4]]
    if suggested is not None:
        said = f"The verdict ({kit.safe(incident.branch or 'unknown')}) speaks for “{kit.safe(suggested.label)}”."
        parts.append(kit.context(said))
    if step.option and incident.is_open:
        parts.append(kit.actions(*(_answer(incident, step, option, suggested) for option in step.option)))
    return kit.Message(text=f"{incident.name}: {kit.safe(step.question)}", blocks=parts)


def answered_step(index: int, event: StepAnswered) -> kit.Message:
    """Return a question with its answer: who and when; nothing to press any more."""
    said = f"*{index + 1}. {kit.safe(event.question)}*\n:ballot_box_with_check: {kit.safe(event.label)}"
    by = f"answered by {kit.person(event.actor)} {kit.moment(event.happened_at)}"
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


def _advice(mitigation: Mitigation) -> str:
    steps = kit.bullets((kit.safe(line, 300) for line in mitigation.steps), limit=6)
    # Whole or not at all: half a sample would break the code of whoever pastes it.
    snippet = f"\n```{kit.safe(mitigation.snippet.strip(), _SNIPPET)}```" if mitigation.snippet else ""
    note = f"\n_The runbook is corrected here: {kit.safe(mitigation.corrects, 300)}_" if mitigation.corrects else ""
    look = f"_{LOOK_FIRST[mitigation.look]} {ONLY_IF}:_\n" if mitigation.look else ""
    return f"*{kit.safe(mitigation.title)}*\n{look}{steps}{snippet}{note}"
