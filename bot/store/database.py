"""The engine for both databases: SQLite with its pragmas, or PostgreSQL with its time-outs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import Unavailable, Unsaved
from bot.metrics import WAIT
from bot.store.reading import parse
from bot.transaction import open_transaction

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged click survives a power cut
    "busy_timeout=10000",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",  # what was erased is overwritten in the file
)
_POSTGRES = {
    "timeout": 5,  # for a connection; a server that is cut off answers nothing
    "command_timeout": 30,
    "prepared_statement_cache_size": 0,  # one prepared before another process migrated would fail once
    "server_settings": {
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "5s",  # a process that was stopped in a transaction holds up nobody
    },
}
_FREE_S = 5  # for a connection of the pool
# What says that the database is away, full or busy, and nothing about what was asked of it.
_SQLITE_AWAY = tuple(f"SQLITE_{name}" for name in ("BUSY", "LOCKED", "FULL", "IOERR", "READONLY", "CANTOPEN"))
_POSTGRES_AWAY = (
    "08",  # connection
    "25P03",  # idle in a transaction for too long
    "40",  # rolled back: deadlock, serialization
    "53",  # out of disk, memory or connections
    "55P03",  # locked
    "57",  # shut down, starting, cancelled
    "58",  # the server's own disk
)


class Database:
    """One database, told by a SQLAlchemy URL; `write_lock` lets one writer at a time into SQLite."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            url,
            hide_parameters=True,  # an error text must not print what was stored
            json_deserializer=parse,
            connect_args={} if self.is_sqlite else _POSTGRES,
            pool_pre_ping=not self.is_sqlite,
            pool_timeout=_FREE_S,
        )
        # A migration may take long, and wait long for another one; on SQLite nothing limits it anyway.
        self._for_migrations = self.engine
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            patient = {**_POSTGRES, "command_timeout": None}
            self._for_migrations = create_async_engine(
                url, hide_parameters=True, connect_args=patient, poolclass=NullPool
            )
            event.listen(self.engine.sync_engine, "handle_error", _drop_confused)
        # Waiting here costs nothing; waiting for SQLite's own lock polls in a thread.
        self._write_lock: Any = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def connection(self, *, write: bool, patience_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that its user must commit; leaving without a commit rolls back.

        A writer of SQLite waits for its turn, at most `patience_s` seconds. Raises Unsaved, whatever the driver says,
        when the database is away, locked or full.
        """
        clock = asyncio.get_running_loop().time
        asked = clock()
        with _unsaved():
            async with self._turn(patience_s, write=write), self.engine.connect() as connection:
                if not write:
                    await connection.execution_options(readonly=True)
                await connection.begin()
                WAIT.labels("write" if write else "read").observe(clock() - asked)
                with open_transaction():
                    yield connection

    @asynccontextmanager
    async def connection_for_migrations(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection whose user begins and commits by itself; raises Unsaved as `connection` does."""
        with _unsaved():
            async with self._for_migrations.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _turn(self, patience_s: float | None, *, write: bool) -> AsyncIterator[None]:
        if self._write_lock is None or not write:
            yield
            return
        async with asyncio.timeout(patience_s):
            await self._write_lock.acquire()
        try:
            yield
        finally:
            self._write_lock.release()

    @property
    def file(self) -> Path:
        """Return where the SQLite file is or will be; connecting makes an empty one."""
        return Path(self.engine.url.database or "").resolve()

    async def ping(self) -> None:
        """Raise Unavailable when the database does not answer."""
        try:
            async with self.connection(write=False) as connection:
                await connection.execute(text("SELECT 1"))
        except (Unsaved, SQLAlchemyError) as error:
            where = f"Can {self.file} be written?" if self.is_sqlite else "Check DATABASE_URL and the server."
            raise Unavailable("The database does not answer.", where) from error

    async def scrub(self) -> None:
        """Let the file forget what was erased: SQLite's log of writes still holds the pages as they were.

        While another process reads it cannot; then the next checkpoint does it.
        """
        if not self.is_sqlite:
            return
        with _unsaved():
            async with self.engine.connect() as connection:
                await connection.execution_options(no_begin=True)
                await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


@contextmanager
def _unsaved() -> Iterator[None]:
    """Turn what the drivers say when the database is away into the one error that everybody knows."""
    try:
        yield
    except (NoConnectionFree, OSError) as error:
        raise Unsaved from error
    except DBAPIError as error:
        if not _is_away(error):
            raise
        raise Unsaved from error


def _is_away(error: DBAPIError) -> bool:
    name = str(getattr(error.orig, "sqlite_errorname", None) or "")
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return error.connection_invalidated or name.startswith(_SQLITE_AWAY) or state.startswith(_POSTGRES_AWAY)


def _drop_confused(context: ExceptionContext) -> None:
    """Let go of a connection that broke inside the driver's own steps: it does not know itself that it is gone."""
    if type(context.original_exception).__name__ == "InternalClientError":
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None  # the driver opens no transaction by itself; _begin_sqlite does
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - both the sync and the wrapped connection come here
    """Take the write lock at the start: a reader that becomes a writer fails at once under a second process."""
    options = connection.get_execution_options()
    if "no_begin" not in options:
        connection.exec_driver_sql("BEGIN" if options.get("readonly") else "BEGIN IMMEDIATE")
