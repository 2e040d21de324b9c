"""The one way out to Slack: no call inside a transaction, after a lost lease, or beyond Slack's budget."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import Unsaved
from bot.slack.budgets import UPLOAD, Budget, budget_of
from bot.slack.refusals import SHUT_OUT, TOO_MANY, asked_wait, code_of, is_rate_limit, retry_after
from bot.store.unit_of_work import Store
from bot.transaction import refuse_inside_transaction
from bot.workflows.worker import RetryLater, Unclear, require_lease

_OK = 200
_SOCKET: Final = "apps.connections.open"
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    _SOCKET: ("url",),
    "auth.test": ("team_id", "user_id"),
    "chat.postMessage": ("channel", "ts"),
    "conversations.replies": ("messages",),
    "conversations.create": ("channel",),
    "conversations.history": ("messages",),
    "conversations.info": ("channel",),
    "conversations.list": ("channels",),
    "conversations.open": ("channel",),
    "files.getUploadURLExternal": ("file_id", "upload_url"),
}
"""What Slack's `ok` must bring along; without it nothing is known, least of all that a message is not there."""
log = structlog.get_logger()


class OutgoingClient(AsyncWebClient):
    """Slack's client, whose every method comes through `api_call`; its own retries must be switched off.

    `watch` is called once there is a store: the calls that check the tokens come before it.
    """

    _store: Store | None = None
    shut_out = ""
    """The error name with which Slack turns the whole app away, empty while it does not."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - Slack's
        super().__init__(*arguments, **settings)
        self._closed: dict[str, float] = {}  # budgets, by name, until what moment of the loop's clock: not yet in rows

    def watch(self, store: Store) -> None:
        """Draw on the budgets of this store from now on."""
        self._store = store

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:  # noqa: ANN401 - Slack's
        """Call the method; raises RetryLater when the budget is used up, LeaseLost when the job is somebody else's.

        An answer that is no JSON object is a broken connection (ClientPayloadError): it says nothing of the outcome.
        """
        refuse_inside_transaction(api_method)
        budget = budget_of(api_method, _channel(arguments))
        await self._draw(budget)
        self._require_open(budget)
        require_lease()  # last, right before the call: a process that was paused must not send what others took over
        try:
            answer = await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            self._learn(api_method, code_of(error))
            if budget and is_rate_limit(error):
                await self._pause(budget, retry_after(error))
            raise
        self._learn(api_method, "")
        if lacking := [part for part in _PARTS.get(api_method, ()) if not _has(answer, part)]:
            raise aiohttp.ClientPayloadError(f"ok without {lacking[0]}")
        return answer

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        """Send the request, in place of the SDK's own way, which loses what the head says over an odd body."""
        assert self.session is not None  # noqa: S101 - the root gives every client its session
        async with self.session.request(http_verb, api_url, **req_args) as answer:
            return {"data": await _content(answer), "headers": answer.headers, "status_code": answer.status}

    async def send_file(self, url: str, data: bytes) -> None:
        """Send a file's bytes where Slack wants them; raises RetryLater, Unclear, LeaseLost, or what aiohttp does."""
        refuse_inside_transaction(UPLOAD)
        assert self.session is not None  # noqa: S101 - the root gives every client its session
        budget = budget_of(UPLOAD, "")
        await self._draw(budget)
        self._require_open(budget)
        require_lease()
        async with self.session.post(url, data=data, proxy=self.proxy) as answer:
            status, headers = answer.status, answer.headers
        if status == TOO_MANY:
            wait = asked_wait(headers)
            if budget is not None:
                await self._pause(budget, wait)
            raise RetryLater(wait)
        if status != _OK:
            raise Unclear(f"the upload was answered {status}")

    def _learn(self, api_method: str, code: str) -> None:
        """Note whether Slack turns the bot away; a socket is opened with another token, which says nothing of that."""
        if api_method != _SOCKET:
            self.shut_out = code if code in SHUT_OUT else ""

    async def _draw(self, budget: Budget | None) -> None:
        if budget is None or self._store is None:
            return
        async with self._store.begin() as unit:
            wait = await unit.budgets.take(budget.name, budget.interval_s, budget.burst, unit.now)
        if wait > 0:
            raise RetryLater(wait)

    def _require_open(self, budget: Budget | None) -> None:
        """Raise RetryLater while it is not yet written down that Slack asked to wait: what was drawn before is void."""
        if budget is not None and (seconds := self._closed.get(budget.name, 0.0) - _loop_time()) > 0:
            raise RetryLater(seconds)

    async def _pause(self, budget: Budget, seconds: float) -> None:
        log.warning("slack_asked_to_wait", budget=budget.name, seconds=seconds)
        # With an earlier wait that could not be written down.
        seconds = max(seconds, self._closed.get(budget.name, 0.0) - _loop_time())
        until = self._closed[budget.name] = _loop_time() + seconds
        if self._store is None:
            return
        try:
            async with self._store.begin() as unit:
                await unit.budgets.pause(budget.name, unit.after(seconds), budget.interval_s, budget.burst)
        except Unsaved:
            log.warning("database_away", during="pause")  # this process at least keeps to it
        else:
            if self._closed.get(budget.name) == until:  # else another call has heard of a longer one meanwhile
                del self._closed[budget.name]


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


async def _content(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return the answer's JSON object; a 429's head says all, however its body ends.

    Raises ClientPayloadError for anything else, as for a connection that broke: it says nothing of the outcome.
    """
    if answer.status == TOO_MANY:
        return {"ok": False, "error": "ratelimited"}
    try:
        content = json.loads(await answer.read())
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise aiohttp.ClientPayloadError(f"{answer.status} without a JSON object")
    return content


def _has(answer: AsyncSlackResponse, part: str) -> bool:
    return isinstance(answer.data, dict) and answer.data.get(part) is not None


def _channel(arguments: dict[str, Any]) -> str:
    given = arguments.get("json") or arguments.get("params") or arguments.get("data") or {}
    return str(given.get("channel") or "") if isinstance(given, dict) else ""
