"""HTTP delivery: the same payloads as signed POSTs to the app's request URL."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from bot.clock import Clock
from bot.playground.workspace.delivery import ACK_WITHIN_S, Envelope
from bot.playground.workspace.model import Json, Outcome
from bot.playground.workspace.state import State

_OK = 200


class SignedHttp:
    """Posts to `request_url`; signatures carry the time of `clock`."""

    def __init__(self, state: State, clock: Clock, request_url: str) -> None:
        self._state = state
        self._clock = clock
        self.request_url = request_url

    async def carry(self, envelope: Envelope) -> Outcome:
        """Post an envelope; an answer of status 200 within three seconds acknowledges it."""
        content_type, body = _body_of(envelope)
        headers = {"Content-Type": content_type, **self.signature(body)}
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": envelope.reason}
        began = self._clock.monotonic()
        try:
            payload, failure, may_retry = await self._post(body, headers)
        except TimeoutError:
            return Outcome(acked=False, after_s=ACK_WITHIN_S, failure="http_timeout")
        except aiohttp.ClientError:
            return Outcome(acked=False, after_s=self._clock.monotonic() - began, failure="connection_failed")
        after_s = self._clock.monotonic() - began
        return Outcome(acked=not failure, payload=payload, after_s=after_s, failure=failure, may_retry=may_retry)

    def signature(self, body: bytes) -> dict[str, str]:
        """Return the two headers by which an app knows that a request is Slack's."""
        timestamp = str(int(self._clock.now().timestamp()))
        signed = b":".join((b"v0", timestamp.encode(), body))
        digest = hmac.new(self._state.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}

    async def _post(self, body: bytes, headers: dict[str, str]) -> tuple[Json | None, str, bool]:
        """Return the answer's payload, why it is no acknowledgement, and whether to try again."""
        patience = aiohttp.ClientTimeout(total=ACK_WITHIN_S)
        async with (
            aiohttp.ClientSession(timeout=patience) as session,
            session.post(self.request_url, data=body, headers=headers) as answer,
        ):
            text = await answer.text()
            if answer.status != _OK:
                return None, "http_error", "X-Slack-No-Retry" not in answer.headers
            is_json = answer.content_type == "application/json"
            return (json.loads(text) if is_json else {"text": text}) if text else None, "", True


def _body_of(envelope: Envelope) -> tuple[str, bytes]:
    if envelope.kind == "events_api":
        return "application/json", json.dumps(envelope.payload).encode()
    form = envelope.payload if envelope.kind == "slash_commands" else {"payload": json.dumps(envelope.payload)}
    return "application/x-www-form-urlencoded", urlencode(form).encode()
