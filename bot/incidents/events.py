"""What happened in an incident: facts in the past tense, which together are its timeline and its state."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from bot.rules.api_keys import ApiKey, Hour
from bot.rules.evidence import Fault, PageIncident, Severity


class _Free:
    """Marks what a person wrote in their own words: it may be corrected by a later event, and erased."""


FREE = _Free()
Words = Annotated[str, FREE]
Source = Literal["system", "person", "measured"]
Role = Literal["lead", "communications", "scribe"]
Mark = Literal["taken", "done", "undone"]
"""How a mitigation may be marked."""
Stage = Literal["investigating", "identified", "monitoring"]
"""Where an open incident may stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it: a Slack user id with the name it had then, or the bot itself."""

    id: str
    name: str


BOT = Actor(id="bot", name="anth-triage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every event has: who, and the moment (UTC) at which it happened."""

    actor: Actor
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(Fact):
    """A person declared the incident, with what the triage had said, if there was one.

    `house` is the channel in which it is to be run, none: one is made for it. `private` is what the person asked for:
    while nobody knows whether the house is private, the incident counts as that all the same.
    """

    kind: Literal["opened"] = "opened"
    source: Source = "person"
    title: Words
    severity: Severity
    rule: str | None
    provisional: bool
    fault: Fault | None
    branch: str | None
    because: str
    step: str
    triage_id: int | None
    origin_channel: str | None
    impact: Words = ""
    affected: Words = ""
    private: bool = False
    house: str | None = None

    def sentence(self) -> str:
        """Return the event as people read it."""
        what = f"opened the {'private ' if self.private else ''}incident as {self.severity}: {self.title}"
        told = (("Affected", self.affected), ("Impact", self.impact))
        return " ".join([what, *(f"{label}: {said}" for label, said in told if said)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSeen:
    """What our own requests to one model gave: how many, how many failed, how many were clean but slow.

    `compared` marks one that nobody configured, asked only to tell a model's trouble from the API's.
    """

    model: str
    total: int
    failed: int
    slow: int = 0
    compared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """The failed attempts of one kind in a measurement: how many, when the first and the last (UTC), and of what.

    `request_ids` (the first ten) and the `headers` of one answer (names that the provider's support asks for, no
    others) are what the provider can look up.
    """

    branch: str
    count: int
    first_at: datetime
    last_at: datetime
    statuses: tuple[int, ...] = ()
    models: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Fact):
    """The bot measured: the verdict, one line for each check, and the request ids by error.

    `models` is what each model gave, `failures` what failed, by leaf; `latency_s` is the median of the clean attempts.
    `provider` names the open incidents of the provider's page that concern the API, None when the page said nothing;
    `page` are these incidents with the provider's words. `contradicted`: production's own evidence said meanwhile that
    it fails. `wait_until` (UTC) is when the provider, or a bucket's refill, lets us try again. `began_at` (UTC) is when
    the first request was sent, `in_use` are the models that the team used then; older entries do not say.
    """

    kind: Literal["measured"] = "measured"
    source: Source = "measured"
    severity: Severity
    fault: Fault | None
    branch: str | None
    because: str
    samples_total: int
    samples_failed: int
    checks: tuple[str, ...]
    request_ids: tuple[str, ...]
    first_failure_at: datetime | None
    models: tuple[ModelSeen, ...] = ()
    failures: tuple[Failing, ...] = ()
    latency_s: float | None = None
    provider: tuple[str, ...] | None = None
    page: tuple[PageIncident, ...] = ()
    contradicted: bool = False
    wait_until: datetime | None = None
    began_at: datetime | None = None
    in_use: tuple[str, ...] = ()

    @property
    def spread(self) -> Literal["one", "all"] | None:
        """Return whether one model fails while another works, or all do; None when that was not told apart."""
        seen = [one for one in self.models if one.total]
        failing = [one for one in seen if one.failed]
        if len(seen) < 2 or not failing:  # noqa: PLR2004 - one alone is neither
            return None
        return "all" if len(failing) == len(seen) else "one"

    def sentence(self) -> str:
        """Return the event as people read it."""
        whose = {"theirs": "the provider's", "ours": "ours", "mixed": "partly ours", None: "nobody's"}
        fault = whose.get(self.fault, "unknown")
        return f"measured: {self.branch or 'no failure'}, fault {fault}, {self.severity}. {self.because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceReported(Fact):
    """A person said what production sees; `said` is the report in one sentence, `text` the error as it was pasted.

    `since` (UTC) is when it began in production, as that person knows it.
    """

    kind: Literal["evidence_reported"] = "evidence_reported"
    source: Source = "person"
    said: Words
    branch: str | None = None
    text: Words = ""
    since: datetime | None = None

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"reported of production: {self.said}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Fact):
    """A person has the incident in hand: response-time reminders end."""

    kind: Literal["acknowledged"] = "acknowledged"
    source: Source = "person"

    def sentence(self) -> str:
        """Return the event as people read it."""
        return "acknowledged the incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed(Fact):
    """A person put reminders off until a moment (UTC), or stopped them (None)."""

    kind: Literal["snoozed"] = "snoozed"
    source: Source = "person"
    until: datetime | None

    def sentence(self) -> str:
        """Return the event as people read it."""
        return "stopped the reminders" if self.until is None else f"put reminders off until {self.until:%H:%M} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(Fact):
    """The bot reminded of what is missing: an acknowledgement or an update; `told` is who was escalated to."""

    kind: Literal["reminded"] = "reminded"
    source: Source = "system"
    about: Literal["ack", "update"]
    level: int
    told: str | None

    def sentence(self) -> str:
        """Return the event as people read it."""
        what = "nobody has acknowledged" if self.about == "ack" else "no update came for long"
        return f"reminded: {what}" + (f", level {self.level}" if self.level else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated(Fact):
    """The incident's channel exists; `own` says that it was made for it, and is not one that people had before.

    In a `private` one the incident is private from then on; that its house is not lifts what was feared until then.
    """

    kind: Literal["channel_created"] = "channel_created"
    source: Source = "system"
    channel_id: str
    name: str
    own: bool = True
    private: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"created the channel #{self.name}" if self.own else f"moved into the channel #{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRenamed(Fact):
    """Somebody gave the incident's channel another name; Slack does not say who."""

    kind: Literal["channel_renamed"] = "channel_renamed"
    source: Source = "system"
    name: str

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"found the channel under its new name #{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFailed(Fact):
    """Slack refused the incident's channel; `hint` says what to mend. `public`: everybody sees its house."""

    kind: Literal["channel_failed"] = "channel_failed"
    source: Source = "system"
    error: str
    hint: str
    public: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"could not create a channel ({self.error}). {self.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnswered(Fact):
    """A person answered a question of the decision tree; `reached` says what the answer led to.

    `suggested` is the answer for which the last measurement spoke, that of `measured_at` (UTC); `reason` is why the
    person knows better.
    """

    kind: Literal["step_answered"] = "step_answered"
    source: Source = "person"
    step: str
    question: str
    option: str
    label: str
    next_step: str
    reached: Literal["question", "advice", "end"]
    branch: str | None = None
    advice: str | None = None
    suggested: str | None = None
    measured_at: datetime | None = None
    reason: Words = ""

    def sentence(self) -> str:
        """Return the event as people read it."""
        said = f"answered “{self.question}” with “{self.label}”"
        if self.disagrees:
            said = f"{said}; the measurement spoke for “{self.suggested}”"
        return f"{said}: {self.reason}" if self.reason else said

    @property
    def disagrees(self) -> bool:
        """Tell whether the person answered other than what was measured speaks for."""
        return self.suggested is not None and self.suggested != self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationMarked(Fact):
    """A person took a mitigation in hand, did it, or undid it; `measurable`: the bot's probes can see the effect."""

    kind: Literal["mitigation_marked"] = "mitigation_marked"
    source: Source = "person"
    mitigation: str
    title: str
    mark: Mark
    measurable: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return {"taken": "took in hand", "done": "did", "undone": "undid"}[self.mark] + f": {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChanged(Fact):
    """A person set the severity by hand and said why."""

    kind: Literal["severity_changed"] = "severity_changed"
    source: Source = "person"
    before: Severity
    after: Severity
    reason: Words

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"changed the severity from {self.before} to {self.after}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Fact):
    """A person wrote down what they saw or did; `happened_at` may lie before the moment of writing."""

    kind: Literal["noted"] = "noted"
    source: Source = "person"
    text: Words

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"noted: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured(Fact):
    """A message was put on the timeline by `actor`; `happened_at` is when `author` said it.

    `thread_ts` is the message that it replies to: replies under a marked message follow it by themselves. One that came
    `by_mark` stays while anybody marks it.
    """

    kind: Literal["captured"] = "captured"
    source: Source = "person"
    author: Actor
    text: Words
    channel_id: str
    ts: str
    thread_ts: str | None = None
    permalink: str | None = None
    by_mark: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"{self.author.name} {'replied' if self.thread_ts else 'said'}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracted(Fact):
    """An entry (`seq`) was taken back, with the reason; it stays where it stood, marked as that."""

    kind: Literal["retracted"] = "retracted"
    source: Source = "person"
    seq: int
    reason: Words

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"took entry {self.seq} back: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSent(Fact):
    """A person told those outside how it stands; the next word comes within `next_minutes`, where that was said."""

    kind: Literal["update_sent"] = "update_sent"
    source: Source = "person"
    text: Words
    next_minutes: int | None = None

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"sent an update: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSet(Fact):
    """A person said where the incident stands; `reason` may be empty."""

    kind: Literal["stage_set"] = "stage_set"
    source: Source = "person"
    before: Stage
    after: Stage
    reason: Words = ""

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"set the status from {self.before} to {self.after}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGiven(Fact):
    """A role passed to a person."""

    kind: Literal["role_given"] = "role_given"
    source: Source = "person"
    role: Role
    to: Actor

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"gave the role {self.role} to {self.to.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAdded(Fact):
    """Something to do: its number in the incident (from 1), who does it and by which day, where that was said."""

    kind: Literal["task_added"] = "task_added"
    source: Source = "person"
    number: int
    text: Words
    owner: Actor | None = None
    due: date | None = None

    def sentence(self) -> str:
        """Return the event as people read it."""
        owner = f", for {self.owner.name}" if self.owner else ""
        due = f", by {self.due}" if self.due else ""
        return f"added task {self.number}{owner}{due}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTicked(Fact):
    """A task was done, or turned out not to be."""

    kind: Literal["task_ticked"] = "task_ticked"
    source: Source = "person"
    number: int
    done: bool

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"marked task {self.number} as {'done' if self.done else 'not done'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Fact):
    """A person said that it is not over after all, and why: another round begins.

    `step` is the question with which the walk begins anew, None: it goes on where it stood.
    """

    kind: Literal["reopened"] = "reopened"
    source: Source = "person"
    reason: Words
    step: str | None = None

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"reopened the incident: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Fact):
    """A person put a resolved incident aside: nothing is left to do."""

    kind: Literal["closed"] = "closed"
    source: Source = "person"

    def sentence(self) -> str:
        """Return the event as people read it."""
        return "closed the incident"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Fact):
    """A person declared the incident over and said what is known of it; `early` is why before that was measured."""

    kind: Literal["resolved"] = "resolved"
    source: Source = "person"
    impact: Words = ""
    root_cause: Words = ""
    mitigation: Words = ""
    action_items: Annotated[tuple[str, ...], FREE] = ()
    early: Words = ""

    def sentence(self) -> str:
        """Return the event as people read it."""
        said = "resolved the incident"
        return f"{said} before its end was measured: {self.early}" if self.early else said


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered(Fact):
    """Measurements say that it is over: so many clean ones in a row, over so many seconds, of these models."""

    kind: Literal["recovered"] = "recovered"
    source: Source = "measured"
    checks: int
    lasting_s: float
    models: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the event as people read it."""
        span = f"{self.checks} clean measurements in a row over {self.lasting_s / 60:.0f} min"
        return f"measured the recovery: {span}" + (f" ({', '.join(self.models)})" if self.models else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relapsed(Fact):
    """It fails again soon after it was declared over; `because` is what was measured.

    `other`: what fails now is somebody else's fault than what was declared over, so it may be another incident.
    """

    kind: Literal["relapsed"] = "relapsed"
    source: Source = "measured"
    because: str
    other: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"measured that {'something else fails' if self.other else 'it fails again'}: {self.because}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyReported(Fact):
    """A person began, or went on with, the procedure for a key in the wrong hands.

    `wanted` is what they gave of it: an id, a name, or as much as a hint shows. `looked_up`: the Admin API is asked.
    """

    kind: Literal["key_reported"] = "key_reported"
    source: Source = "person"
    wanted: str
    looked_up: bool

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"reported a key in the wrong hands: {self.wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLookedUp(Fact):
    """The Admin API told of the keys that may be meant and, of a single one, its usage; or `problem` says why not."""

    kind: Literal["key_looked_up"] = "key_looked_up"
    source: Source = "measured"
    keys: tuple[ApiKey, ...] = ()
    hours: tuple[Hour, ...] = ()
    problem: str = ""

    def sentence(self) -> str:
        """Return the event as people read it."""
        if self.problem:
            return f"could not look the key up: {self.problem}"
        if not self.keys:
            return "found no such key in the organization"
        named = (f"{key.name} ({key.hint}, {key.status}, workspace {key.workspace})" for key in self.keys)
        return f"found {', '.join(named)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlanned(Fact):
    """A person chose what comes first: that the key stops, or that its successor is in place."""

    kind: Literal["key_planned"] = "key_planned"
    source: Source = "person"
    replace_first: bool

    def sentence(self) -> str:
        """Return the event as people read it."""
        return "decided to replace the key first" if self.replace_first else "decided to contain the key first"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentAsked(Fact):
    """A person asked that the key be made inactive; `own`: it is the one with which the bot measures."""

    kind: Literal["containment_asked"] = "containment_asked"
    source: Source = "person"
    key_id: str
    own: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"asked to make the key {self.key_id} inactive" + (", with which the bot measures" if self.own else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentWithdrawn(Fact):
    """A person took back, or refused, what was asked."""

    kind: Literal["containment_withdrawn"] = "containment_withdrawn"
    source: Source = "person"

    def sentence(self) -> str:
        """Return the event as people read it."""
        return "said that the key stays active for now"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentConfirmed(Fact):
    """A second person, or the first one by typing the end of the key, confirmed it: now it is done."""

    kind: Literal["containment_confirmed"] = "containment_confirmed"
    source: Source = "person"
    key_id: str

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"confirmed that the key {self.key_id} is made inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyContained(Fact):
    """The key's status was read back: it is not active any more."""

    kind: Literal["key_contained"] = "key_contained"
    source: Source = "measured"
    key: ApiKey
    own: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"read back that the key {self.key.name} ({self.key.hint}) is {self.key.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainmentFailed(Fact):
    """The key could not be made inactive; `unknown`: nobody knows whether it was."""

    kind: Literal["containment_failed"] = "containment_failed"
    source: Source = "measured"
    problem: str
    unknown: bool = False

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"could not make the key inactive: {self.problem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStepMarked(Fact):
    """A person did, or undid, a step of the procedure that only people can do."""

    kind: Literal["key_step_marked"] = "key_step_marked"
    source: Source = "person"
    step: str
    title: str
    done: bool = True

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"{'did' if self.done else 'undid'}: {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemWritten(Fact):
    """A person wrote parts of the postmortem, or wrote them anew; None: that part was left as it was."""

    kind: Literal["postmortem_written"] = "postmortem_written"
    source: Source = "person"
    impact: Annotated[str | None, FREE] = None
    root_cause: Annotated[str | None, FREE] = None
    detection: Annotated[str | None, FREE] = None
    mitigation: Annotated[str | None, FREE] = None
    lessons: Annotated[str | None, FREE] = None

    @property
    def parts(self) -> dict[str, str]:
        """Return what was written, by part; an empty text takes a part back."""
        names = ("impact", "root_cause", "detection", "mitigation", "lessons")
        return {name: text for name in names if (text := getattr(self, name)) is not None}

    def sentence(self) -> str:
        """Return the event as people read it."""
        told = (f"{name.replace('_', ' ')}: {text or 'taken back'}" for name, text in self.parts.items())
        return "wrote for the postmortem " + "; ".join(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemExported(Fact):
    """The postmortem was rendered and shared."""

    kind: Literal["postmortem_exported"] = "postmortem_exported"
    source: Source = "system"
    format: str
    file_id: str | None = None

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"exported the postmortem as {self.format}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended(Fact):
    """A person corrected words of an earlier entry (`seq`) and said why; what was written first stays on the timeline.

    `part` names the field of that event; a field of several lines takes the text line by line.
    """

    kind: Literal["amended"] = "amended"
    source: Source = "person"
    seq: int
    part: str
    text: Words
    reason: Words

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"corrected the {self.part.replace('_', ' ')} of entry {self.seq}: {self.text} ({self.reason})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(Fact):
    """A person had the words of an entry (`seq`) erased and said why; a tombstone stands beside it."""

    kind: Literal["erased"] = "erased"
    source: Source = "person"
    seq: int
    reason: str

    def sentence(self) -> str:
        """Return the event as people read it."""
        return f"had the words of entry {self.seq} erased: {self.reason}"


Event = (
    Opened
    | Measured
    | EvidenceReported
    | Acknowledged
    | Snoozed
    | Reminded
    | ChannelCreated
    | ChannelRenamed
    | ChannelFailed
    | StepAnswered
    | MitigationMarked
    | SeverityChanged
    | Noted
    | Captured
    | Retracted
    | UpdateSent
    | StageSet
    | RoleGiven
    | TaskAdded
    | TaskTicked
    | Resolved
    | Recovered
    | Relapsed
    | Reopened
    | Closed
    | KeyReported
    | KeyLookedUp
    | KeyPlanned
    | ContainmentAsked
    | ContainmentWithdrawn
    | ContainmentConfirmed
    | KeyContained
    | ContainmentFailed
    | KeyStepMarked
    | PostmortemWritten
    | PostmortemExported
    | Amended
    | Erased
)
# Put together when the first event is read or written: most commands do neither, and it takes a tenth of a second.
EVENT: TypeAdapter[Event] = TypeAdapter(
    Annotated[Event, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it stands on the timeline: its place (`seq`, from 1) and the moment it was written down (UTC)."""

    seq: int
    at: datetime
    event: Event
