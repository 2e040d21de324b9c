"""The incident as the fold of its events: nothing is true of it that no event says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, Final

from bot.incidents import events
from bot.incidents.events import Actor, Event, Role
from bot.incidents.leaked_key import KeyCase
from bot.incidents.leaked_key import after as after_key_event
from bot.incidents.mitigating import Tried, after_mark, after_measurement
from bot.incidents.recovery import Watch, begun, relapsed, watched
from bot.incidents.said import message_key
from bot.incidents.words import corrected
from bot.rules.evidence import Fault, Severity


class Status(StrEnum):
    """Where the incident stands."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"


OVER: Final = (Status.RESOLVED, Status.CLOSED)
"""Where an incident stands that nobody has to do anything about."""
UNDER_WAY: Final = tuple(status for status in Status if status not in OVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's word against the rules': who set the severity, when and why, and what had been `measured`."""

    by: Actor
    at: datetime
    reason: str
    measured: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something to do, with its number in the incident; `owner` and `due` where somebody said so."""

    number: int
    text: str
    owner: Actor | None = None
    due: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was measured last: when (UTC), how bad, whose fault, and why; `wait_until` as Measured has it."""

    at: datetime
    severity: Severity
    fault: Fault | None
    because: str
    wait_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What those outside were told, when (UTC) and by whom; `next_minutes` is when they were promised the next word."""

    by: Actor
    at: datetime
    text: str
    next_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who had the incident in hand, and since when (UTC)."""

    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """The state of one incident; `version` counts the events folded into it, `answers` those to the tree.

    `captured` has the entry (`seq`) of each message on the timeline, by the message's key, `retracted` the entries that
    were taken back. `house` is the channel in which it was to be run, `own_channel` says that one was made for it
    instead. `private` says who may know of it; with `unsure` nobody asked for that, but its house may be private, and
    Slack has not said so yet. `roles` holds those besides the lead. `severity` is the one that holds; `rule`,
    `provisional` and `because` belong to the measured one. `silent` says that reminders were stopped, `snoozed_until`
    to when they were put off; `reminders` counts all that came, `unanswered` those for an acknowledgement. `news`
    counts what measurements told of the end; `relapsed`: it failed again after the last one.

    Each reopening begins another round, in which somebody has to acknowledge anew: `rounds` counts the earlier ones,
    which were open for `lasted_before`, `round_since` is when the present one began (None: at the opening), and
    `first_acknowledgement` what came of the first that anybody had in hand.
    """

    id: int
    version: int
    title: str
    status: Status
    severity: Severity
    rule: str | None
    provisional: bool
    fault: Fault | None
    branch: str | None
    because: str
    opened_by: Actor
    opened_at: datetime
    lead: Actor
    step: str
    answers: int = 0
    triage_id: int | None = None
    origin_channel: str | None = None
    channel_id: str | None = None
    channel_name: str | None = None
    channel_problem: str | None = None
    own_channel: bool = True
    house: str | None = None
    impact: str = ""
    affected: str = ""
    resolved_by: Actor | None = None
    resolved_at: datetime | None = None
    exported_at: datetime | None = None
    private: bool = False
    unsure: bool = False
    acknowledged_by: Actor | None = None
    acknowledged_at: datetime | None = None
    silent: bool = False
    snoozed_until: datetime | None = None
    reminders: int = 0
    unanswered: int = 0
    answered_by: Actor | None = None
    override: Override | None = None
    roles: Mapping[Role, Actor] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    updates: tuple[Update, ...] = ()
    reading: Reading | None = None
    captured: Mapping[str, int] = field(default_factory=dict)
    retracted: tuple[int, ...] = ()
    tried: tuple[Tried, ...] = ()
    key_case: KeyCase | None = None
    watch: Watch = field(default_factory=Watch)
    news: int = 0
    relapsed: bool = False
    rounds: int = 0
    round_since: datetime | None = None
    lasted_before: timedelta = timedelta(0)
    first_acknowledgement: Acknowledgement | None = None

    @property
    def name(self) -> str:
        """Return the name people use: INC-7."""
        return f"INC-{self.id}"

    @property
    def measured_severity(self) -> Severity:
        """Return what the rules said, whatever people have set since."""
        return self.override.measured if self.override else self.severity

    @property
    def is_open(self) -> bool:
        """Return whether somebody still has to do something."""
        return self.status not in OVER

    @property
    def awaits_limit(self) -> bool:
        """Return whether the advice at hand is to wait for a rate limit."""
        return self.status is Status.IDENTIFIED and (self.branch or "").startswith("rate_limit")

    @property
    def is_closed(self) -> bool:
        """Return whether nothing is left to do, not even to look whether it stays well."""
        return self.status is Status.CLOSED

    @property
    def began_at(self) -> datetime:
        """Return when the present round began (UTC)."""
        return self.round_since or self.opened_at

    @property
    def lasted(self) -> timedelta | None:
        """Return how long it was open, all rounds together; None while it is."""
        return None if self.resolved_at is None else self.lasted_before + (self.resolved_at - self.began_at)

    @property
    def first_acknowledged(self) -> Acknowledgement | None:
        """Return who had it in hand first, in whichever round."""
        if self.first_acknowledgement or self.acknowledged_by is None or self.acknowledged_at is None:
            return self.first_acknowledgement
        return Acknowledgement(by=self.acknowledged_by, at=self.acknowledged_at)

    @property
    def crew(self) -> dict[Role, Actor]:
        """Return who has which role, the lead first."""
        return {"lead": self.lead, **self.roles}

    @property
    def people(self) -> tuple[Actor, ...]:
        """Return who works on the incident: who opened or acknowledged it, or has a role or a task in it."""
        first = self.first_acknowledged
        some = (self.acknowledged_by, first.by if first else None, *(task.owner for task in self.tasks))
        return (self.opened_by, *self.crew.values(), *(actor for actor in some if actor is not None))


def _opened(incident_id: int, event: events.Opened) -> Incident:
    return Incident(
        id=incident_id,
        version=1,
        title=event.title,
        status=Status.INVESTIGATING,
        severity=event.severity,
        rule=event.rule,
        provisional=event.provisional,
        fault=event.fault,
        branch=event.branch,
        because=event.because,
        opened_by=event.actor,
        opened_at=event.happened_at,
        lead=event.actor,
        step=event.step,
        triage_id=event.triage_id,
        origin_channel=event.origin_channel,
        private=event.private or event.house is not None,
        unsure=event.house is not None and not event.private,
        house=event.house,
        impact=event.impact,
        affected=event.affected,
    )


def _answered(incident: Incident, event: events.StepAnswered) -> Incident:
    status = {"question": incident.status, "advice": Status.IDENTIFIED, "end": Status.MONITORING}[event.reached]
    return replace(
        incident,
        answers=incident.answers + 1,
        answered_by=event.actor,
        step=event.next_step,
        status=status,
        branch=event.branch or incident.branch,
        watch=begun(incident.watch) if event.reached == "end" else incident.watch,
    )


def _housed(incident: Incident, event: events.ChannelCreated) -> Incident:
    return replace(
        incident,
        channel_id=event.channel_id,
        channel_name=event.name,
        own_channel=event.own,
        channel_problem=None,
        private=event.private or (incident.private and not incident.unsure),
        unsure=False,
    )


def _renamed(incident: Incident, event: events.ChannelRenamed) -> Incident:
    return replace(incident, channel_name=event.name)


def _left_without_a_channel(incident: Incident, event: events.ChannelFailed) -> Incident:
    problem = f"{event.error}: {event.hint}"
    if incident.unsure and event.public:
        return replace(incident, channel_problem=problem, private=False, unsure=False)
    return replace(incident, channel_problem=problem)


def _overridden(incident: Incident, event: events.SeverityChanged) -> Incident:
    override = Override(by=event.actor, at=event.happened_at, reason=event.reason, measured=incident.measured_severity)
    return replace(incident, severity=event.after, override=override)


def _acknowledged(incident: Incident, event: events.Acknowledged) -> Incident:
    return replace(incident, acknowledged_by=event.actor, acknowledged_at=event.happened_at)


def _snoozed(incident: Incident, event: events.Snoozed) -> Incident:
    return replace(incident, silent=event.until is None, snoozed_until=event.until)


def _reminded(incident: Incident, event: events.Reminded) -> Incident:
    return replace(incident, reminders=incident.reminders + 1, unanswered=incident.unanswered + (event.about == "ack"))


def _measured(incident: Incident, event: events.Measured) -> Incident:
    told = Reading(
        at=event.happened_at,
        severity=event.severity,
        fault=event.fault,
        because=event.because,
        wait_until=event.wait_until,
    )
    tried = after_measurement(incident.tried, event)
    return replace(incident, reading=told, watch=watched(incident.watch, event), tried=tried)


def _marked(incident: Incident, event: events.MitigationMarked) -> Incident:
    return replace(incident, tried=after_mark(incident.tried, event))


def _recovered(incident: Incident, _event: events.Recovered) -> Incident:
    return replace(incident, watch=replace(incident.watch, offered=True), news=incident.news + 1)


def _relapsed(incident: Incident, event: events.Relapsed) -> Incident:
    return replace(incident, news=incident.news + 1, relapsed=incident.relapsed or not event.other)


def _updated(incident: Incident, event: events.UpdateSent) -> Incident:
    told = Update(by=event.actor, at=event.happened_at, text=event.text, next_minutes=event.next_minutes)
    return replace(incident, updates=(*incident.updates, told))


def _captured(incident: Incident, event: events.Captured) -> Incident:
    key = message_key(event.channel_id, event.ts)
    return replace(incident, captured={**incident.captured, key: incident.version + 1})


def _retracted(incident: Incident, event: events.Retracted) -> Incident:
    return replace(incident, retracted=(*incident.retracted, event.seq))


def _staged(incident: Incident, event: events.StageSet) -> Incident:
    watch = begun(incident.watch) if event.after == "monitoring" else incident.watch
    return replace(incident, status=Status(event.after), watch=watch)


def _resolved(incident: Incident, event: events.Resolved) -> Incident:
    return replace(incident, status=Status.RESOLVED, resolved_by=event.actor, resolved_at=event.happened_at)


def _reopened(incident: Incident, event: events.Reopened) -> Incident:
    return replace(
        incident,
        status=Status.INVESTIGATING,
        step=event.step or incident.step,
        rounds=incident.rounds + 1,
        round_since=event.happened_at,
        lasted_before=incident.lasted or incident.lasted_before,
        first_acknowledgement=incident.first_acknowledged,
        acknowledged_by=None,
        acknowledged_at=None,
        silent=False,
        snoozed_until=None,
        unanswered=0,
        resolved_by=None,
        resolved_at=None,
        watch=relapsed(incident.watch),
        relapsed=False,
    )


def _closed(incident: Incident, _event: events.Closed) -> Incident:
    return replace(incident, status=Status.CLOSED)


def _given(incident: Incident, event: events.RoleGiven) -> Incident:
    if event.role == "lead":
        return replace(incident, lead=event.to)
    return replace(incident, roles={**incident.roles, event.role: event.to})


def _tasked(incident: Incident, event: events.TaskAdded) -> Incident:
    task = Task(number=event.number, text=event.text, owner=event.owner, due=event.due)
    return replace(incident, tasks=(*incident.tasks, task))


def _ticked(incident: Incident, event: events.TaskTicked) -> Incident:
    tasks = (replace(task, done=event.done) if task.number == event.number else task for task in incident.tasks)
    return replace(incident, tasks=tuple(tasks))


def _exported(incident: Incident, event: events.PostmortemExported) -> Incident:
    return replace(incident, exported_at=event.happened_at)


_CHANGES: Mapping[type[Event], Callable[[Incident, Any], Incident]] = {
    events.StepAnswered: _answered,
    events.MitigationMarked: _marked,
    events.SeverityChanged: _overridden,
    events.ChannelCreated: _housed,
    events.ChannelRenamed: _renamed,
    events.ChannelFailed: _left_without_a_channel,
    events.Acknowledged: _acknowledged,
    events.Snoozed: _snoozed,
    events.Reminded: _reminded,
    events.Measured: _measured,
    events.UpdateSent: _updated,
    events.Captured: _captured,
    events.Retracted: _retracted,
    events.StageSet: _staged,
    events.Resolved: _resolved,
    events.Recovered: _recovered,
    events.Relapsed: _relapsed,
    events.Reopened: _reopened,
    events.Closed: _closed,
    events.RoleGiven: _given,
    events.TaskAdded: _tasked,
    events.TaskTicked: _ticked,
    events.PostmortemExported: _exported,
}
"""What each kind of event makes of the incident; the others leave its state as it is."""


def _changed(incident: Incident, event: Event) -> Incident:
    change = _CHANGES.get(type(event))
    return incident if change is None else change(incident, event)


def apply(incident_id: int, incident: Incident | None, event: Event) -> Incident:
    """Return the incident after the event.

    A correction or an erasure changes what earlier events say: after these only `fold` knows the state.
    Raises ValueError when the first event is not Opened or a later one is.
    """
    if isinstance(event, events.Opened) != (incident is None):
        raise ValueError("an incident begins with Opened, once")
    if isinstance(event, events.Opened):
        return _opened(incident_id, event)
    assert incident is not None  # noqa: S101 - the check above says so; this tells the type checker
    key_case = after_key_event(incident.key_case, event)
    return replace(_changed(incident, event), key_case=key_case, version=incident.version + 1)


def fold(incident_id: int, story: Iterable[Event]) -> Incident | None:
    """Return the state that these events (all, from the first) add up to, corrections included; None for no event."""
    empty: Incident | None = None
    return reduce(lambda state, event: apply(incident_id, state, event), corrected(story), empty)
