"""Opens the database for the commands that read records."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import SystemClock
from bot.rules.redact import Redactor
from bot.settings import load
from bot.store.database import Database
from bot.store.schema import require_current, require_file
from bot.store.unit_of_work import Store


@asynccontextmanager
async def records() -> AsyncIterator[Store]:
    """Yield the store; raises BadSettings when the database has no schema, or another one than this code's."""
    settings = load(os.environ)
    database = Database(settings.database_url)
    require_file(database)
    try:
        await database.ping()
        await require_current(database)
        yield Store(database, SystemClock(), Redactor(settings.secrets()).deep)
    finally:
        await database.close()
