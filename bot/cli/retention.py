"""`anth-triage retention`: delete incidents that have been over for long."""

import asyncio

import click

from bot.cli.arguments import by
from bot.cli.records import records
from bot.incidents.events import Actor
from bot.incidents.model import Incident
from bot.workflows.retention import delete_expired, expired


@click.command()
@click.argument("days", type=int)
@click.option("--dry-run", is_flag=True, help="Say which, and delete nothing.")
@by
def command(days: int, who: Actor, *, dry_run: bool) -> None:
    """Delete every incident that has been over for more than DAYS days; of each a tombstone stays, without words.

    Slack's channels and messages are not touched. `[retention] incident_days` does the same each day.
    """
    gone = asyncio.run(_run(days, who, dry_run=dry_run))
    for incident in gone:
        click.echo(f"  {incident.name} {incident.severity} resolved {incident.resolved_at:%Y-%m-%d}")
    click.echo(f"{len(gone)} incident{'' if len(gone) == 1 else 's'} {'would be ' if dry_run else ''}deleted")


async def _run(days: int, who: Actor, *, dry_run: bool) -> list[Incident]:
    async with records() as store:
        if dry_run:
            async with store.read() as unit:
                return list(await expired(unit, days, limit=None))
        gone: list[Incident] = []
        while True:
            async with store.begin() as unit:
                some = await delete_expired(unit, days, who)
            if not some:
                break
            gone += some
        await store.database.scrub()
        return gone
