"""`anth-triage db`: the database's schema."""

import asyncio
import os

import click

from bot.settings import load
from bot.store import migrate
from bot.store.database import Database


@click.group()
def command() -> None:
    """Upgrade or look at the database's schema."""


@command.command("upgrade")
def upgrade_() -> None:
    """Run the missing migrations in one transaction."""
    asyncio.run(_look(upgrade=True))


@command.command("current")
def current_() -> None:
    """Print the schema's revision, and the newest one that this version knows."""
    asyncio.run(_look(upgrade=False))


async def _look(*, upgrade: bool) -> None:
    settings = load(os.environ)
    database = Database(settings.database_url)
    if database.is_sqlite and not upgrade and not database.file.is_file():
        click.echo(f"schema empty, newest known {migrate.head()}")
        return
    if database.is_sqlite:
        database.file.parent.mkdir(parents=True, exist_ok=True)
    try:
        await database.ping()
        if upgrade:
            await migrate.upgrade(database)
        click.echo(f"schema {await migrate.current(database) or 'empty'}, newest known {migrate.head()}")
    finally:
        await database.close()
