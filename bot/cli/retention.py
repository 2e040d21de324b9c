"""`anth-triage retention`: delete incidents that have been over for long, and what is old and belongs to none."""

import asyncio

import click

from bot.cli.arguments import by
from bot.cli.records import records
from bot.incidents.events import Actor
from bot.incidents.model import Incident
from bot.store.unit_of_work import Store
from bot.workflows.retention import delete_elsewhere, delete_expired, elsewhere, expired


@click.command()
@click.argument("days", type=int)
@click.option("--dry-run", is_flag=True, help="Say which, and delete nothing.")
@by
def command(days: int, who: Actor, *, dry_run: bool) -> None:
    """Delete every incident that has been over for more than DAYS days; of each a tombstone stays, without words.

    Reports of production and triage runs that belong to no incident and are older go as well. Slack's channels and
    messages are not touched. `[retention] incident_days` does the same each day.
    """
    incidents, reports, runs = asyncio.run(_run(days, who, dry_run=dry_run))
    for incident in incidents:
        click.echo(f"  {incident.name} {incident.severity} resolved {incident.resolved_at:%Y-%m-%d}")
    how = "would be deleted" if dry_run else "deleted"
    click.echo(f"{_counted(len(incidents), 'incident')} {how}")
    click.echo(f"{_counted(reports, 'report')} and {_counted(runs, 'run')} of no incident {how}")


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


async def _run(days: int, who: Actor, *, dry_run: bool) -> tuple[list[Incident], int, int]:
    async with records() as store:
        if not dry_run:
            return await _delete(store, days, who)
        async with store.read() as unit:
            lone = await elsewhere(unit, days, limit=None)
            return list(await expired(unit, days, limit=None)), len(lone.reports), len(lone.runs)


async def _delete(store: Store, days: int, who: Actor) -> tuple[list[Incident], int, int]:
    gone: list[Incident] = []
    reports = runs = 0
    while True:
        async with store.begin() as unit:
            some = await delete_expired(unit, days, who)
            lone = await delete_elsewhere(unit, days, who)
        if not some and not lone:
            break
        gone += some
        reports, runs = reports + len(lone.reports), runs + len(lone.runs)
    await store.database.scrub()
    return gone, reports, runs
