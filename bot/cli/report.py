"""`anth-triage report`: numbers over many incidents, for people, as a page, as a table, as data."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from bot.cli.pages.numbers import numbers_page
from bot.cli.records import records
from bot.cli.target import output, write_out
from bot.clock import SystemClock
from bot.postmortem.numbers import Numbers, Row, numbers
from bot.postmortem.papers import render_report
from bot.postmortem.period import USUAL, Period, period_of
from bot.postmortem.table import csv_of, data_of
from bot.workflows.report import rows_since

_FORMATS: Mapping[str, Callable[[Numbers, Sequence[Row]], str]] = {
    "text": lambda found, _: numbers_page(found),
    "html": render_report,
    "csv": lambda _, rows: csv_of(rows),
    "json": lambda found, rows: json.dumps(data_of(found, rows), ensure_ascii=False, indent=2) + "\n",
}


@click.command()
@click.option("--since", default=USUAL, show_default=True, help="Opened since: `30d`, `2026-10-01` or `all`.")
@click.option("--format", "kind", type=click.Choice(list(_FORMATS)), default="text", show_default=True)
@output
def command(since: str, kind: str, output: Path | None) -> None:
    """Count incidents by severity, fault and kind of failure; how quick you were; the provider against its own page.

    Times are UTC. Private incidents count, and are marked as that: whoever reads the database sees them.
    """
    period = period_of(since, SystemClock().now())
    rows = asyncio.run(_rows(period))
    write_out(_FORMATS[kind](numbers(rows, period), rows).encode(), output)


async def _rows(period: Period) -> list[Row]:
    async with records() as store:
        return await rows_since(store, period.since)
