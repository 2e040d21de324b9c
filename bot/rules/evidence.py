"""What was observed of the world, as plain frozen values: observations, samples, evidence, verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class CheckStatus(StrEnum):
    """How a check ended. `failed`: what it looked at is bad or unreadable."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    TIMEOUT = "timeout"


class Fault(StrEnum):
    """Whose fault it is."""

    THEIRS = "theirs"
    OURS = "ours"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """The source runbook's four classes, and the two that it lacks."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One failure (or success) as it was seen: any field may be missing.

    `body` and `message` are foreign text, already redacted and cut to a sane size.
    `exception` is the class name, or a class name and its text; header names are lower case.
    """

    http_status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error_type: str | None = None
    error_code: str | None = None
    message: str | None = None
    body: str | None = None
    exception: str | None = None
    latency_s: float | None = None
    request_id: str | None = None
    via: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One attempt to use the provider, without client retries.

    `branch` is None when the attempt was clean, else the leaf that `classify` gave it.
    `streamed` says that the answer was asked for as a stream of events.
    """

    at: datetime
    source: Literal["probe", "traffic", "report"]
    model: str | None
    branch: str | None
    latency_s: float | None
    status: int | None = None
    request_id: str | None = None
    message: str | None = None
    streamed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One rate-limit bucket as the response headers told it; `headroom` is remaining / limit, 0-1."""

    bucket: str
    limit: int
    remaining: int
    reset: datetime | None
    headroom: float
    refill_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageUpdate:
    """What the provider said of its incident at one moment (UTC), redacted."""

    at: datetime
    status: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageIncident:
    """One open incident of the provider's status page; `latest` is the text of its newest update, redacted.

    `updates` are the provider's words so far, the oldest first.
    """

    id: str
    name: str
    status: str
    impact: str
    started_at: datetime | None
    names_api: bool
    url: str | None = None
    latest: str = ""
    updates: tuple[PageUpdate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """What the provider's status page says; `readable=False` means unknown, never green."""

    readable: bool
    indicator: str | None = None
    description: str | None = None
    api_component: str | None = None
    incidents: tuple[PageIncident, ...] = ()
    host: str | None = None
    why_unreadable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A check's answer. Never an exception: what could not be asked is evidence too."""

    check: str
    status: CheckStatus
    summary: str
    latency_ms: int | None = None
    request_ids: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    observations: tuple[Observation, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    page: StatusPage | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleCount:
    """How many attempts there were, how many failed, how many were clean but slow (> 10 s)."""

    total: int
    failed: int
    slow: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """From where it was measured, and what was not tested."""

    workspace: str | None
    models: tuple[str, ...]
    key: Literal["production", "monitoring", "none"]
    host: str
    not_tested: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Branch + whose fault + severity + because: the answer to a triage.

    `branch`, `fault` and `rule` are None when severity is `none`. `confidence` is a word people read:
    high, medium or low.
    """

    severity: Severity
    provisional: bool
    fault: Fault | None
    branch: str | None
    because: str
    rule: str | None
    confidence: Literal["high", "medium", "low"]
    samples: SampleCount
    rate_limits: tuple[Bucket, ...]
    next_steps: tuple[str, ...]
    vantage: Vantage
    request_ids: tuple[str, ...] = ()
