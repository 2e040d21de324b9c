"""What a check is: whom it asks, what it gathers while it runs, and how it turns that into evidence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from bot.checks.client import Client
from bot.checks.exchange import Exchange, observe
from bot.checks.shared import Shared
from bot.checks.target import Target
from bot.rules.evidence import Bucket, CheckStatus, Evidence, Observation, Sample, StatusPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """What is wrong with an answer; with `branch` given, nobody else is asked what kind of failure it is."""

    observation: Observation
    branch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request and what came of it: `about` says what was asked, `branch` is None when it was clean."""

    about: str
    exchange: Exchange
    observation: Observation
    branch: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that has been sent and not been answered yet."""

    about: str
    at: datetime
    sent: float


@dataclass(slots=True)
class Raw:
    """What a check has gathered. It grows while the check runs, so that a deadline loses nothing.

    `forgiven` are requests that failed by our own doing: they are told, but are no failure of the provider.
    `skipped` says in words why nothing was asked.
    """

    attempts: list[Attempt] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    forgiven: list[Attempt] = field(default_factory=list)
    skipped: str | None = None

    def note(
        self, about: str, exchange: Exchange, flaw: Flaw | None, classify: Callable[[Observation], str]
    ) -> Attempt:
        """Add a finished request; its kind of failure is the flaw's own, else what `classify` says."""
        branch = None if flaw is None else flaw.branch or classify(flaw.observation)
        observation = observe(exchange) if flaw is None else flaw.observation
        attempt = Attempt(about=about, exchange=exchange, observation=observation, branch=branch)
        self.attempts.append(attempt)
        return attempt

    def forgive(self, attempts: Sequence[Attempt]) -> None:
        """Set finished requests aside, so that they no longer count."""
        self.attempts = [kept for kept in self.attempts if not any(kept is one for one in attempts)]
        self.forgiven.extend(attempts)

    @contextmanager
    def awaiting(self, about: str, at: datetime, sent: float) -> Iterator[None]:
        """Hold the request as open for as long as the block runs."""
        waiting = Waiting(about, at, sent)
        self.waiting.append(waiting)
        try:
            yield
        finally:
            self.waiting.remove(waiting)

    def about(self, name: str) -> Attempt | None:
        """Return the first finished request about `name`."""
        return next((attempt for attempt in self.attempts if attempt.about == name), None)

    def telling(self, target: Target) -> list[Attempt]:
        """Return the finished requests that show something: none that our deadline cut before it had waited enough."""
        return [
            attempt
            for attempt in self.attempts
            if not attempt.exchange.cut or attempt.exchange.latency_s >= target.unanswered_s
        ]

    @property
    def bad(self) -> list[Attempt]:
        """Return the finished requests that were not clean."""
        return [attempt for attempt in self.attempts if attempt.branch is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a check asks, for people: what goes out, how often a run, when nothing does, how long it may take.

    The text of a limit is made from the limit, so that neither is true without the other.
    """

    sends: str
    count: str
    skipped: str
    ends: str


NO_KEY: Final = "no key, one that cannot be sent, or an address that is neither https nor this machine"
"""When the API is not asked at all, as `refusal` of a target says it."""
AT_DEADLINE: Final = "at the run's deadline"


class Check(Protocol):
    """One question asked of the world. `fetch` does the asking, `interpret` is pure."""

    @property
    def name(self) -> str:
        """Return the stable word by which people and programs know the check."""

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Ask, and put what came back into `raw` at once."""

    def interpret(self, raw: Raw, target: Target) -> Evidence:
        """Say what `raw` means; also called with what is there when time runs out."""


class Listed(Check, Protocol):
    """A check of the registry: it also says on what terms it asks."""

    @property
    def terms(self) -> Terms:
        """Return what the page of checks tells."""


def status_of(raw: Raw) -> CheckStatus:
    """Return how a check ended, judged by its requests: `timeout` if only our own deadline ended the bad ones."""
    if raw.skipped:
        return CheckStatus.SKIPPED
    if not raw.attempts:
        return CheckStatus.TIMEOUT
    if not raw.bad:
        return CheckStatus.OK
    return CheckStatus.TIMEOUT if all(attempt.exchange.cut for attempt in raw.bad) else CheckStatus.FAILED


def report(
    check: str,
    raw: Raw,
    summary: str,
    *,
    status: CheckStatus | None = None,
    samples: tuple[Sample, ...] = (),
    buckets: tuple[Bucket, ...] = (),
    page: StatusPage | None = None,
    facts: Mapping[str, str] | None = None,
) -> Evidence:
    """Return a check's evidence: request ids and bad observations are taken from `raw`, the rest is given.

    Facts that every check of the API tells: `branch` of the first failure and `workspace`, if known.
    """
    ids = (attempt.observation.request_id for attempt in (*raw.attempts, *raw.forgiven))
    return Evidence(
        check=check,
        status=status_of(raw) if status is None else status,
        summary=raw.skipped or summary,
        request_ids=tuple(dict.fromkeys(filter(None, ids))),
        samples=samples,
        observations=tuple(attempt.observation for attempt in raw.bad),
        buckets=buckets,
        page=page,
        facts={**_common_facts(raw), **raw.facts, **(facts or {})},
    )


def _common_facts(raw: Raw) -> dict[str, str]:
    branches = [attempt.branch for attempt in raw.bad if attempt.branch]
    workspaces = (attempt.exchange.headers.get("anthropic-workspace-id") for attempt in raw.attempts)
    workspace = next(filter(None, workspaces), None)
    return ({"branch": branches[0]} if branches else {}) | ({"workspace": workspace} if workspace else {})
