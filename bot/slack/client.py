"""The one way out to Slack: no call inside a transaction, after a lost lease, or beyond Slack's budget."""

from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.budgets import UPLOAD, Budget, budget_of
from bot.slack.refusals import SHUT_OUT, TOO_MANY, asked_wait, code_of, is_rate_limit, retry_after
from bot.store.unit_of_work import Store
from bot.transaction import refuse_inside_transaction
from bot.workflows.worker import RetryLater, Unclear, require_lease

_OK = 200
log = structlog.get_logger()


class OutgoingClient(AsyncWebClient):
    """Slack's client, whose every method comes through `api_call`; its own retries must be switched off.

    `watch` is called once there is a store: the calls that check the tokens come before it.
    """

    _store: Store | None = None
    shut_out = ""
    """The error name with which Slack turns the whole app away, empty while it does not."""

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
        require_lease()  # last, right before the call: a process that was paused must not send what others took over
        try:
            answer = await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            self.shut_out = code_of(error) if code_of(error) in SHUT_OUT else ""
            if budget and is_rate_limit(error):
                await self._pause(budget, retry_after(error))
            raise
        except (AttributeError, ValueError, RecursionError):  # so the SDK stumbles over such a body
            raise aiohttp.ClientPayloadError("no JSON object") from None
        self.shut_out = ""
        return answer

    async def send_file(self, url: str, data: bytes) -> None:
        """Send a file's bytes where Slack wants them; raises RetryLater, Unclear, LeaseLost, or what aiohttp does."""
        refuse_inside_transaction(UPLOAD)
        assert self.session is not None  # noqa: S101 - the root gives every client its session
        budget = budget_of(UPLOAD, "")
        await self._draw(budget)
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

    async def _draw(self, budget: Budget | None) -> None:
        if budget is None or self._store is None:
            return
        async with self._store.begin() as unit:
            wait = await unit.budgets.take(budget.name, budget.interval_s, budget.burst, unit.now)
        if wait > 0:
            raise RetryLater(wait)

    async def _pause(self, budget: Budget, seconds: float) -> None:
        if self._store is None:
            return
        log.warning("slack_asked_to_wait", budget=budget.name, seconds=seconds)
        async with self._store.begin() as unit:
            await unit.budgets.pause(budget.name, unit.after(seconds), budget.interval_s, budget.burst)


def _channel(arguments: dict[str, Any]) -> str:
    given = arguments.get("json") or arguments.get("params") or arguments.get("data") or {}
    return str(given.get("channel") or "") if isinstance(given, dict) else ""
