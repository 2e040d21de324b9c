"""Submitted forms: parse the fields, call one workflow."""

from bot.incidents.ending import resolved
from bot.slack import ids
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field
from bot.workflows.change import change


async def submit_resolve(request: Request, desk: Desk) -> Reply:
    """End the incident with what the form says."""
    view = request.body["view"]
    number, seen = ids.parse_form(str(view["private_metadata"]))
    await change(
        desk.context,
        request.delivery,
        "resolve",
        number,
        resolved,
        seen,
        rule=desk.context.recovery,
        impact=field(view, "impact"),
        root_cause=field(view, "root_cause"),
        mitigation=field(view, "mitigation"),
        action_items=tuple(
            line.strip("-*• ").strip() for line in field(view, "action_items").splitlines() if line.strip()
        ),
        early=field(view, "early"),
    )
    return None
