"""Asks the API one question on behalf of a check, and tells what is known of the questions still open."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.checks.base import Attempt, Flaw, Raw
from bot.checks.budget import Budget
from bot.checks.client import Client
from bot.checks.exchange import Exchange, observe
from bot.checks.shared import Shared
from bot.clock import Clock
from bot.rules.evidence import Observation


async def ask(
    client: Client,
    shared: Shared,
    raw: Raw,
    *,
    about: str,
    path: str,
    body: Mapping[str, object] | None = None,
    flaw: Callable[[Exchange], Flaw | None],
    free: bool = False,
) -> Attempt | None:
    """Send one request to the API, once, and note what came of it in `raw`.

    Waits for a place first; a request that is `free` of charge never takes the place of a probe. Returns None if
    the time was up or the money spent before it could be sent: what was never sent says nothing about the provider.
    """
    paid = None if free else body
    async with client.reads if free else client.probes:
        if shared.time_left() <= 0:
            return None
        reserved = 0.0 if paid is None else shared.budget.reserve(paid)
        if reserved is None:
            _note_capped(raw, shared.budget)
            return None
        with raw.awaiting(about, shared.clock.now(), shared.clock.monotonic()):
            exchange = await client.api(path, body)
    if paid is not None:
        shared.budget.settle(paid, reserved, exchange)
        raw.facts.update(shared.budget.facts())
    return raw.note(about, exchange, flaw(exchange), shared.classify)


def _note_capped(raw: Raw, budget: Budget) -> None:
    """Say that a probe was left out for its price; with none sent at all, nothing was asked."""
    raw.facts["capped"] = "Not every probe was sent, as the run would have passed its cost cap."
    if not raw.attempts and not raw.waiting:
        raw.skipped = f"Not asked: the cost cap of a run, {budget.facts()['cost_cap']}, leaves no money for this probe."


def ungood(exchange: Exchange) -> Flaw | None:
    """Return the flaw of an answer that is not a JSON object with status 200."""
    return None if exchange.answered and exchange.data() else Flaw(observation=observe(exchange))


def so_far(raw: Raw, clock: Clock, classify: Callable[[Observation], str]) -> Raw:
    """Return a copy in which each open request counts as one that got no answer yet."""
    copy = replace(raw, attempts=[*raw.attempts], facts={**raw.facts}, waiting=[])
    for waiting in raw.waiting:
        waited = clock.monotonic() - waiting.sent
        silent = f"ReadTimeout: no answer yet after {waited:.1f} s"
        exchange = Exchange(at=waiting.at, latency_s=waited, exception=silent, cut=True)
        copy.note(waiting.about, exchange, Flaw(observation=observe(exchange)), classify)
    return copy
