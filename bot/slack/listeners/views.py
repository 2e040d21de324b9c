"""Submitted forms: parse the fields, call one workflow."""

from collections.abc import Mapping
from typing import Any

from bot.slack import ids
from bot.slack.guard import Desk, Reply, Request
from bot.workflows.resolve import Closing, resolve


async def submit_resolve(request: Request, desk: Desk) -> Reply:
    """End the incident with what the form says."""
    view = request.body["view"]
    closing = Closing(
        impact=_field(view, "impact"),
        root_cause=_field(view, "root_cause"),
        mitigation=_field(view, "mitigation"),
        action_items=tuple(
            line.strip("-*• ").strip() for line in _field(view, "action_items").splitlines() if line.strip()
        ),
    )
    await resolve(desk.context, request.delivery, ids.number(str(view["private_metadata"])), closing)
    return None


def _field(view: Mapping[str, Any], name: str) -> str:
    return str(view["state"]["values"].get(name, {}).get(name, {}).get("value") or "").strip()
