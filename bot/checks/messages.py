"""Can the service's own models answer right now? A small burst of one-token messages to each of them."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Final

from bot.checks import pace
from bot.checks.again import ask_again, is_limited
from bot.checks.base import AT_DEADLINE, NO_KEY, Attempt, Flaw, Raw, Terms, report, status_of
from bot.checks.budget import cost_sentence
from bot.checks.client import Client
from bot.checks.exchange import Exchange, fields_of, observe
from bot.checks.probe import ask
from bot.checks.shared import Shared
from bot.checks.target import Target, without_models
from bot.rules.evidence import CheckStatus, Evidence, Sample
from bot.rules.tally import SLOW_S

PATH: Final = "/v1/messages"
_OTHER: Final = "other:"  # what a request to a model that is not configured is about


class Messages:
    """Sends the cheapest message there is, several times, without retries, and counts what came of it.

    - Up to five probes of a model go out at once. What is asked for beyond them is paced by their limit headers.
    - Probes that meet a limit while others get through are sent once more, later: our own burst is no failure.
    - Exactly one failure or exactly one answer slower than 10 s says too little: the burst then grows to 20.
    - When the only configured model has not answered once, one other active model is asked, to tell a model's outage
      from the API's.
    - Proves: key, billing, inference and capacity of these models. Does not prove: long answers, streaming, quality.
    """

    name = "messages"
    terms = Terms(
        sends=f"`POST {PATH}`, one token out at most, to each configured model",
        count=f"`[probe] samples` shared over the models, at least two each; {pace.GROWN} when that is ambiguous;"
        " later ones for those that met a limit; one to another active model when the only one is silent or fails",
        skipped=f"{NO_KEY}; no model; `[probe] cost_cap_usd` is too low for one",
        ends=AT_DEADLINE,
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Run the burst."""
        raw.skipped = client.refusal or without_models(target)
        if raw.skipped:
            return
        burst = _Burst(client, target, shared, raw)
        async with asyncio.TaskGroup() as group:
            first = group.create_task(burst.run())
            await asyncio.wait({first}, timeout=target.deadline_s / 3)
            if len(target.models) == 1 and not any(attempt.branch is None for attempt in raw.attempts):
                group.create_task(burst.other_model())

    def interpret(self, raw: Raw, target: Target) -> Evidence:
        """Count clean, failed and slow probes; the model that is not configured is only a comparison."""
        counted = raw.telling(target)
        own_attempts = [it for it in counted if not _is_other(it)]
        probes = Raw(attempts=own_attempts, forgiven=raw.forgiven, skipped=raw.skipped)
        samples = tuple(as_sample(attempt) for attempt in counted)
        own = tuple(as_sample(attempt) for attempt in probes.attempts)
        slow = any((sample.latency_s or 0) > SLOW_S for sample in own)
        status = CheckStatus.FAILED if slow and not probes.bad else status_of(probes)
        sent = len(raw.attempts) + len(raw.forgiven)
        facts = {"probes": str(sent)} if sent else {}
        facts |= _other_facts(counted) | raw.facts
        return report(self.name, probes, _summary(own, raw, target), status=status, samples=samples, facts=facts)


def message(model: str, max_tokens: int = 1, *, content: str = "1", **more: object) -> Mapping[str, object]:
    """Return the body of a probe: about ten tokens in, `max_tokens` out at most."""
    return {"model": model, "max_tokens": max_tokens, "messages": [{"role": "user", "content": content}], **more}


def flaw_of(exchange: Exchange) -> Flaw | None:
    """Return what is wrong with an answer of the Messages endpoint; being cut by max_tokens is what a probe wants."""
    data = exchange.data() if exchange.answered else {}
    if not isinstance(data.get("content"), list):
        return Flaw(observation=observe(exchange))
    if data.get("stop_reason") == "refusal":
        category = fields_of(data, "stop_details").get("category")
        return Flaw(observation=observe(exchange, f"refusal ({category})"), branch="quality.refusal")
    return None


def as_sample(attempt: Attempt, *, streamed: bool = False) -> Sample:
    """Return an attempt as a sample of the provider's error rate."""
    seen = attempt.observation
    said = seen.message or seen.exception
    return Sample(
        at=attempt.exchange.at,
        source="probe",
        model=attempt.about.removeprefix(_OTHER),
        branch=attempt.branch,
        latency_s=attempt.exchange.latency_s,
        status=seen.http_status,
        request_id=seen.request_id,
        message=said if attempt.branch else None,
        streamed=streamed,
    )


class _Burst:
    """The probes of one run."""

    def __init__(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        self._client = client
        self._target = target
        self._shared = shared
        self._raw = raw
        self._sent = 0
        self._most = pace.most(target)

    async def run(self) -> None:
        """Probe each model side by side, then more if the result is ambiguous."""
        plan = pace.plan(self._target)
        await _side_by_side(self._probe_model, plan)
        extra = pace.growth(self._raw.attempts, self._sent, self._most)
        if extra and self._shared.time_left() > self._target.deadline_s / 10:
            self._raw.facts["grown"] = "The first probes were ambiguous, so more were sent."
            await _side_by_side(self._paced, pace.share(extra, tuple(plan)))

    async def other_model(self) -> None:
        """Ask one active model that is not configured."""
        others = [model for model in await self._shared.listed.wait() if model not in self._target.models]
        for model in others[:1]:
            await self._probe(model, about=_OTHER + model)

    async def _probe_model(self, model: str, count: int) -> None:
        """Send a model's first probes at once, then the rest; silence is no reason to wait for long."""
        first = min(count, pace.AT_ONCE)
        async with asyncio.TaskGroup() as group:
            burst = group.create_task(self._send(model, first))
            if count > first:
                await asyncio.wait({burst}, timeout=pace.patience(self._target))
                await self._paced(model, count - first)
        await self._again(model)

    async def _again(self, model: str) -> None:
        """Send the probes that met a limit once more, if others got through: it may be our burst that emptied it."""
        attempts = [attempt for attempt in self._raw.attempts if attempt.about == model]
        limited = [attempt for attempt in attempts if is_limited(attempt)]
        passed = any(attempt.branch is None for attempt in attempts)
        if limited and passed and self._sent + len(limited) <= self._most:
            self._sent += len(limited)
            await ask_again(limited, partial(self._probe, model), self._shared, self._raw)

    async def _paced(self, model: str, count: int) -> None:
        """Send as many of these probes as the limits that the model's answers told allow."""
        answers = [attempt.exchange for attempt in self._raw.attempts if attempt.about == model]
        allowed = min(count, pace.allowed(answers))
        if allowed < count:
            less = count - allowed
            probes = "probe" if less == 1 else "probes"
            self._raw.facts["paced"] = f"{model} got {less} {probes} fewer, as its rate limits are near."
        await self._send(model, max(0, min(allowed, self._most - self._sent)))

    async def _send(self, model: str, count: int) -> None:
        self._sent += count
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(self._probe(model))

    async def _probe(self, model: str, about: str | None = None) -> Attempt | None:
        asked = about or model
        attempt = await ask(
            self._client, self._shared, self._raw, about=asked, path=PATH, body=message(model), flaw=flaw_of
        )
        if attempt and attempt.branch is None:
            self._shared.passed.tell(True)  # noqa: FBT003 - the promised value itself
        if attempt and any(name.startswith("anthropic-ratelimit-") for name in attempt.exchange.headers):
            self._shared.limits.tell((model, attempt.exchange))
        return attempt


async def _side_by_side(probe: Callable[[str, int], Coroutine[None, None, None]], counts: Mapping[str, int]) -> None:
    async with asyncio.TaskGroup() as group:
        for model, count in counts.items():
            group.create_task(probe(model, count))


def _is_other(attempt: Attempt) -> bool:
    return attempt.about.startswith(_OTHER)


def _other_facts(attempts: list[Attempt]) -> dict[str, str]:
    """Return what the model that is not configured did: its id, and its branch or "clean"."""
    other = next(filter(_is_other, attempts), None)
    if other is None:
        return {}
    return {"other_model": other.about.removeprefix(_OTHER), "other_model_result": other.branch or "clean"}


def _summary(samples: tuple[Sample, ...], raw: Raw, target: Target) -> str:
    if not samples:
        early = f" within less than {target.unanswered_s:g} s, which shows nothing" if raw.attempts else " yet"
        return f"No probe had an answer{early}."
    bad = [sample for sample in samples if sample.branch]
    slow = sum((sample.latency_s or 0) > SLOW_S for sample in samples if not sample.branch)
    slowest = max(sample.latency_s or 0 for sample in samples)
    text = f"{len(samples) - len(bad)} of {len(samples)} probes answered, slowest {slowest:.1f} s."
    if bad:
        kinds = sorted({str(sample.branch) for sample in bad})
        text = f"{len(bad)} of {len(samples)} probes failed ({', '.join(kinds)}), slowest {slowest:.1f} s."
    if slow:
        text += f" {slow} of {len(samples)} took longer than {SLOW_S:.0f} s."
    other = _other_facts(raw.attempts)
    if other:
        text += f" For comparison, {other['other_model']}: {other['other_model_result']}."
    notes = [raw.facts[name] for name in ("own_429", "paced", "grown") if name in raw.facts]
    return " ".join(filter(None, [text, *notes, cost_sentence(raw.facts)]))
