"""What people may do to an incident: each function says which event follows, or why none may."""

from dataclasses import dataclass
from datetime import datetime

from bot.errors import BadInput, StaleButton
from bot.incidents.events import Actor, Opened, SeverityChanged, StepAnswered
from bot.incidents.model import Incident
from bot.incidents.walk import Choice, Walk
from bot.incidents.words import is_blank
from bot.rules.evidence import Severity, Verdict
from bot.rules.tree import Option, Tree

SEVERITIES = (Severity.P1, Severity.P2, Severity.P3, Severity.P4)  # those that a person may set
LONGEST_REASON = 500  # characters
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a person says of a new incident, as it was typed; `house` is the channel to run it in, none: one is made."""

    title: str
    severity: str
    impact: str = ""
    affected: str = ""
    private: bool = False
    house: str | None = None


def opened(
    verdict: Verdict, tree: Tree, *, actor: Actor, now: datetime, triage_id: int | None, origin_channel: str | None
) -> Opened:
    """Return the first event of an incident that a person opens from a verdict."""
    return Opened(
        actor=actor,
        happened_at=now,
        title=title_of(verdict),
        severity=verdict.severity,
        rule=verdict.rule,
        provisional=verdict.provisional,
        fault=verdict.fault,
        branch=verdict.branch,
        because=verdict.because,
        step=tree.start,
        triage_id=triage_id,
        origin_channel=origin_channel,
    )


def declared(
    said: Declaration,
    verdict: Verdict | None,
    tree: Tree,
    *,
    actor: Actor,
    now: datetime,
    triage_id: int | None,
    origin_channel: str | None,
) -> Opened:
    """Return the first event of an incident that a person declares in their own words.

    `verdict` is what a recent run measured, if there was one; the severity is the person's all the same. Raises
    BadInput for a title that is missing or too long, or an unknown severity.
    """
    level = _severity_named(said.severity)
    same = verdict if verdict is not None and verdict.severity == level else None
    return Opened(
        actor=actor,
        happened_at=now,
        title=_title(said.title),
        severity=level,
        rule=same.rule if same else None,
        provisional=same.provisional if same else False,
        fault=verdict.fault if verdict else None,
        branch=verdict.branch if verdict else None,
        because=verdict.because if verdict else f"{actor.name} declared it; nothing was measured before.",
        step=tree.start,
        triage_id=triage_id,
        origin_channel=origin_channel,
        impact=said.impact.strip(),
        affected=said.affected.strip(),
        private=said.private,
        house=said.house,
    )


def _title(text: str) -> str:
    title = " ".join(text.split())
    if is_blank(title):
        raise BadInput("The incident needs a title.", "Say in a few words what does not work.", field="title")
    if len(title) > LONGEST_TITLE:
        hint = f"Say it in at most {LONGEST_TITLE}; there is room for more under *Impact*."
        raise BadInput(f"The title has {len(title)} characters.", hint, field="title")
    return title


def title_of(verdict: Verdict) -> str:
    """Return a title from what was measured; people may know better later."""
    what = (verdict.branch or "trouble reported, nothing measured").replace("_", " ").replace(".", ": ")
    return f"Claude API: {what}"


def answered(
    incident: Incident,
    tree: Tree,
    walk: Walk,
    choice: Choice,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
) -> StepAnswered:
    """Return the answer to a question, beside what had been measured by then.

    `reason` is why the person knows better than what was measured; nobody is held up for want of one.

    Raises StaleButton when that question has its answer already or the incident is over, BadButton when the tree
    has no such option any more. Where it has no such step any more the walk stands at its start.
    """
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}.", "The decision tree rests until it is reopened.")
    if choice.index != incident.answers or choice.step != tree.at(incident.step).id:
        by = f", by {incident.answered_by.name}" if incident.answered_by else ""
        raise StaleButton(f"This question has its answer already{by}.", "Go on with the newest message of the tree.")
    step, option = tree.choose(choice.step, choice.option, walk.path)
    suggested = suggested_by(walk, tree, step.id)
    following = tree.step(option.next)
    return StepAnswered(
        actor=actor,
        happened_at=now,
        step=step.id,
        question=step.question,
        option=option.id,
        label=option.label,
        next_step=following.id,
        reached=following.kind,
        branch=following.leaf,
        advice=following.question if following.kind == "advice" else None,
        suggested=suggested.label if suggested else None,
        measured_at=walk.measured.happened_at if walk.measured else None,
        reason=" ".join(reason.split())[:LONGEST_REASON],
    )


def suggested_by(walk: Walk, tree: Tree, step_id: str) -> Option | None:
    """Return the answer for which the last measurement speaks."""
    return tree.suggest(step_id, walk.measured.branch, walk.measured.spread) if walk.measured else None


def severity_changed(
    incident: Incident, *, actor: Actor, now: datetime, to: str, reason: str, seen: str | None
) -> SeverityChanged:
    """Return the change of the severity to `to`; `seen` is the value that the person had before them, if known.

    Raises StaleButton when the incident is over or the value has changed since, BadInput for an unknown severity,
    the same one, or a reason that is missing or too long.
    """
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}.", "Its severity stays as it is.")
    after = _severity_named(to)
    if seen is not None and seen != incident.severity:
        raise StaleButton(
            f"{incident.name} is {incident.severity} by now{_set_by(incident)}; it was {seen} when you looked.",
            "Close this form and open it again if you still want to change it.",
        )
    if after == incident.severity:
        raise BadInput(f"{incident.name} is {after} already{_set_by(incident)}.", "Nothing was changed.")
    return SeverityChanged(
        actor=actor, happened_at=now, before=incident.severity, after=after, reason=_reason(incident, after, reason)
    )


def _severity_named(text: str) -> Severity:
    known = next((severity for severity in SEVERITIES if severity == text.strip().upper()), None)
    if known is None:
        raise BadInput(
            "That is no severity.", "Give one of P1, P2, P3, P4, then the reason: `severity P2 half of all calls fail`."
        )
    return known


def _reason(incident: Incident, after: Severity, text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise BadInput(
            f"Say why {incident.name} should be {after}: the reason stays on the timeline.",
            "Nothing was changed.",
            field="reason",
        )
    if len(reason) > LONGEST_REASON:
        raise BadInput(
            f"The reason has {len(reason)} characters.", f"Say it in at most {LONGEST_REASON}.", field="reason"
        )
    return reason


def _set_by(incident: Incident) -> str:
    return f" (set by {incident.override.by.name})" if incident.override else ""
