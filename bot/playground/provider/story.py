"""What a scenario is made of: the provider's conditions over time, and what the product should say to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.playground.provider.catalogue import LISTED

ModelEndpoint = Literal["messages", "stream", "count_tokens", "models"]
AdminEndpoint = Literal["api_keys", "api_key", "api_key_change", "names", "usage_report"]
Endpoint = Literal[ModelEndpoint, AdminEndpoint]
KeyState = Literal["active", "revoked", "any"]
Component = Literal["claude_ai", "console", "api", "code", "cowork", "government"]
ComponentState = Literal["operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"]
Impact = Literal["none", "minor", "major", "critical", "maintenance"]
UpdateStatus = Literal["investigating", "identified", "monitoring", "resolved", "postmortem"]
PageAnswer = Literal["json", "challenge", "redirect", "html", "garbage", "strange", "hang"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFault:
    """One way in which requests go wrong; empty `models` or `endpoints` mean all of them.

    `answer` is a name from `answers.py` or `mangling.py`. `share` (0-1) is the part of the matching requests it
    hits: the first one, then evenly spread, so that every run of a scenario is the same.
    """

    answer: str
    models: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    share: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Rate limits per model and minute, and the part of them (0-1) that other traffic of the team takes."""

    requests_per_minute: int = 1_000
    input_tokens_per_minute: int = 450_000
    output_tokens_per_minute: int = 90_000
    load: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUpdate:
    """One update of a status page incident, shown from `at_s` seconds after the scenario's start (may be negative)."""

    at_s: float
    status: UpdateStatus
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageIncident:
    """One incident of the status page; its status is that of the newest update shown."""

    name: str
    impact: Impact
    updates: tuple[PageUpdate, ...]
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the status page says. Components not named are operational; the indicator follows from the rest."""

    answer: PageAnswer = "json"
    indicator: Impact | None = None
    components: Mapping[Component, ComponentState] = field(default_factory=dict)
    incidents: tuple[PageIncident, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the provider behaves at one moment; the defaults are a healthy provider.

    `models` are the ids that the API knows. `retires_in_days` makes a model deprecated, or retired from 0 down.
    `latency_s` is waited before every API answer; `date_skew_s` is added to the `date` header.
    """

    models: tuple[str, ...] = LISTED
    retires_in_days: Mapping[str, int] = field(default_factory=dict)
    key: KeyState = "active"
    reachable: bool = True
    latency_s: float = 0.0
    date_skew_s: float = 0.0
    limits: Limits = field(default_factory=Limits)
    faults: tuple[ApiFault, ...] = ()
    page: Page = field(default_factory=Page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What the product should say with its default probes; None where the sources leave it open."""

    severity: Literal["P1", "P2", "P3", "P4", "none", "unknown"]
    fault: Literal["theirs", "ours", "mixed", "unknown"] | None = None
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Conditions):
    """The conditions from `at_s` seconds after the start on; `says` is shown to people."""

    at_s: float
    says: str = ""
    expect: Expect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A story of the provider over time; its first step begins at 0 seconds."""

    name: str
    title: str
    description: str
    steps: tuple[Step, ...]

    @property
    def expect(self) -> Expect | None:
        """Return what the product should say at the start."""
        return self.steps[0].expect


HEALTHY = Scenario(
    name="default",
    title="All well",
    description="Every answer is the one a healthy provider gives.",
    steps=(Step(at_s=0.0),),
)
