"""Bolt's application, made so that its start says nothing that is not so."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped, warning_token_skipped
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

# The token is not ignored: the client has it, and `authorize` hands it on. Bolt reads it from the environment too.
_NOT_SO: Final = frozenset({warning_client_prioritized_and_token_skipped(), warning_token_skipped()})
_LOG: Final = "slack_bolt.anth_triage"
_UNHANDLED: Final = "Unhandled request"
log = structlog.get_logger()


def bolt_app(client: AsyncWebClient, secret: str, authorize: Callable[..., Awaitable[AuthorizeResult]]) -> AsyncApp:
    """Return the application; with an empty secret, as in Socket Mode, Bolt reads none from the environment."""
    logger = logging.getLogger(_LOG)
    logger.setLevel(logging.INFO)  # at DEBUG the libraries quote whatever comes in
    if _is_so not in logger.filters:
        logger.addFilter(_is_so)
    app = AsyncApp(
        name="anth-triage",
        logger=logger,
        client=client,
        signing_secret=secret,
        process_before_response=True,
        authorize=authorize,
    )
    app.error(_on_error)
    return app


async def _on_error(error: Exception) -> BoltResponse:
    """Answer what Bolt itself stumbled over while it looked for a listener; ours end in the guard.

    The error's text may quote what came in, so only its class is told.
    """
    if isinstance(error, TypeError | AttributeError | LookupError | ValueError | RecursionError):
        log.warning("payload_unreadable", error=type(error).__name__)
        return BoltResponse(status=400)
    log.error("dispatch_failed", error=type(error).__name__)
    return BoltResponse(status=500)


def _is_so(record: logging.LogRecord) -> bool:
    """Keep what is so; of a request that nobody answers, keep that it came: Bolt would quote what stands in it."""
    if record.getMessage().startswith(_UNHANDLED):
        record.msg, record.args = f"{_UNHANDLED}, which is not for this bot", ()
    return record.getMessage() not in _NOT_SO
