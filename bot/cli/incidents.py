"""`anth-triage incidents`: every incident in one line."""

import asyncio
import json

import click
from rich.table import Table
from rich.text import Text

from bot.cli.paper import paper
from bot.cli.records import records
from bot.postmortem.record_json import incident_json

_WIDEST = 60  # characters of a column


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def command(*, as_json: bool) -> None:
    """List the incidents, the newest first."""
    rows = asyncio.run(_rows())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table("Incident", "Severity", "Status", "Fault", "Title", "Opened (UTC)", "Resolved (UTC)")
    for row in rows:
        names = ("id", "severity", "status", "fault", "title", "opened_at", "resolved_at")
        table.add_row(*(Text(str(row[name] or "-")[:_WIDEST]) for name in names))
    paper().print(table if rows else "No incident was opened yet.")


async def _rows() -> list[dict[str, object]]:
    async with records() as store, store.read() as unit:
        return [incident_json(incident) for incident in await unit.incidents.all(limit=1000)]
