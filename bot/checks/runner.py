"""Runs all checks side by side under one deadline; a check that fails, breaks or hangs is evidence too."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from bot.checks.base import Check, Listed, Raw
from bot.checks.budget import Budget
from bot.checks.client import Client
from bot.checks.control import Control
from bot.checks.count_tokens import CountTokens
from bot.checks.long_stream import LongStream
from bot.checks.messages import Messages
from bot.checks.models import Models
from bot.checks.network import Network
from bot.checks.probe import so_far
from bot.checks.rate_limits import RateLimits
from bot.checks.seal import sealed
from bot.checks.shared import Shared
from bot.checks.status_page import StatusPageCheck
from bot.checks.stream import Stream
from bot.checks.target import Target
from bot.clock import Clock
from bot.rules.asking import OVERDUE, OnEvidence
from bot.rules.evidence import CheckStatus, Evidence, Observation
from bot.rules.redact import Redactor

ALL: Final[tuple[Listed, ...]] = (
    StatusPageCheck(),
    Network(),
    Models(),
    CountTokens(),
    Messages(),
    Stream(),
    LongStream(),
    RateLimits(),
    Control(),
)
"""Every check, in the order in which people read them."""
ON_REQUEST: Final = frozenset({"long_stream"})

CHECKS: Final = tuple(check for check in ALL if check.name not in ON_REQUEST)
"""The checks of every run."""


def checks_of(target: Target) -> tuple[Listed, ...]:
    """Return the checks of a run that asks this target: those of every run, and what was asked for besides."""
    return ALL if target.long_stream else CHECKS


T = TypeVar("T")

FIRST_S: Final = 2.5  # who asked hears something by then, also when nothing answers at all
_MARGIN_S: Final = 0.05  # requests are cut so much before the deadline, so that their checks can still answer
_LISTENER_S: Final = 0.1  # so long after the deadline a listener may take to hear the last news
_log: Final = logging.getLogger(__name__)


async def run_checks(
    target: Target,
    *,
    clock: Clock,
    classify: Callable[[Observation], str],
    on_evidence: OnEvidence | None = None,
    checks: Sequence[Check] | None = None,
) -> tuple[Evidence, ...]:
    """Ask the world every question at once and return the evidence in the order of `checks` (`checks_of(target)`).

    Returns `deadline_s` seconds after the start at the latest. `on_evidence` hears of each check as soon as it is
    finished, possibly of several at a time; at `provisional_s` it also hears, with the status `timeout` and the
    fact `open`, what the checks still open know by then, and if nothing had finished after 2.5 s, what the check that
    knew most knew then. What it raises is logged and changes nothing. Raises
    nothing but the cancellation of the caller, which leaves no request behind.
    """
    ends = asyncio.get_running_loop().time() + target.deadline_s
    async with Client(target, clock, ends - _MARGIN_S) as client:
        budget = Budget(target.prices, target.cost_cap_usd)
        run = _Run(client, target, Shared(clock, classify, ends - _MARGIN_S, budget), ends, on_evidence)
        return await run.all(checks_of(target) if checks is None else checks)


class _Run:
    """One run of the checks."""

    def __init__(
        self, client: Client, target: Target, shared: Shared, ends: float, on_evidence: OnEvidence | None
    ) -> None:
        self._client = client
        self._target = target
        self._shared = shared
        self._ends = ends
        self._on_evidence = on_evidence
        self._redact = Redactor([target.api_key] if target.api_key else [])
        self._open: dict[str, tuple[Check, Raw]] = {}
        self._silent = True

    async def all(self, checks: Sequence[Check]) -> tuple[Evidence, ...]:
        """Run the checks and return their evidence."""
        self._open = {check.name: (check, Raw()) for check in checks}
        for name in {check.name for check in CHECKS} - set(self._open):
            self._shared.finished(name)
        async with asyncio.TaskGroup() as group:
            interim = group.create_task(self._tell_interim())
            async with asyncio.TaskGroup() as running:
                tasks = [running.create_task(self._answer(check)) for check in checks]
            interim.cancel()
        return tuple(task.result() for task in tasks)

    async def _answer(self, check: Check) -> Evidence:
        """Run one check, tell its evidence and return it."""
        clock, raw = self._shared.clock, self._open[check.name][1]
        started = clock.monotonic()
        broken = await _by(self._ends, check.fetch(self._client, self._target, self._shared, raw))
        self._shared.finished(check.name)
        del self._open[check.name]
        evidence = await self._interpret(check, raw, broken)
        evidence = replace(evidence, latency_ms=round((clock.monotonic() - started) * 1000))
        await self._tell(evidence)
        return evidence

    async def _interpret(self, check: Check, raw: Raw, broken: BaseException | None) -> Evidence:
        """Return what a check knows by now, also if the check itself is broken."""

        async def interpreted() -> Evidence:
            known = so_far(raw, self._shared.clock, self._shared.classify)
            return sealed(check.interpret(known, self._target), self._redact)

        late = isinstance(broken, TimeoutError)
        evidence = await _outcome(interpreted()) if broken is None or late else broken
        if isinstance(evidence, Evidence):
            return evidence
        # An error's text may quote what came in, so only its class is told.
        summary = f"The check itself broke ({type(evidence).__name__}), so it says nothing."
        return Evidence(check=check.name, status=CheckStatus.FAILED, summary=summary)

    async def _tell_interim(self) -> None:
        """Tell what open checks know: one of them early if nothing was told by then, all at the provisional moment."""
        early_s = min(FIRST_S, self._target.provisional_s)
        await self._shared.clock.sleep(early_s)
        if self._silent and self._open:
            knows_most = max(self._open.values(), key=lambda known: len(known[1].attempts))
            await self._tell_open(*knows_most, early_s)
        await self._shared.clock.sleep(self._target.provisional_s - early_s)
        for check, raw in tuple(self._open.values()):
            await self._tell_open(check, raw, self._target.provisional_s, {OVERDUE: "yes"})

    async def _tell_open(self, check: Check, raw: Raw, after_s: float, more: Mapping[str, str] | None = None) -> None:
        evidence = await self._interpret(check, raw, None)
        if check.name in self._open:
            facts = {**evidence.facts, "open": str(len(raw.waiting)), **(more or {})}
            summary = f"Still open after {after_s:.3g} s. {evidence.summary}"
            await self._tell(replace(evidence, status=CheckStatus.TIMEOUT, summary=summary, facts=facts))

    async def _tell(self, evidence: Evidence) -> None:
        self._silent = self._silent and evidence.status is CheckStatus.SKIPPED
        if self._on_evidence is None:
            return
        refused = await _by(self._ends + _LISTENER_S, self._on_evidence(evidence))
        if refused is not None:
            _log.warning("A listener did not take the evidence of %s: %s", evidence.check, type(refused).__name__)


async def _by(moment: float, work: Awaitable[None]) -> BaseException | None:
    """Await the work until a moment of the event loop's clock; return what it raised, which may be that time is up."""
    try:
        async with asyncio.timeout_at(moment):
            return await _outcome(work)
    except TimeoutError as late:
        return late


async def _outcome(work: Awaitable[T]) -> T | BaseException:
    """Return what the work returned or raised: the one boundary at which an unforeseen error becomes a value.

    Only a cancellation of the caller itself is passed on.
    """
    [outcome] = await asyncio.gather(work, return_exceptions=True)
    return outcome
