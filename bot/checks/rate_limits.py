"""How much of the rate limits is left? Reads the headers of the first Messages answer; asks nothing itself."""

from bot.checks import limits
from bot.checks.base import NO_KEY, Attempt, Raw, Terms, report
from bot.checks.client import Client
from bot.checks.exchange import observe
from bot.checks.shared import Shared
from bot.checks.target import Target
from bot.rules.evidence import Bucket, CheckStatus, Evidence

LOW = 0.2
"""Headroom below which a limit is worth a warning (anthropic-api.md, section 6, row 10)."""


class RateLimits:
    """Tells each limit with its headroom, the one that binds, and when it is full again by the server's clock.

    - The limits are those of the model group that the probe asked.
    - An answer without these headers means that nothing is known, never that nothing is left.
    - What is left promises nothing: the next large input may exceed it.
    """

    name = "rate_limits"
    terms = Terms(
        sends="nothing: it reads the headers of the first answer to `messages`",
        count="none",
        skipped=f"{NO_KEY}; no answer told its limits",
        ends="with the first such answer, or with `messages`",
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:  # noqa: ARG002 - protocol
        """Wait for the first Messages answer that has such headers."""
        raw.skipped = client.refusal
        found = None if raw.skipped else await shared.limits.wait()
        if found is None:
            raw.skipped = raw.skipped or "Unknown: no Messages answer told its rate limits."
            return
        model, exchange = found
        raw.attempts.append(Attempt(about=model, exchange=exchange, observation=observe(exchange), branch=None))

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - the protocol's
        """Work out the buckets."""
        if not raw.attempts:
            return report(self.name, raw, "No Messages answer yet.")
        attempt = raw.attempts[0]
        buckets = limits.buckets(attempt.exchange.headers)
        if not buckets:
            return report(self.name, raw, "Unknown: the headers told no limit whole.", status=CheckStatus.SKIPPED)
        low = buckets[0].headroom < LOW
        facts = {"model": attempt.about, "binding": buckets[0].bucket}
        status = CheckStatus.FAILED if low else CheckStatus.OK
        return report(self.name, raw, _summary(buckets[0]), status=status, buckets=buckets, facts=facts)


def _summary(binding: Bucket) -> str:
    full = "" if binding.refill_s is None else f", full again in {binding.refill_s:.0f} s"
    return (
        f"Least headroom: {binding.bucket}, {binding.headroom:.0%} left "
        f"({binding.remaining:,} of {binding.limit:,} a minute{full})."
    )
