"""Asks the provider on behalf of the doctor's checks: the checks of a triage that cost nothing, and the time."""

from email.utils import parsedate_to_datetime
from typing import Final, Self

from bot.app.doctor.finding import Asked
from bot.app.measure import target_of
from bot.checks.base import Attempt, Check, Raw, report
from bot.checks.client import Client
from bot.checks.count_tokens import CountTokens
from bot.checks.exchange import observe
from bot.checks.models import Models
from bot.checks.network import Network
from bot.checks.runner import run_checks
from bot.checks.shared import Shared
from bot.checks.status_page import StatusPageCheck
from bot.checks.target import Target, address_problem
from bot.clock import Clock
from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.classify import branch_of_attempt
from bot.rules.evidence import Evidence, Observation
from bot.rules.taxonomy import Taxonomy
from bot.settings import Settings

LIMIT_S: Final = 3.0
OURS_BY_S: Final = "clock_ahead_s"
UNANSWERED: Final = "unanswered"


class Dated:
    """Asks the provider what time it is: the `date` of any answer, for which no key is needed."""

    name = "date"

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Send one request without the key."""
        raw.skipped = address_problem(target.base_url)
        if raw.skipped:
            return
        exchange = await client.page(f"{target.base_url}/v1/models", LIMIT_S)
        raw.attempts.append(Attempt(about="date", exchange=exchange, observation=observe(exchange), branch=None))
        if exchange.status is None:
            raw.facts[UNANSWERED] = (exchange.exception or "").partition(":")[0]
            return
        try:
            told = parsedate_to_datetime(exchange.headers.get("date", ""))
        except (ValueError, TypeError):
            return
        if told.tzinfo is not None:
            raw.facts[OURS_BY_S] = f"{(shared.clock.now() - told).total_seconds():.0f}"

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - the protocol's
        """Say by how much our clock is ahead."""
        return report(self.name, raw, "The time was asked for.")


class Claude:
    """Each question to the provider, asked once, side by side and under a limit of its own."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        book = load_book(read_rules())  # a team's own rules have a check of their own
        self._settings = settings
        self._clock = clock
        self._rules = book.rules
        self.taxonomy: Taxonomy = book.rules.taxonomy
        self._target = target_of(settings, book.prices, deadline_s=LIMIT_S)
        self._asked = {
            check.name: Asked(lambda check=check: self._run(check, self._target))  # type: ignore[misc]
            for check in (StatusPageCheck(), Network(), Models(), CountTokens(), Dated())
        }

    async def __aenter__(self) -> Self:
        """Begin nothing: what nobody asks is not asked."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what is still under way."""
        for asked in self._asked.values():
            await asked.forget()

    async def evidence(self, name: str) -> Evidence:
        """Return what this check found."""
        return await self._asked[name].get()

    async def way_to(self, url: str) -> Evidence:
        """Return what there is of a way to this address; nothing is sent there."""
        target = target_of(self._settings.model_copy(update={"anthropic_base_url": url}), self._target.prices)
        return await self._run(Network(), target)

    async def _run(self, check: Check, target: Target) -> Evidence:
        [evidence] = await run_checks(target, clock=self._clock, classify=self._branch_of, checks=[check])
        return evidence

    def _branch_of(self, observation: Observation) -> str:
        return branch_of_attempt(observation, self._rules)
