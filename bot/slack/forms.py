"""Opens a form, redacted: the one call to Slack that a listener makes, for its trigger lives three seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.errors import Unavailable
from bot.slack import ids
from bot.slack.guard import Request
from bot.slack.refusals import UNREACHABLE

_PATIENCE_S = 2.0
OpenView = Callable[..., Awaitable[object]]


def redacting(open_view: OpenView, redact_data: Callable[[Any], Any]) -> OpenView:
    """Return Slack's `views.open` as listeners get it: no secret is in what it shows."""

    async def opened(*, trigger_id: str, view: dict[str, Any]) -> object:
        return await open_view(trigger_id=trigger_id, view=redact_data(view))

    return opened


async def open_form(request: Request, open_view: OpenView, view: dict[str, Any]) -> None:
    """Open the form, which carries on where it was asked for; raises Unavailable when Slack does not do so in time."""
    view = placed(request, view)
    trigger_id = str(request.body["trigger_id"])
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await open_view(trigger_id=trigger_id, view=view)
    except (SlackApiError, *UNREACHABLE):
        raise Unavailable("Slack did not open the form.", "Nothing was changed; press again.") from None


def placed(request: Request, view: dict[str, Any]) -> dict[str, Any]:
    """Return the form, which carries on where it was asked for."""
    delivery = request.delivery
    metadata = str(view.get("private_metadata") or "")
    return {**view, "private_metadata": ids.placed(metadata, delivery.channel_id, in_private=delivery.in_private)}
