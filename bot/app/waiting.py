"""At the start the database may not be up yet: one line in the log, a listener that is not ready, and patience."""

import asyncio
from contextlib import suppress

import structlog

from bot.app.stopping import first_of
from bot.errors import Unsaved
from bot.store.database import Database
from bot.web import Steady, Watch, WebServer, web_app

_FIRST_S = 0.5
_LONGEST_S = 10.0
_WORDS = "The database does not answer yet."
log = structlog.get_logger()


async def answered(database: Database, host: str, port: int, stop: asyncio.Event) -> bool:
    """Return whether PostgreSQL answers, however long that takes; False when `stop` was set before.

    Meanwhile the listener says that the process lives and is not ready. Raises Unavailable when the server refuses us
    (a password, a name), which waiting does not mend, or when the address is taken.
    """
    if database.is_sqlite:
        await database.ping()
        return True
    why = await _silence(database)
    if not why:
        return True
    hint = "Is the server of DATABASE_URL up? The bot waits for it."
    log.warning("database_away", during="start", why=why, hint=hint)
    web = WebServer(web_app(Watch(Steady((_WORDS,)))), host, port)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(web.run(), name="web")
        trying = group.create_task(_try(database, stop), name="database")
        await first_of(stop, serving, trying)
        web.stop()
        trying.cancel()
    if stop.is_set():
        return False
    log.info("database_back", during="start")
    return True


async def _try(database: Database, stop: asyncio.Event) -> None:
    wait_s = _FIRST_S
    while not stop.is_set() and await _silence(database):
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await stop.wait()
        wait_s = min(_LONGEST_S, wait_s * 2)


async def _silence(database: Database) -> str:
    """Return why the database does not answer, in the system's words; nothing when it does."""
    try:
        await database.reach()
    except Unsaved as error:
        return f"{type(error.__cause__).__name__}: {error.__cause__}".partition("\n")[0]
    return ""
