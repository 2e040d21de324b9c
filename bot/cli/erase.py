"""`anth-triage erase INC-1 ENTRY`: take words off a timeline that must not stay."""

import asyncio

import click

from bot.cli.arguments import IncidentName, by, reason
from bot.cli.records import records
from bot.incidents.events import Actor
from bot.workflows.erase import erase


@click.command()
@click.argument("incident", type=IncidentName())
@click.argument("entry", type=int)
@by
@reason
def command(incident: int, entry: int, who: Actor, reason: str) -> None:
    """Erase what people wrote in an entry, and its corrections, for good; who and why stay as a tombstone.

    ENTRY is its number in `anth-triage show`. Slack's messages are drawn anew. Backups, and documents that were
    exported or shared before, keep the words: delete those by hand.
    """
    asyncio.run(_erase(incident, entry, reason, who))
    click.echo(f"The words of entry {entry} of INC-{incident} are erased. Shared postmortems and backups keep them.")


async def _erase(number: int, entry: int, why: str, who: Actor) -> None:
    async with records() as store:
        await erase(store, number, seq=entry, reason=why, actor=who)
