"""The stand-in API: which answer a request gets, under the conditions of the moment."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs

from aiohttp import web

from bot.clock import Clock
from bot.playground.provider import messages
from bot.playground.provider.answers import EDGE, REFUSALS, Refusal, invalid
from bot.playground.provider.catalogue import model_page, model_record
from bot.playground.provider.delivery import deliver, read_request
from bot.playground.provider.hostile import Script
from bot.playground.provider.journal import Call, Journal
from bot.playground.provider.limits import Shortage
from bot.playground.provider.mangling import MANGLINGS, STREAM_ENDINGS
from bot.playground.provider.stage import Stage
from bot.playground.provider.story import Endpoint
from bot.playground.provider.validation import Body, read_body, refuse_body, refuse_key, refuse_version
from bot.playground.provider.wire import Reply
from bot.playground.provider.wording import made_up_id, next_month

ANSWERS = frozenset((*REFUSALS, *EDGE, *MANGLINGS, *STREAM_ENDINGS))
"""Every name that a fault of a scenario may give as its `answer`."""

_ORGANIZATION = "00000000-0000-4000-8000-0000000a11ed"
_COUNT_TOKENS_PER_MINUTE = 2_000
_NOTHING = Reply(status=200, headers={}, chunks=(b"",))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request as it came in; `endpoint` is None for a path that the API does not have."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Body | Refusal | None
    endpoint: Endpoint | None

    @property
    def fields(self) -> Body:
        """Return the body's fields; none if it has no body or one that cannot be read."""
        return self.body if isinstance(self.body, Mapping) else {}

    @property
    def model(self) -> str | None:
        """Return the model that is asked for, in the body or in the path."""
        in_path = self.path.removeprefix("/v1/models").removeprefix("/") if self.endpoint == "models" else ""
        named = self.fields.get("model", in_path)
        return named if isinstance(named, str) and named else None


class Api:
    """Answers requests as the provider does. `latency_scale` shortens the latencies of the scenario for tests."""

    def __init__(self, stage: Stage, clock: Clock, key: str, journal: Journal, latency_scale: float) -> None:
        self._stage = stage
        self._clock = clock
        self._key = key
        self._journal = journal
        self._latency_scale = latency_scale
        self._workspace = made_up_id("wrkspc")

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and note it."""
        raw = await read_request(request)
        asked = _asked(request, raw or b"")
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

    def _outcome(self, asked: _Asked) -> Reply | Script:
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

    def _reply(self, asked: _Asked, fault: str) -> Reply:
        """Return what the API itself says: a key that is not good is told nothing else."""
        refusal = refuse_key(asked.headers, self._key, self._stage.step.key)
        if refusal:
            return self._refuse(refusal, asked)
        reply = self._authenticated(asked, fault)
        whose = {"anthropic-organization-id": _ORGANIZATION, "anthropic-workspace-id": self._workspace}
        return replace(reply, headers={"request-id": made_up_id("req"), **reply.headers, **whose})

    def _authenticated(self, asked: _Asked, fault: str) -> Reply:
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

    def _not_in_order(self, asked: _Asked) -> Refusal | None:
        if asked.endpoint is None:
            return REFUSALS["not_found"]
        if asked.method != ("GET" if asked.endpoint == "models" else "POST"):
            return REFUSALS["method_not_allowed"]
        refusal = refuse_version(asked.headers) or (asked.body if isinstance(asked.body, Refusal) else None)
        if refusal or asked.endpoint == "models":
            return refusal
        counting = asked.endpoint == "count_tokens"
        return refuse_body(asked.fields, asked.headers["anthropic-version"], self._stage.catalogue, counting=counting)

    def _say(self, asked: _Asked) -> Reply:
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

    def _short(self, asked: _Asked, shortage: Shortage) -> Reply:
        refused = self._refuse(REFUSALS["rate_limited"], asked, limit=shortage.limit)
        headers = self._stage.limits_of(asked.model or "").headers(self._clock.now())
        wait = {"retry-after": str(math.ceil(shortage.retry_after_s))}
        return replace(refused, headers={**refused.headers, **headers, **wait})

    def _refuse(self, refusal: Refusal, asked: _Asked, **words: str) -> Reply:
        month = next_month(self._clock.now())
        known = {"model": asked.model or "", "next_month": month, "organization": _ORGANIZATION}
        return refusal.reply(made_up_id("req"), **known, **words)

    def _models(self, asked: _Asked) -> Reply:
        """Return one model, or a page of the list."""
        if asked.path == "/v1/models":
            page = model_page(self._stage.catalogue, asked.query)
            return self._refuse(invalid(page), asked) if isinstance(page, str) else Reply.of_json(200, page)
        model = self._stage.catalogue.get(asked.model or "")
        return Reply.of_json(200, model_record(model)) if model else self._refuse(REFUSALS["model_not_found"], asked)


def _asked(request: web.BaseRequest, raw: bytes) -> _Asked:
    path = request.path.rstrip("/")
    body = read_body(raw) if request.method == "POST" else None
    endpoint: Endpoint | None = None
    if path == "/v1/messages":
        endpoint = "stream" if isinstance(body, Mapping) and body.get("stream") is True else "messages"
    elif path == "/v1/messages/count_tokens":
        endpoint = "count_tokens"
    elif path == "/v1/models" or path.startswith("/v1/models/"):
        endpoint = "models"
    return _Asked(request.method, path, request.headers, parse_qs(request.query_string), body, endpoint)
