"""What people may do to an incident: each function says which event follows, or why none may."""

from datetime import datetime

from bot.errors import StaleButton
from bot.incidents.events import Actor, Measured, Opened, Resolved, StepAnswered
from bot.incidents.model import Incident
from bot.rules.evidence import Evidence, Verdict
from bot.rules.recent import FIRST_FAILURE
from bot.rules.tree import Tree


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


def title_of(verdict: Verdict) -> str:
    """Return a title from what was measured; people may know better later."""
    what = (verdict.branch or "trouble reported, nothing measured").replace("_", " ").replace(".", ": ")
    return f"Claude API: {what}"


def measured(verdict: Verdict, evidence: tuple[Evidence, ...], *, actor: Actor, now: datetime) -> Measured:
    """Return the event that puts a triage's result on the timeline, at the moment it was measured."""
    failures = [sample.at for item in evidence for sample in item.samples if sample.branch is not None]
    failures += [datetime.fromisoformat(item.facts[FIRST_FAILURE]) for item in evidence if FIRST_FAILURE in item.facts]
    return Measured(
        actor=actor,
        happened_at=now,
        severity=verdict.severity,
        fault=verdict.fault,
        branch=verdict.branch,
        because=verdict.because,
        samples_total=verdict.samples.total,
        samples_failed=verdict.samples.failed,
        checks=tuple(f"{item.check.replace('_', ' ')}: {item.status} - {item.summary}" for item in evidence),
        request_ids=verdict.request_ids,
        first_failure_at=min(failures, default=None),
    )


def answered(
    incident: Incident, tree: Tree, *, index: int, step_id: str, option_id: str, actor: Actor, now: datetime
) -> StepAnswered:
    """Return the answer to the n-th question (`index`, from 0).

    Raises StaleButton when that question has its answer already or the incident is over, BadButton when the tree
    has no such step or option any more.
    """
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}.", "The decision tree rests until it is reopened.")
    if index != incident.answers or step_id != incident.step:
        raise StaleButton("This question has its answer already.", "Go on with the newest message of the tree.")
    step, option = tree.choose(step_id, option_id)
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
    )


def resolved(
    incident: Incident,
    *,
    actor: Actor,
    now: datetime,
    impact: str,
    root_cause: str,
    mitigation: str,
    action_items: tuple[str, ...],
) -> Resolved:
    """Return the end of the incident; raises StaleButton when it is over already."""
    if not incident.is_open:
        by = f" by {incident.resolved_by.name}" if incident.resolved_by else ""
        raise StaleButton(f"{incident.name} was resolved already{by}.", "Nothing was changed.")
    return Resolved(
        actor=actor,
        happened_at=now,
        impact=impact,
        root_cause=root_cause,
        mitigation=mitigation,
        action_items=action_items,
    )
