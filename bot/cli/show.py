"""`anth-triage show ID`: one incident with its timeline."""

import asyncio
import json
from datetime import datetime
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from bot.cli.arguments import IncidentName
from bot.cli.paper import paper, plain_time
from bot.cli.records import records
from bot.postmortem.record_json import story_json
from bot.postmortem.words import span


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
    for name, words in _facts(found).items():
        if words:
            console.print(Text(f"  {name}: {words}"))
    table = Table("Entry", "Happened (UTC)", "Who", "What", "Source")
    for line in sorted(found["timeline"], key=_moment):
        said = (line["seq"], plain_time(line["happened_at"]), line["actor"], line["text"], line["source"])
        table.add_row(*(Text(str(one)) for one in said))
    console.print(table)


def _moment(line: dict[str, Any]) -> tuple[datetime, int]:
    return datetime.fromisoformat(line["happened_at"]), line["seq"]


def _facts(found: dict[str, Any]) -> dict[str, str]:
    """Return what a card says of an incident, in words; what is not known is empty."""
    opened, resolved = found["opened_at"], found["resolved_at"]
    lasted = found["duration_s"]
    return {
        "fault": " · ".join(filter(None, (found["fault"], found["branch"]))),
        "lead": found["lead"],
        "impact": found["postmortem"]["impact"],
        "opened": f"{plain_time(opened)} UTC",
        "resolved": f"{plain_time(resolved)} UTC, after {span(lasted)}" if resolved and lasted is not None else "",
    }


async def _story(number: int) -> dict[str, Any]:
    async with records() as store, store.read() as unit:
        return story_json(await unit.incidents.get(number), await unit.incidents.story(number))
