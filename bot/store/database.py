"""The engine for both databases: SQLite with its pragmas, or PostgreSQL with its time-outs."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import BadSettings, Unavailable, Unsaved
from bot.metrics import WAIT
from bot.store.one_trip import one_trip
from bot.store.reading import parse, write
from bot.transaction import open_transaction

_PRAGMAS = (
    "busy_timeout={busy_ms}",  # first: the next one may have to wait
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged click survives a power cut
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",  # what was erased is overwritten in the file
)
_SQLITE = {"async_creator_fn": one_trip}
_POSTGRES = {
    "timeout": 5,  # for a connection; a server that is cut off answers nothing
    "command_timeout": 30,
    "prepared_statement_cache_size": 0,  # one prepared before another process migrated would fail once
    "server_settings": {
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "5s",  # a process that was stopped in a transaction holds up nobody
        "application_name": "anth-triage",
    },
}
# For what takes long, and waits long for others: a migration, a backup. `SET LOCAL` ends the other two limits there.
_PATIENT = {**_POSTGRES, "command_timeout": None}
_FREE_S = 5  # for a connection of the pool
_REFUSALS = {
    "28P01": "The database refuses the user or the password.",
    "28000": "The database refuses the user or the password.",
    "3D000": "The server has no database of this name.",
    "42501": "The database's user may not do that.",
    "53300": "The server takes no more connections.",
}
"""What the server says when it answers and yet does not let the bot in."""
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
    """One database, told by a SQLAlchemy URL; `write_lock` lets one writer at a time into SQLite.

    `busy_ms` is how long SQLite waits for a lock of another process. Raises BadSettings when the driver is missing.
    """

    def __init__(self, url: str, *, busy_ms: int = 10_000) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _engine(
            url,
            busy_ms=busy_ms,
            json_serializer=write,
            json_deserializer=parse,
            connect_args=_SQLITE if self.is_sqlite else _POSTGRES,
            pool_pre_ping=not self.is_sqlite,
            pool_timeout=_FREE_S,
        )
        # A migration may take long, and wait long for another one; on SQLite nothing limits it anyway.
        self._for_migrations = self.engine
        if not self.is_sqlite:
            self._for_migrations = _engine(url, connect_args=_PATIENT, poolclass=NullPool)
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
            await self.reach()
        except Unsaved as error:
            where = f"Can {self.file} be written?" if self.is_sqlite else "Check DATABASE_URL and the server."
            raise Unavailable(_refusal(error, "The database does not answer."), where) from error

    async def reach(self) -> None:
        """Raise Unsaved while the database is away, and Unavailable when it refuses us: waiting would not help."""
        try:
            async with self.connection(write=False) as connection:
                await connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            why = _first_line(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
            told = _refusal(error, f"The database refuses the bot: {why}.")
            raise Unavailable(told, "Check DATABASE_URL and the server.") from error

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


class Verbatim(Database):
    """A database whose rows are handed through as they are stored, JSON as its text, and whose work may take long."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.engine = _engine(
            url,
            json_serializer=_as_it_is,
            json_deserializer=_as_it_is,
            connect_args={} if self.is_sqlite else _PATIENT,
            poolclass=NullPool,
        )
        self._for_migrations = self.engine

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that sees the database as it is now, whatever others write until the block ends."""
        with _unsaved():
            async with self.engine.connect() as connection:
                options = {"readonly": True} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
                await connection.execution_options(**options)
                await connection.begin()
                await connection.run_sync(be_patient)
                await connection.execute(text("SELECT 1 FROM sqlite_master" if self.is_sqlite else "SELECT 1"))
                yield connection


def be_patient(connection: Connection) -> None:
    """Let this transaction of PostgreSQL wait for locks, and pause, for as long as it takes."""
    if connection.dialect.name == "postgresql":
        for limit in ("lock_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(text(f"SET LOCAL {limit} = 0"))


def _engine(url: str, *, busy_ms: int = 10_000, **more: Any) -> AsyncEngine:  # noqa: ANN401 - what SQLAlchemy takes
    try:
        engine = create_async_engine(url, hide_parameters=True, **more)  # an error text must not print what was stored
    except ImportError:
        raise BadSettings(
            "DATABASE_URL: the driver of this database, asyncpg, is not installed.",
            "Install the extra `postgres`: pip install 'anth-triage[postgres]'.",
        ) from None
    if engine.url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "do_connect", _keep_private)
        event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, busy_ms))
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _as_it_is(stored: object) -> object:
    return stored


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


def _refusal(error: BaseException, otherwise: str) -> str:
    """Return what the server says of itself, in our words, where it says anything that we know."""
    cause = error.__cause__ if isinstance(error, Unsaved) else error
    return _REFUSALS.get(str(getattr(getattr(cause, "orig", None), "sqlstate", None) or ""), otherwise)


def _first_line(error: object) -> str:
    """Return what a driver says, without the name of its class; it quotes names, and never a password."""
    return str(error).partition("\n")[0].rpartition(">: ")[2].rstrip(".")


def _drop_confused(context: ExceptionContext) -> None:
    """Let go of a connection that broke inside the driver's own steps: it does not know itself that it is gone."""
    if type(context.original_exception).__name__ == "InternalClientError":
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def _keep_private(_dialect: object, _record: object, arguments: list[Any], _more: object) -> None:
    """Let the file, and the logs that SQLite makes like it, be read by their owner alone."""
    private(Path(arguments[0]))


def private(file: Path) -> None:
    """Make the file if it is missing, and take it from everybody but its owner; leave what is somebody else's.

    A file that is there is never opened for that: closing it again would free SQLite's locks on it.
    """
    with suppress(OSError):  # what cannot be made or changed, the driver tells in its own words
        if not file.exists():
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        elif file.stat().st_mode & 0o077:
            file.chmod(0o600)


def _prepare_sqlite(busy_ms: int, connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None  # the driver opens no transaction by itself; _begin_sqlite does
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma.format(busy_ms=busy_ms)}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - both the sync and the wrapped connection come here
    """Take the write lock at the start: a reader that becomes a writer fails at once under a second process."""
    options = connection.get_execution_options()
    if "no_begin" not in options:
        connection.exec_driver_sql("BEGIN" if options.get("readonly") else "BEGIN IMMEDIATE")
