"""`anth-triage show ID`: one incident with its timeline."""

import asyncio
import json
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from bot.cli.arguments import IncidentName
from bot.cli.paper import paper
from bot.cli.records import records
from bot.postmortem.record_json import story_json


@click.command()
@click.argument("incident", type=IncidentName())
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def command(incident: int, *, as_json: bool) -> None:
    """Show one incident; exit status 4 when there is none of that name."""
    found = asyncio.run(_story(incident))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = paper()
    console.print(Text(f"{found['id']} {found['severity']} {found['status']}: {found['title']}", style="bold"))
    table = Table("Entry", "Happened (UTC)", "Who", "What", "Source")
    for line in sorted(found["timeline"], key=lambda line: (line["happened_at"], line["seq"])):
        table.add_row(*(Text(str(line[name])) for name in ("seq", "happened_at", "actor", "text", "source")))
    console.print(table)


async def _story(number: int) -> dict[str, Any]:
    async with records() as store, store.read() as unit:
        return story_json(await unit.incidents.get(number), await unit.incidents.story(number))
