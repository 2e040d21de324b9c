"""What people may do with an incident under way: reminders, notes, status, roles, tasks, its new beginning.

Each function returns the event that follows, or says why none may. All raise StaleButton when the incident's status
does not allow it, and BadInput for what cannot be used as it was typed.
"""

from datetime import date, datetime, timedelta
from typing import Final, get_args

from bot.errors import BadInput, StaleButton
from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.events import (
    Acknowledged,
    Actor,
    Closed,
    Noted,
    Reopened,
    Role,
    RoleGiven,
    Snoozed,
    Stage,
    StageSet,
    TaskAdded,
    TaskTicked,
    UpdateSent,
)
from bot.incidents.model import Incident, Status, Task
from bot.incidents.seen import Seen, require_round, require_same
from bot.incidents.words import LONGEST
from bot.rules.evidence import Fault
from bot.rules.tree import Tree

ROLES: Final[tuple[Role, ...]] = get_args(Role)
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
MOST_TASKS: Final = 100
_LAST_ZONE: Final = timedelta(hours=12)  # so long after midnight UTC a day is over everywhere
_OLDEST_NOTE: Final = timedelta(days=30)


def acknowledged(incident: Incident, *, actor: Actor, now: datetime) -> Acknowledged:
    """Return that somebody has the incident in hand; a refusal names who had before."""
    _require_reminding(incident)
    if incident.acknowledged_by is not None:
        raise StaleButton(f"{incident.acknowledged_by.name} has acknowledged {incident.name} already.")
    return Acknowledged(actor=actor, happened_at=now)


def snoozed(incident: Incident, *, actor: Actor, now: datetime, span: timedelta | None) -> Snoozed:
    """Return that reminders are put off for a span, or stopped (None)."""
    _require_reminding(incident)
    return Snoozed(actor=actor, happened_at=now, until=None if span is None else now + span)


def noted(incident: Incident, *, actor: Actor, now: datetime, text: str, at: datetime | None = None) -> Noted:
    """Return a note; `at` is when it happened (UTC), if that was not now. A closed incident takes notes, too."""
    happened_at = at or now
    if happened_at > now:
        raise BadInput("A note tells what has happened; that moment is still to come.", "Nothing was noted.")
    if happened_at < incident.opened_at - _OLDEST_NOTE:
        raise BadInput("That is long before the incident was opened.", "Nothing was noted.")
    return Noted(actor=actor, happened_at=happened_at, text=_said(text, "note", LONGEST))


def update_sent(
    incident: Incident, *, actor: Actor, now: datetime, text: str, next_minutes: int | None, seen: Seen | None = None
) -> UpdateSent:
    """Return that those outside were told how it stands; also after the end, for then comes the last word.

    `seen` is how it stood when the person wrote that: what was true then is told of it no more.
    """
    if incident.status is Status.CLOSED:
        raise StaleButton(f"{incident.name} is closed.", "Reopen it first: `reopen REASON`.")
    require_same(incident, seen)
    return UpdateSent(actor=actor, happened_at=now, text=_said(text, "text", LONGEST), next_minutes=next_minutes)


def update_draft(incident: Incident) -> str:
    """Return what an update may begin with: the last one, or for the first one what is known of the incident."""
    if incident.updates:
        return incident.updates[-1].text
    whose = {Fault.THEIRS: "It lies with the provider.", Fault.OURS: "It lies with us."}
    known = (
        f"{incident.title} ({incident.severity}).",
        f"Impact: {incident.impact}" if incident.impact else "Impact: not known yet.",
        f"Affected: {incident.affected}" if incident.affected else None,
        whose.get(incident.fault or Fault.UNKNOWN, "Where it lies is not known yet."),
        f"Status: {incident.status} since {incident.opened_at:%H:%M} UTC; {incident.lead.name} leads.",
    )
    return "\n".join(line for line in known if line)


def stage_set(incident: Incident, *, actor: Actor, now: datetime, to: str, reason: str = "") -> StageSet:
    """Return the change of an open incident's status; `to` as it was typed."""
    before = _stage(incident)
    after = next((stage for stage in STAGES if stage == to.strip().lower()), None)
    if after is None:
        hint = f"`status` takes {', '.join(STAGES)}; `resolve`, `reopen` and `close` are verbs of their own."
        raise BadInput("An incident has no such status.", hint)
    if after == before:
        raise BadInput(f"{incident.name} is {after} already.", "Nothing was changed.")
    said = _said(reason, "reason", LONGEST_REASON) if reason.strip() else ""
    return StageSet(actor=actor, happened_at=now, before=before, after=after, reason=said)


def role_given(incident: Incident, *, actor: Actor, now: datetime, role: str, to: Actor) -> RoleGiven:
    """Return the passing of a role; `role` as it was typed."""
    _require_open(incident)
    known = next((one for one in ROLES if one.startswith(role.strip().lower()) and len(role.strip()) > 2), None)  # noqa: PLR2004 - "com"
    if known is None:
        raise BadInput(f"There is no role {role[:30]!r}.", f"The roles are {', '.join(ROLES)}.")
    if to == incident.crew.get(known):
        raise BadInput(f"{to.name} has the role {known} already.", "Nothing was changed.")
    return RoleGiven(actor=actor, happened_at=now, role=known, to=to)


def task_added(
    incident: Incident, *, actor: Actor, now: datetime, text: str, owner: Actor | None = None, due: date | None = None
) -> TaskAdded:
    """Return a new task; one that is open when the incident is resolved is a follow-up."""
    if incident.status is Status.CLOSED:
        raise StaleButton(f"{incident.name} is closed.", "Reopen it, or write the task down elsewhere.")
    if len(incident.tasks) >= MOST_TASKS:
        raise BadInput(f"{incident.name} has {MOST_TASKS} tasks.", "Keep the rest where your team plans its work.")
    if due is not None and due < (now - _LAST_ZONE).date():
        raise BadInput(f"{due} is over already.", "Give a day that is still to come: `by 2026-12-01`.")
    said = _said(text, "task", LONGEST_REASON)
    return TaskAdded(actor=actor, happened_at=now, number=len(incident.tasks) + 1, text=said, owner=owner, due=due)


def task_ticked(incident: Incident, *, actor: Actor, now: datetime, number: int, done: bool) -> TaskTicked:
    """Return that a task was done, or was not after all."""
    task = _task(incident, number)
    if task.done == done:
        raise StaleButton(f"Task {number} is {'done' if done else 'open'} already.", "Nothing was changed.")
    return TaskTicked(actor=actor, happened_at=now, number=number, done=done)


def reopened(
    incident: Incident,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    seen: Seen | None = None,
    tree: Tree | None = None,
) -> Reopened:
    """Return that a resolved or closed incident goes on; `seen` is how it stood when the person wrote why.

    Where the walk through the `tree` had come to its end it begins anew.
    """
    if incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}: it is open.", "Nothing was changed.")
    require_round(incident, seen)
    step = tree.start if tree is not None and tree.at(incident.step).end else None
    return Reopened(actor=actor, happened_at=now, reason=_said(reason, "reason", LONGEST_REASON), step=step)


def closed(incident: Incident, *, actor: Actor, now: datetime) -> Closed:
    """Return that nothing is left to do."""
    if incident.status is not Status.RESOLVED:
        hint = "Resolve it first." if incident.is_open else "Nothing was changed."
        raise StaleButton(f"{incident.name} is {incident.status}.", hint)
    return Closed(actor=actor, happened_at=now)


def _stage(incident: Incident) -> Stage:
    _require_open(incident)
    return next(stage for stage in STAGES if stage == incident.status)


def _require_reminding(incident: Incident) -> None:
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}; nothing reminds of it any more.")


def _require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise StaleButton(f"{incident.name} is {incident.status}.", "Reopen it first: `reopen REASON`.")


def _task(incident: Incident, number: int) -> Task:
    task = next((task for task in incident.tasks if task.number == number), None)
    if task is None:
        raise BadInput(f"{incident.name} has no task {number}.", "`task` lists them.")
    return task


def _said(text: str, what: str, longest: int) -> str:
    said = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not said:
        raise BadInput(f"The {what} is empty.", f"Write the {what} behind the verb.", field="text")
    if len(said) > longest:
        raise BadInput(f"The {what} has {len(said)} characters.", f"Say it in at most {longest}.", field="text")
    return said
