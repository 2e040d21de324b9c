"""The shapes of a postmortem's variables, and how they become the plain data that a template sees."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

MEASURED: Final = "measured"
PROVIDER: Final = "provider"
"""Sources besides people, who stand there by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is known of one part of the postmortem, and from whom; both empty when nobody said anything."""

    text: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the timeline: when it happened (UTC), who, what, and where that knowledge comes from.

    `seq` is the number of its entry.
    """

    seq: int
    at: datetime
    who: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One of the moments (UTC) that times are counted from, and who says so."""

    what: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredStep:
    """One answered question of the decision tree.

    `measured` is the answer for which the last measurement (of `measured_at`, UTC) spoke, empty when for none; `reason`
    is why the person knew better, in the words of `corrected_by` where those were corrected.
    """

    at: datetime
    who: str
    question: str
    answer: str
    reason: str
    measured: str
    measured_at: datetime | None
    corrected_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedMitigation:
    """One mitigation that somebody took in hand: how it stands, and what was measured after it (empty: nothing)."""

    title: str
    owner: str
    state: str
    who: str
    at: datetime
    helped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """A task of the incident: `owner` may be empty, `due` None; `by` is who wrote it down."""

    number: int
    text: str
    owner: str
    due: date | None
    done: bool
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityChange:
    """A severity that held from a moment (UTC) on: by a rule when it was measured, else for a person's reason.

    `corrected_by` is who wrote the reason anew, where somebody did.
    """

    at: datetime
    severity: str
    by: str
    reason: str
    rule: str
    corrected_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """The incident turned out not to be over; `corrected_by` is who wrote the reason anew, where somebody did."""

    at: datetime
    who: str
    reason: str
    corrected_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLeaf:
    """The bot's own requests that failed with one leaf: how many over the whole incident, when, and of what.

    `more_request_ids` are those that do not stand here.
    """

    branch: str
    count: int
    first_at: datetime
    last_at: datetime
    statuses: tuple[int, ...]
    models: tuple[str, ...]
    request_ids: tuple[str, ...]
    more_request_ids: int
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measurement of the bot: its verdict, and the median latency in seconds of what got through."""

    at: datetime
    severity: str
    fault: str
    branch: str
    failed: int
    total: int
    latency_s: float | None
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Measurements in a row that said the same: `count` of them, from `at` to `until` (UTC), their requests together.

    `latency_s` is the median of their medians, in seconds.
    """

    at: datetime
    until: datetime
    count: int
    severity: str
    fault: str
    branch: str
    failed: int
    total: int
    latency_s: float | None
    contradicted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InFull:
    """One measurement with a line for each of its checks."""

    what: str
    at: datetime
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one person did in the incident."""

    who: str
    did: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakedKey:
    """The procedure for a key in the wrong hands: which key (never more than its hint), and who did what.

    `reported_at` (UTC) is when people first told of it, `contained_at` when it was read back as inactive; `refused`: a
    request with it got a 401.
    """

    hint: str
    name: str
    workspace: str
    asked_by: str
    confirmed_by: str
    reported_at: datetime
    reported_by: str
    contained_at: datetime | None
    refused: bool
    steps: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUpdate:
    """What the provider said of its incident, and when (UTC)."""

    at: datetime
    status: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIncident:
    """An incident of the provider's status page that concerned the API.

    `posted_at` is when the page first said so, `seen_at` when the bot first read it, `gone_by` when a later reading
    had it no more (None: it was still there at the last one).
    """

    name: str
    impact: str
    url: str
    started_at: datetime | None
    posted_at: datetime | None
    seen_at: datetime
    gone_by: datetime | None
    updates: tuple[ProviderUpdate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """What the status page said: how often it could be read, its incidents, and who saw it first.

    `ahead_s` are the seconds by which our first failure came before the page's first word (negative: the page was
    first); None when one of them is missing.
    """

    asked: int
    readable: int
    incidents: tuple[ProviderIncident, ...]
    ahead_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmortemContext:
    """The variables of the postmortem template; moments are UTC, spans whole seconds (`_s`) or minutes, None: unknown.

    `severity` is the one that holds: the measured one, or what a person set (`severity_set_by`, `severity_reason`).
    `provisional`, `rule` and `because` belong to the one of the opening, `worst_severity` was measured at `worst_at`.
    `first_failure_at` and `last_failure_at` are what
    was observed, which is not when it began or ended; `production_since` is what a person said of that.
    `action_items` are those of the resolutions, `stated_items` the same with who wrote each.
    """

    name: str
    title: str
    status: str
    private: bool
    summary: tuple[Statement, ...]
    severity: str
    severity_set_by: str
    severity_reason: str
    measured_severity: str
    worst_severity: str
    worst_at: datetime | None
    provisional: bool
    rule: str
    because: str
    fault: str
    branch: str
    affected: Statement
    opened_at: datetime
    resolved_at: datetime | None
    first_failure_at: datetime | None
    last_failure_at: datetime | None
    production_since: datetime | None
    moments: tuple[Moment, ...]
    time_to_detect_s: int | None
    time_to_acknowledge_s: int | None
    time_to_mitigate_s: int | None
    time_to_resolve_s: int | None
    opened_by: str
    lead: str
    resolved_by: str
    resolved_early: str
    resolved_early_by: str
    impact: Statement
    root_cause: Statement
    detection: Statement
    mitigation: Statement
    lessons: Statement
    action_items: tuple[str, ...]
    stated_items: tuple[Statement, ...]
    tasks: tuple[Todo, ...]
    people: tuple[Part, ...]
    severity_changes: tuple[SeverityChange, ...]
    reopenings: tuple[Reopening, ...]
    failures: tuple[FailedLeaf, ...]
    other_request_ids: tuple[str, ...]
    measurements: tuple[Measurement, ...]
    runs: tuple[Run, ...]
    in_full: tuple[InFull, ...]
    leaked_key: LeakedKey | None
    provider: ProviderView
    path: tuple[AnsweredStep, ...]
    advice: tuple[str, ...]
    tried: tuple[TriedMitigation, ...]
    timeline: tuple[Line, ...]
    transcript: tuple[Line, ...]

    @property
    def request_ids(self) -> tuple[str, ...]:
        """Return every request id, those of failures first."""
        return (*(name for leaf in self.failures for name in leaf.request_ids), *self.other_request_ids)


def plain(context: PostmortemContext) -> dict[str, Any]:
    """Return the variables as text, numbers, lists and dictionaries only; moments are ISO 8601 in UTC."""
    told: dict[str, Any] = _plain(asdict(context))
    return told


def iso(at: datetime) -> str:
    """Return the moment in ISO 8601, in UTC."""
    return at.isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a context holds
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else value
