"""What the log and the metrics learn of each thing that comes from Slack, whatever becomes of it."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import structlog

from bot.metrics import ACK
from bot.slack.payload import request_id
from bot.telemetry import about

_KINDS: Final[Mapping[str, str]] = {
    "block_actions": "button",
    "view_submission": "form",
    "view_closed": "form",
    "shortcut": "shortcut",
    "message_action": "shortcut",
    "event_callback": "event",
}
log = structlog.get_logger()


@contextmanager
def watched(body: Mapping[str, Any]) -> Iterator[None]:
    """Let each line within the block carry the request's id, and measure how long it takes to its acknowledgement."""
    kind = kind_of(body)
    clock = asyncio.get_running_loop().time
    began = clock()
    with about(request=request_id(body)):
        try:
            yield
        finally:
            took = clock() - began
            ACK.labels(kind).observe(took)
            say = log.debug if kind == "event" else log.info  # of events there are many: each message is one
            # The answer goes out first.
            asyncio.get_running_loop().call_soon(partial(say, "acknowledged", kind=kind, ms=round(took * 1000)))


def kind_of(body: Mapping[str, Any]) -> str:
    """Return of which kind it is, in our words; `other` for what nobody knows."""
    return "command" if "command" in body else _KINDS.get(str(body.get("type")), "other")
