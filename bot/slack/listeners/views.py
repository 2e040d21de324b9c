"""Submitted forms: parse the fields, call one workflow."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from bot.errors import BadInput
from bot.incidents.report import Kind, Report
from bot.rules.classify import branch_in
from bot.slack import ids
from bot.slack.guard import Desk, Reply, Request
from bot.workflows.report_evidence import report_evidence
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


async def submit_evidence(request: Request, desk: Desk) -> Reply:
    """Take down what production sees, and weigh it in a new run."""
    view, text = request.body["view"], _field(request.body["view"], "text")
    delivery = replace(request.delivery, channel_id=ids.place(str(view["private_metadata"])))
    since = _entry(view, "since").get("selected_date_time")
    report = Report(
        actor=delivery.actor,
        at=desk.context.clock.now(),
        kind=cast("Kind", _entry(view, "kind")["selected_option"]["value"]),
        failed=_number(view, "failed"),
        total=_number(view, "total"),
        branch=branch_in(text, desk.context.rules) if text else None,
        since=datetime.fromtimestamp(since, UTC) if since else None,
        text=text,
        changed=_field(view, "changed"),
    )
    await report_evidence(desk.context, delivery, report)
    return None


def _entry(view: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = view["state"]["values"].get(name, {}).get(name) or {}
    return found


def _number(view: Mapping[str, Any], name: str) -> int | None:
    text = _field(view, name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:  # noqa: PLR2004 - a thousand million requests
        raise BadInput(f"{text[:20]} is no number of requests.", "Write it in digits.")
    return int(text)


def _field(view: Mapping[str, Any], name: str) -> str:
    return str(_entry(view, name).get("value") or "").strip()
