"""Taking down what production sees: stored, put on the incident's timeline, and weighed by a new run at once."""

from dataclasses import replace

from bot.incidents.effects import Effect
from bot.incidents.events import EvidenceReported
from bot.incidents.report import Report
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.tell import telling
from bot.workflows.triage import Started, start_in


async def report_evidence(context: Context, delivery: Delivery, report: Report) -> Started:
    """Store the report, start a run that weighs it (or name the one that runs), and tell the person what happens."""
    async with context.store.begin(once=delivery.key) as unit:
        around = await unit.incidents.in_channel(delivery.channel_id)
        private = delivery.in_private or (around is not None and around.private)
        await unit.reports.add(replace(report, channel_id=delivery.channel_id or None, private=private))
        await _put_on_timeline(unit, delivery, report)
        started = await start_in(unit, delivery)
        await unit.wish(_noted(delivery, report, started))
        return started


async def _put_on_timeline(unit: UnitOfWork, delivery: Delivery, report: Report) -> None:
    found = await unit.incidents.in_channel(delivery.channel_id)
    if found is None or not found.is_open:
        return
    incident = await unit.incidents.get(found.id, lock=True)
    event = EvidenceReported(
        actor=report.actor,
        happened_at=report.at,
        said=report.sentence(),
        branch=report.branch,
        text=report.text,
        since=report.since,
    )
    await unit.record(incident, event)


def _noted(delivery: Delivery, report: Report, started: Started) -> Effect:
    if started.hidden:
        follows = "A triage is running and ends in some seconds: start another then, which weighs this."
    elif started.joined:
        where = f"<#{started.triage.channel_id}>"
        follows = (
            f"A triage runs in {where}: press *Run again* there when it is done, and the next verdict weighs this."
        )
    else:
        follows = "The triage that starts now weighs it."
    return telling(delivery, f"Noted: {report.headline()}. {follows}")
