"""Opens the database for the commands that read records."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import SystemClock
from bot.errors import BadSettings
from bot.rules.redact import Redactor
from bot.settings import load
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
