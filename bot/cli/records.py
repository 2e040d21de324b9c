"""Opens the database for the commands that read records."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from bot.clock import Clock, SystemClock
from bot.errors import BadSettings, BotError
from bot.rules.redact import Redactor
from bot.settings import Settings, load
from bot.store.database import Database
from bot.store.schema import require_current
from bot.store.unit_of_work import Store


@asynccontextmanager
async def records() -> AsyncIterator[Store]:
    """Yield the store; raises BadSettings when the database has no schema, or another one than this code's."""
    settings = load(os.environ)
    database = Database(settings.database_url)
    if database.is_sqlite and not database.file.is_file():
        raise BadSettings(
            "There is no database yet.", "Start the bot once, or set DATABASE_URL or ANTH_TRIAGE_DATA_DIR."
        )
    try:
        await database.ping()
        await require_current(database)
        yield Store(database, SystemClock(), Redactor(settings.secrets()).deep)
    finally:
        await database.close()


@asynccontextmanager
async def memory(settings: Settings, clock: Clock, redactor: Redactor) -> AsyncIterator[Store | None]:
    """Yield the store of earlier samples and reports; None where there is none, for a triage never depends on it."""
    database = Database(settings.database_url)
    try:
        yield await _usable(database, Store(database, clock, redactor.deep))
    finally:
        await database.close()


async def _usable(database: Database, store: Store) -> Store | None:
    if database.is_sqlite and not database.file.is_file():
        return None
    try:
        await database.ping()
        await require_current(database)
    except BotError as error:
        click.echo(f"The records are left aside: {error.user_message} {error.hint}", err=True)
        return None
    return store
