"""`anth-triage bundle ID`: what the provider's support can look up of an incident, ready to paste."""

import asyncio
import os
from pathlib import Path

import click

from bot.app.measure import api_of
from bot.cli.arguments import IncidentName
from bot.cli.records import records
from bot.cli.target import output, write_out
from bot.settings import load
from bot.workflows.bundle import bundle_of


@click.command()
@click.argument("incident", type=IncidentName())
@output
def command(incident: int, output: Path | None) -> None:
    """Write what the provider's support can look up of an incident; exit status 4 when there is none of that name.

    Request ids, times, statuses, headers, models, a command that reproduces it, and what the status page said: nothing
    that people wrote.
    """
    write_out(asyncio.run(_document(incident)).encode(), output)


async def _document(number: int) -> str:
    async with records() as store:
        return await bundle_of(store, number, api_of(load(os.environ)))
