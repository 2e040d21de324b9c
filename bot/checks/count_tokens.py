"""Are key, model and billing accepted? Counts the tokens of a tiny message, which costs nothing."""

from typing import Final

from bot.checks.base import AT_DEADLINE, NO_KEY, Flaw, Raw, Terms, report
from bot.checks.client import Client
from bot.checks.exchange import Exchange, observe
from bot.checks.probe import ask
from bot.checks.shared import Shared
from bot.checks.target import Target, without_models
from bot.rules.evidence import Evidence

_PATH: Final = "/v1/messages/count_tokens"


class CountTokens:
    """Asks `count_tokens` for the first model.

    - Proves: the key is accepted, the model exists, no billing stop, the body is valid.
    - Does not prove that the model can answer: this endpoint has its own limits and needs no capacity.
    """

    name = "count_tokens"
    terms = Terms(
        sends=f"`POST {_PATH}` for the first configured model; free of charge",
        count="one",
        skipped=f"{NO_KEY}; no model",
        ends=AT_DEADLINE,
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Send one request."""
        raw.skipped = client.refusal or without_models(target)
        if raw.skipped:
            return
        model = target.models[0]
        body = {"model": model, "messages": [{"role": "user", "content": "1"}]}
        await ask(client, shared, raw, about=model, path=_PATH, body=body, flaw=flaw_of, free=True)

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - the protocol's
        """Say whether key and model were accepted."""
        return report(self.name, raw, _summary(raw))


def flaw_of(exchange: Exchange) -> Flaw | None:
    """Return what is wrong with an answer that holds no count."""
    counted = exchange.answered and isinstance(exchange.data().get("input_tokens"), int)
    return None if counted else Flaw(observation=observe(exchange))


def _summary(raw: Raw) -> str:
    if not raw.attempts:
        return "No answer yet."
    attempt = raw.attempts[0]
    if attempt.branch is None:
        return f"Key and model {attempt.about} are accepted."
    seen = attempt.observation
    why = seen.message or seen.exception or (f"HTTP {seen.http_status} without a message" if seen.http_status else "")
    return f"Failed ({attempt.branch}): {why or 'nothing was said'}"
