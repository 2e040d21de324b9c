"""`anth-triage amend INC-1 ENTRY PART TEXT`: correct what was written on a timeline."""

import asyncio

import click

from bot.cli.arguments import IncidentName, by, reason
from bot.cli.records import records
from bot.incidents.events import Actor
from bot.workflows.erase import amend


@click.command()
@click.argument("incident", type=IncidentName())
@click.argument("entry", type=int)
@click.argument("part")
@click.argument("text")
@by
@reason
def command(incident: int, entry: int, part: str, text: str, who: Actor, reason: str) -> None:
    """Correct words of an entry by a new entry that says who and why; what was first written stays.

    ENTRY is its number in `anth-triage show`; PART is title, impact, root_cause, mitigation, action_items (a line
    each), reason, said or text, where the entry has it.
    """
    asyncio.run(_amend(incident, entry, part, text, reason, who))
    click.echo(f"Entry {entry} of INC-{incident} is corrected.")


async def _amend(number: int, entry: int, part: str, text: str, why: str, who: Actor) -> None:
    async with records() as store:
        await amend(store, number, seq=entry, part=part, text=text, reason=why, actor=who)
