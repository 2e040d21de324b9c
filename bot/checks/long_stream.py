"""Does a long answer arrive whole? One streamed message of about a thousand tokens; off unless asked for."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from bot.checks.again import ask_again, is_limited
from bot.checks.base import AT_DEADLINE, NO_KEY, Attempt, Flaw, Raw, Terms, report, status_of
from bot.checks.budget import cost_sentence, usage
from bot.checks.client import Client
from bot.checks.events import Event, events
from bot.checks.exchange import Exchange, fields_of
from bot.checks.messages import PATH, as_sample, message
from bot.checks.probe import ask
from bot.checks.shared import Shared
from bot.checks.stream import first_token_s, flaw_of
from bot.checks.target import Target, without_models
from bot.rules.evidence import CheckStatus, Evidence

_MAX_TOKENS: Final = 1_000
_PROMPT: Final = "Count from 1 to 900 in words, without a pause."
_STALLED_S: Final = 5.0  # silence after which a stream no longer flows, as far as our deadline shows it


class LongStream:
    """Streams about 1,000 tokens, which has to end before the deadline, and watches the events.

    - Tells the time to the first token, the longest silence between events, how much arrived and how it ended.
    - Finds what a short stream cannot: proxies and load balancers that end long answers or hold them back.
    - Events that still flow when our own time is up are no failure. Its time is no measure of slowness either.
    """

    name = "long_stream"
    terms = Terms(
        sends=f"`POST {PATH}` with `stream`, {_MAX_TOKENS:,} tokens out at most, to the first configured model",
        count="one; a second later when it met a limit",
        skipped=f"{NO_KEY}; no model; `[probe] cost_cap_usd` is spent",
        ends=AT_DEADLINE,
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Send it once; one that met a rate limit waits for its turn, like every probe."""
        raw.skipped = client.refusal or without_models(target)
        if raw.skipped:
            return
        model = target.models[0]
        body = message(model, _MAX_TOKENS, content=_PROMPT, stream=True)
        send = partial(ask, client, shared, raw, about=model, path=PATH, body=body, flaw=_flaw_of)
        first = await send()
        if first and is_limited(first) and await shared.passed.wait():
            await ask_again([first], send, shared, raw)

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - the protocol's
        """Say how the stream went; one whose end was not seen is no sample, and silence is the short stream's."""
        ended = [attempt for attempt in raw.attempts if not attempt.exchange.cut or _broke_off(attempt)]
        samples = tuple(replace(as_sample(attempt, streamed=True), latency_s=None) for attempt in ended)
        last = raw.attempts[-1] if raw.attempts else None
        status = status_of(raw)
        if last and last.exchange.cut:
            status = CheckStatus.FAILED if _broke_off(last) else CheckStatus.TIMEOUT
        facts = _facts(last.exchange) if last else {}
        return report(self.name, raw, _summary(last, facts, raw), status=status, samples=samples, facts=facts)


def _flaw_of(exchange: Exchange) -> Flaw | None:
    """Return what is wrong with the stream; our deadline is no flaw as long as events flow."""
    flaw = flaw_of(exchange)
    if flaw is None or flaw.branch != "streaming_error.stalled":
        return flaw
    patience_s = min(_STALLED_S, exchange.latency_s / 2)
    return None if _silence_at_end(exchange, events(exchange.pieces)) < patience_s else flaw


def _broke_off(attempt: Attempt) -> bool:
    """Tell whether a stream that had begun went wrong."""
    return attempt.branch is not None and bool(events(attempt.exchange.pieces))


def _silence_at_end(exchange: Exchange, seen: tuple[Event, ...]) -> float:
    return exchange.latency_s - seen[-1].after_s


def _facts(exchange: Exchange) -> dict[str, str]:
    """Return what the events show: first token, longest silence, and how much arrived."""
    seen = events(exchange.pieces)
    if not seen:
        return {}
    gaps = [after.after_s - before.after_s for before, after in pairwise(seen)]
    texts = (fields_of(event.data, "delta").get("text") for event in seen)
    facts = {
        "longest_gap_s": f"{max([*gaps, _silence_at_end(exchange, seen)]):.2f}",
        "characters": f"{sum(len(text) for text in texts if isinstance(text, str)):,}",
    }
    first, used = first_token_s(exchange), usage(exchange)
    facts |= {"first_token_s": f"{first:.2f}"} if first is not None else {}
    return facts | ({"tokens": f"{used[1]:,}"} if used else {})


def _summary(last: Attempt | None, facts: dict[str, str], raw: Raw) -> str:
    if last is None:
        return "The long stream had not begun."
    took = f"{last.exchange.latency_s:.1f} s"
    received = f"{facts.get('tokens', 'an unknown number of')} tokens, {facts.get('characters', '0')} characters"
    times = (
        f"first token after {facts.get('first_token_s', '?')} s, longest silence {facts.get('longest_gap_s', '?')} s"
    )
    if last.branch:
        said = last.observation.message or last.observation.exception or "no event stream came back"
        seen = f"{took} and {facts.get('characters', '0')} characters"
        text = f"The long stream failed ({last.branch}) after {seen}: {said.rstrip('.')}."
    elif last.exchange.cut:
        text = f"The long stream still flowed when our own time was up: {received} in {took}, {times}."
    else:
        text = f"The long stream was whole: {received} in {took}, {times}."
    return " ".join(filter(None, [text, raw.facts.get("own_429", ""), cost_sentence(raw.facts)]))
