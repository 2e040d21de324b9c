"""Opens the database for the commands that read records."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import SystemClock
from bot.errors import BadSettings
from bot.rules.redact import Redactor
from bot.settings import load
from bot.store.database import Database
from bot.store.migrate import current, head
from bot.store.unit_of_work import Store


@asynccontextmanager
async def records() -> AsyncIterator[Store]:
    """Yield the store; raises BadSettings when the database has no schema, or another one than this code's."""
    settings = load(os.environ)
    database = Database(settings.database_url)
    if database.is_sqlite and not database.file_exists():
        raise BadSettings(
            "There is no database yet.", "Start the bot once, or set DATABASE_URL or ANTH_TRIAGE_DATA_DIR."
        )
    try:
        await database.ping()
        found = await current(database)
        if found != head():
            raise BadSettings(f"The database's schema is {found}, not {head()}.", "Run `anth-triage db upgrade`.")
        yield Store(database, SystemClock(), Redactor(settings.secrets()).deep)
    finally:
        await database.close()
