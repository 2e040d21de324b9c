"""Taking down what production sees: by the verb, or by a verdict's button and its form."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from bot.errors import BadInput
from bot.incidents.report import Kind, Report
from bot.rules.pasted import explain_text
from bot.slack import ids
from bot.slack.cards.evidence import evidence_form
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field
from bot.slack.written import as_written
from bot.workflows.report_evidence import report_evidence

_DIGITS = 9


async def evidence(request: Request, desk: Desk, rest: str) -> Reply:
    """Open the form; an error that was typed behind the verb stands in it."""
    form = evidence_form(request.delivery.channel_id, as_written(rest))
    await open_form(request, desk.open_view, form)
    return None


async def ask_evidence(request: Request, desk: Desk) -> Reply:
    """Open the form; the run that follows shows where the button was pressed."""
    await open_form(request, desk.open_view, evidence_form(request.delivery.channel_id))
    return None


async def submit_evidence(request: Request, desk: Desk) -> Reply:
    """Take down what the form says, and weigh it in a new run."""
    view = request.body["view"]
    text, since = field(view, "text"), field(view, "since")
    delivery = replace(request.delivery, channel_id=ids.place(str(view["private_metadata"])))
    report = Report(
        actor=delivery.actor,
        at=desk.context.clock.now(),
        kind=cast("Kind", field(view, "kind")),
        failed=_count("failed", field(view, "failed")),
        total=_count("total", field(view, "total")),
        branch=(await asyncio.to_thread(explain_text, text, desk.context.rules)).branch if text else None,
        since=datetime.fromtimestamp(int(since), UTC) if since else None,
        text=text,
        changed=field(view, "changed"),
    )
    await report_evidence(desk.context, delivery, report)
    return None


def _count(name: str, text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise BadInput(f"{text[:20]} is no number of requests.", "Write it in digits.", field=name)
    return int(text)
