"""`anth-triage db`: the database's schema, the jobs in it, and its backups."""

import asyncio
import json
import os
from dataclasses import asdict

import click

from bot.cli.backups import backup_, copy_, restore_
from bot.cli.records import records
from bot.errors import BadInput
from bot.settings import load
from bot.store import migrate
from bot.store.database import Database


@click.group()
def command() -> None:
    """Upgrade the database's schema, look at it and at its jobs, back it up, restore and copy it."""


for _one in (backup_, restore_, copy_):
    command.add_command(_one)


@command.command("upgrade")
def upgrade_() -> None:
    """Run the missing migrations in one transaction."""
    asyncio.run(_look(upgrade=True))


@command.command("current")
def current_() -> None:
    """Print the schema's revision, and the newest one that this version knows."""
    asyncio.run(_look(upgrade=False))


@command.command("jobs")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else.")
@click.option("--retry", metavar="ID|all", help="Make a given-up job, or all of them, due again.")
def jobs_(retry: str | None, *, as_json: bool) -> None:
    """List what waits to be done and what was given up, or retry the latter."""
    if retry is not None and retry != "all" and not retry.isdigit():
        raise BadInput("--retry takes a job's number or `all`.", "`anth-triage db jobs` lists the numbers.")
    asyncio.run(_jobs(retry, as_json=as_json))


async def _jobs(retry: str | None, *, as_json: bool) -> None:
    async with records() as store:
        if retry is not None:
            async with store.begin() as unit:
                revived = await unit.jobs.revive(None if retry == "all" else [int(retry)], unit.now)
            click.echo(f"{revived} job{'' if revived == 1 else 's'} will be tried again.")
            return
        async with store.read() as unit:
            live, dead = await unit.jobs.listed(dead=False), await unit.jobs.listed(dead=True)
    if as_json:
        rows = [asdict(job) | {"run_at": job.run_at.isoformat().replace("+00:00", "Z")} for job in (*live, *dead)]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    click.echo(f"{len(live)} waiting, {len(dead)} given up")
    for job in (*dead, *live):
        state = f"given up after {job.attempts}" if job.dead else f"due {job.run_at:%Y-%m-%d %H:%M:%S} UTC"
        click.echo(f"  {job.id:>5} {job.kind:<24} {job.key or job.lane or '':<28} {state} {job.error or ''}".rstrip())


async def _look(*, upgrade: bool) -> None:
    settings = load(os.environ)
    database = Database(settings.database_url)
    if database.is_sqlite and not upgrade and not database.file.is_file():
        click.echo(f"schema empty, newest known {migrate.head()}")
        return
    if database.is_sqlite:
        database.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        await database.ping()
        if upgrade:
            await migrate.upgrade(database)
        click.echo(f"schema {await migrate.current(database) or 'empty'}, newest known {migrate.head()}")
    finally:
        await database.close()
