"""`anth-triage export ID`: the postmortem as a file or on standard output."""

import asyncio
import json
from pathlib import Path

import click

from bot.cli.arguments import IncidentName
from bot.cli.records import records
from bot.errors import BadInput
from bot.postmortem.context import build
from bot.postmortem.record_json import story_json
from bot.postmortem.render import render_markdown


@click.command()
@click.argument("incident", type=IncidentName())
@click.option("--format", "kind", type=click.Choice(["md", "json"]), default="md", show_default=True)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
def command(incident: int, kind: str, output: Path | None) -> None:
    """Write the postmortem of an incident; exit status 4 when there is none of that name."""
    text = asyncio.run(_document(incident, kind))
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(f"{output} cannot be written: {error.strerror}.", "Name another file with -o.") from None
    click.echo(f"Wrote {output}", err=True)


async def _document(number: int, kind: str) -> str:
    async with records() as store, store.read() as unit:
        incident = await unit.incidents.get(number)
        story = await unit.incidents.story(number)
    if kind == "json":
        return json.dumps(story_json(incident, story), ensure_ascii=False, indent=2) + "\n"
    return render_markdown(build(incident, story))
