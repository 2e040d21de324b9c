"""Does anything else answer from here? Asks an address that has nothing to do with the provider."""

from typing import Final

from bot.checks.base import Attempt, Raw, Terms, report
from bot.checks.client import Client
from bot.checks.exchange import observe
from bot.checks.shared import Shared
from bot.checks.target import Target
from bot.rules.evidence import CheckStatus, Evidence

_LIMIT_S: Final = 5.0


class Control:
    """Asks one independent endpoint of your choice; off unless one is configured.

    - Any HTTP answer proves that this machine reaches the internet.
    - None, while the provider is silent too, points to our own network.
    """

    name = "control"
    terms = Terms(
        sends="`GET` of `[probe] control_url`, without the key",
        count="one",
        skipped="`[probe] control_url` is empty",
        ends=f"after {_LIMIT_S:g} s",
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:  # noqa: ARG002 - protocol
        """Send one request without the key."""
        if target.control_url is None:
            raw.skipped = "Not asked: no control endpoint is configured."
            return
        exchange = await client.page(target.control_url, _LIMIT_S)
        raw.attempts.append(Attempt(about="control", exchange=exchange, observation=observe(exchange), branch=None))

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - the protocol's
        """Say whether it could be reached."""
        if not raw.attempts:
            return report(self.name, raw, "No answer yet.")
        exchange = raw.attempts[0].exchange
        if exchange.status is None:
            status = CheckStatus.TIMEOUT if exchange.cut else CheckStatus.FAILED
            return report(
                self.name, raw, f"The control endpoint cannot be reached: {exchange.exception}", status=status
            )
        return report(self.name, raw, f"The control endpoint answers (HTTP {exchange.status}).")
