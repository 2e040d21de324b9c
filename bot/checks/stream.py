"""Does a streamed answer begin soon and arrive whole? One short streamed message to the first model."""

from dataclasses import replace
from functools import partial
from typing import Final

from bot.checks.again import ask_again, is_limited
from bot.checks.base import AT_DEADLINE, NO_KEY, Flaw, Raw, Terms, report
from bot.checks.client import Client
from bot.checks.events import Event, events
from bot.checks.exchange import Exchange, fields_of, observe, word
from bot.checks.messages import PATH, as_sample, message
from bot.checks.probe import ask
from bot.checks.shared import Shared
from bot.checks.target import Target, without_models
from bot.rules.evidence import Evidence

_MAX_TOKENS: Final = 16
_STREAM: Final = "text/event-stream"


class Stream:
    """Streams up to 16 tokens and watches the events.

    - Tells the time to the first token, an error that arrives inside a 200, and an end without `message_stop`:
      some client libraries return such a cut answer as if it were whole.
    - Does not prove that minute-long streams survive the proxies in between; the long stream comes nearer to that.
    """

    name = "stream"
    terms = Terms(
        sends=f"`POST {PATH}` with `stream`, {_MAX_TOKENS} tokens out at most, to the first configured model",
        count="one; a second when that failed, or later when it met a limit",
        skipped=f"{NO_KEY}; no model; `[probe] cost_cap_usd` is spent",
        ends=AT_DEADLINE,
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Send one probe, and a second one when that failed: one broken stream may be chance, two are a finding.

        One that met a rate limit while Messages probes got through waits for its turn: they may have emptied the limit.
        """
        raw.skipped = client.refusal or without_models(target)
        if raw.skipped:
            return
        model = target.models[0]
        body = message(model, _MAX_TOKENS, stream=True)
        send = partial(ask, client, shared, raw, about=model, path=PATH, body=body, flaw=flaw_of)
        first = await send()
        if first and is_limited(first):
            if await shared.passed.wait():
                await ask_again([first], send, shared, raw)
        elif first and first.branch:
            await send()

    def interpret(self, raw: Raw, target: Target) -> Evidence:
        """Say how the stream went; one that our deadline cut short early is no sample."""
        samples = tuple(as_sample(attempt, streamed=True) for attempt in raw.telling(target))
        first = [first_token_s(attempt.exchange) for attempt in raw.attempts]
        facts = {"first_token_s": f"{first[0]:.2f}"} if first and first[0] is not None else {}
        return report(self.name, raw, _summary(raw, facts), samples=samples, facts=facts)


def flaw_of(exchange: Exchange) -> Flaw | None:
    """Return what is wrong with a streamed answer, None if it is whole."""
    if exchange.status != 200 or not exchange.headers.get("content-type", "").startswith(_STREAM):  # noqa: PLR2004 - OK
        return Flaw(observation=observe(exchange))
    seen = events(exchange.pieces)
    error = next((event for event in seen if event.data.get("type") == "error"), None)
    if error is not None:
        return _inner_error(exchange, error)
    if exchange.exception is None and any(event.data.get("type") == "message_stop" for event in seen):
        return None
    if exchange.exception and not seen:
        return Flaw(observation=observe(exchange))
    return Flaw(
        observation=observe(exchange, f"the stream ended without message_stop after {len(seen)} events"),
        branch=f"streaming_error.{_ending(exchange)}",
    )


def _ending(exchange: Exchange) -> str:
    if exchange.cut:
        return "stalled"
    return "dropped" if exchange.exception else "truncated"


def _inner_error(exchange: Exchange, event: Event) -> Flaw:
    """Return the error that a 200 held, with what the error itself says."""
    seen = observe(exchange, word(fields_of(event.data, "error").get("message")))
    error = fields_of(event.data, "error")
    code = word(fields_of(error, "details").get("error_code"))
    return Flaw(observation=replace(seen, error_type=word(error.get("type")), error_code=code, via="stream"))


def first_token_s(exchange: Exchange) -> float | None:
    """Return the seconds until the first text arrived, None if none did."""
    times = (event.after_s for event in events(exchange.pieces) if event.data.get("type") == "content_block_delta")
    return next(times, None)


def _summary(raw: Raw, facts: dict[str, str]) -> str:
    if not raw.attempts:
        return "The stream had not begun."
    attempt = raw.attempts[0]
    if attempt.branch is None:
        own = f" {raw.facts['own_429']}" if "own_429" in raw.facts else ""
        return f"The stream was whole, first token after {facts.get('first_token_s', '?')} s.{own}"
    said = attempt.observation.message or attempt.observation.exception or "no event stream came back"
    return f"The stream failed ({attempt.branch}): {said}"
