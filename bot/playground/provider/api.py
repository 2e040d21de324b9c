"""The stand-in API: which answer a request gets, under the conditions of the moment."""

import math
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aiohttp import web

from bot.clock import Clock
from bot.playground.provider import messages
from bot.playground.provider.admin import AdminDesk
from bot.playground.provider.answers import EDGE, REFUSALS, Refusal, invalid
from bot.playground.provider.asked import Asked, read_asked
from bot.playground.provider.catalogue import model_page, model_record
from bot.playground.provider.delivery import deliver, read_request
from bot.playground.provider.hostile import Script
from bot.playground.provider.journal import Call, Journal
from bot.playground.provider.key_ring import KeyRing
from bot.playground.provider.limits import Shortage
from bot.playground.provider.mangling import MANGLINGS, STREAM_ENDINGS
from bot.playground.provider.stage import Stage
from bot.playground.provider.validation import refuse_body, refuse_key, refuse_version
from bot.playground.provider.wire import Reply
from bot.playground.provider.wording import made_up_id, next_month

ANSWERS = frozenset((*REFUSALS, *EDGE, *MANGLINGS, *STREAM_ENDINGS))
"""Every name that a fault of a scenario may give as its `answer`."""

_ORGANIZATION = "00000000-0000-4000-8000-0000000a11ed"
_COUNT_TOKENS_PER_MINUTE = 2_000
_NOTHING = Reply(status=200, headers={}, chunks=(b"",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Which keys open what: `own` the models, `admin` the Admin API, where `ring` is managed."""

    own: str = field(repr=False)
    admin: str = field(repr=False)
    ring: KeyRing


class Api:
    """Answers requests as the provider does. `latency_scale` shortens the latencies of the scenario for tests."""

    def __init__(self, stage: Stage, clock: Clock, keys: Keys, journal: Journal, latency_scale: float) -> None:
        self._stage = stage
        self._clock = clock
        self._keys = keys
        self._admin = AdminDesk(clock, keys.ring, keys.admin, keys.own)
        self._journal = journal
        self._latency_scale = latency_scale

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and note it."""
        raw = await read_request(request)
        asked = read_asked(request, raw or b"")
        status: int | None = None
        try:
            outcome = EDGE["too_large"] if raw is None else self._outcome(asked)
            step = self._stage.step
            await self._clock.sleep(step.latency_s * self._latency_scale)
            date = self._clock.now() + timedelta(seconds=step.date_skew_s)
            response = await deliver(request, outcome, date)
            status = outcome.status if isinstance(outcome, Reply) else None
            if raw is None:
                response.force_close()
            return response
        finally:
            at, method, path = self._clock.now(), asked.method, asked.path
            self._journal.append(Call(at=at, server="api", method=method, path=path, status=status, model=asked.model))

    def _outcome(self, asked: Asked) -> Reply | Script:
        """Return the answer, spoilt as the scenario wants it."""
        fault = self._stage.fault_for(asked.endpoint, asked.model) or ""
        if fault in EDGE:
            return EDGE[fault]
        mangling = MANGLINGS.get(fault)
        if mangling and mangling.early:
            return mangling.script(_NOTHING)
        reply = self._reply(asked, fault)
        if mangling:
            return mangling.script(reply)
        return STREAM_ENDINGS[fault](reply) if fault in STREAM_ENDINGS and reply.streamed else reply

    def _reply(self, asked: Asked, fault: str) -> Reply:
        """Return what the API itself says: a key that is not good is told nothing else."""
        if asked.admin:
            return self._admin.reply(asked, fault)
        ring = self._keys.ring
        refusal = refuse_key(asked.headers, self._keys.own, self._stage.step.key, own_is_good=ring.own_is_good)
        if refusal:
            return self._refuse(refusal, asked)
        reply = self._authenticated(asked, fault)
        whose = {"anthropic-organization-id": _ORGANIZATION, "anthropic-workspace-id": ring.workspace}
        return replace(reply, headers={"request-id": made_up_id("req"), **reply.headers, **whose})

    def _authenticated(self, asked: Asked, fault: str) -> Reply:
        refusal = self._not_in_order(asked)
        if refusal:
            return self._refuse(refusal, asked)
        if fault == "rate_limited":
            requests = self._stage.step.limits.requests_per_minute
            return self._short(asked, Shortage(f"{requests:,} requests", 1.0))
        if fault in REFUSALS:
            return self._refuse(REFUSALS[fault], asked)
        if asked.endpoint == "models":
            return self._models(asked)
        return self._say(asked)

    def _not_in_order(self, asked: Asked) -> Refusal | None:
        if asked.endpoint is None:
            return REFUSALS["not_found"]
        if asked.method != ("GET" if asked.endpoint == "models" else "POST"):
            return REFUSALS["method_not_allowed"]
        refusal = refuse_version(asked.headers) or (asked.body if isinstance(asked.body, Refusal) else None)
        if refusal or asked.endpoint == "models":
            return refusal
        counting = asked.endpoint == "count_tokens"
        return refuse_body(asked.fields, asked.headers["anthropic-version"], self._stage.catalogue, counting=counting)

    def _say(self, asked: Asked) -> Reply:
        """Count tokens, or let the model answer within its limits."""
        if asked.endpoint == "count_tokens":
            limit = str(_COUNT_TOKENS_PER_MINUTE)
            headers = {f"anthropic-ratelimit-requests-{part}": limit for part in ("limit", "remaining")}
            return Reply.of_json(200, {"input_tokens": messages.count_tokens(asked.fields)}, headers)
        said = messages.answer(asked.fields)
        limits = self._stage.limits_of(said.model)
        shortage = limits.take(said.input_tokens, said.output_tokens, self._clock.now())
        if shortage:
            return self._short(asked, shortage)
        reply = messages.stream(said) if asked.endpoint == "stream" else messages.whole(said)
        return replace(reply, headers={**reply.headers, **limits.headers(self._clock.now())})

    def _short(self, asked: Asked, shortage: Shortage) -> Reply:
        refused = self._refuse(REFUSALS["rate_limited"], asked, limit=shortage.limit)
        headers = self._stage.limits_of(asked.model or "").headers(self._clock.now())
        wait = {"retry-after": str(math.ceil(shortage.retry_after_s))}
        return replace(refused, headers={**refused.headers, **headers, **wait})

    def _refuse(self, refusal: Refusal, asked: Asked, **words: str) -> Reply:
        month = next_month(self._clock.now())
        known = {"model": asked.model or "", "next_month": month, "organization": _ORGANIZATION}
        return refusal.reply(made_up_id("req"), **known, **words)

    def _models(self, asked: Asked) -> Reply:
        """Return one model, or a page of the list."""
        if asked.path == "/v1/models":
            page = model_page(self._stage.catalogue, asked.query)
            return self._refuse(invalid(page), asked) if isinstance(page, str) else Reply.of_json(200, page)
        model = self._stage.catalogue.get(asked.model or "")
        return Reply.of_json(200, model_record(model)) if model else self._refuse(REFUSALS["model_not_found"], asked)
