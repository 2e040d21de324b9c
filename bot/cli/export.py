"""`anth-triage export ID`: the postmortem as a file or on standard output."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Final

import click

from bot.cli.arguments import IncidentName
from bot.cli.records import records
from bot.cli.target import output, write_out
from bot.errors import BadInput
from bot.rules.redact import Redactor
from bot.settings import load
from bot.telemetry import configure
from bot.workflows.export import FORMATS, file_of

_BINARY: Final = {"pdf"}


@click.command()
@click.argument("incident", type=IncidentName())
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), default="md", show_default=True)
@output
def command(incident: int, kind: str, output: Path | None) -> None:
    """Write the postmortem of an incident; exit status 4 when there is none of that name.

    PDF needs the extra `pdf`. What is wrong with a team's own template is said on standard error.
    """
    if kind in _BINARY and output is None and sys.stdout.isatty():
        raise BadInput("A PDF is nothing for a terminal.", f"Name a file: export INC-{incident} --format pdf -o FILE.")
    write_out(asyncio.run(_content(incident, kind)), output)


async def _content(number: int, kind: str) -> bytes:
    settings = load(os.environ)
    configure(Redactor(settings.secrets()), level=logging.ERROR)  # a warning is told below, in words
    papers = settings.postmortem
    async with records() as store:
        made = await file_of(store, number, kind, transcript=papers.transcript, template=papers.template)
    if made.problem:
        click.echo(f"Our own template was used: {made.problem}.", err=True)
    return made.content
