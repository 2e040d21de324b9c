"""The engine for both databases: SQLite with its pragmas, or PostgreSQL with its time-outs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import Unavailable
from bot.transaction import open_transaction

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # an acknowledged click survives a power cut
    "busy_timeout=10000",
    "foreign_keys=ON",
    "trusted_schema=OFF",
)
_POSTGRES = {"server_settings": {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s"}}


class Database:
    """One database, told by a SQLAlchemy URL; `write_lock` lets one writer at a time into SQLite."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(
            url,
            hide_parameters=True,  # an error text must not print what was stored
            connect_args={} if self.is_sqlite else _POSTGRES,
            pool_pre_ping=not self.is_sqlite,
        )
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        # Waiting here costs nothing; waiting for SQLite's own lock polls in a thread.
        self._write_lock: Any = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def connection(self, *, write: bool) -> AsyncIterator[AsyncConnection]:
        """Yield a connection in a transaction that its user must commit; leaving without a commit rolls back."""
        lock = self._write_lock if write and self._write_lock else nullcontext()
        async with lock, self.engine.connect() as connection:
            if not write:
                await connection.execution_options(readonly=True)
            await connection.begin()
            with open_transaction():
                yield connection

    @property
    def file(self) -> Path:
        """Return where the SQLite file is or will be; connecting makes an empty one."""
        return Path(self.engine.url.database or "").resolve()

    async def ping(self) -> None:
        """Raise Unavailable when the database does not answer."""
        try:
            async with self.connection(write=False) as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable("The database does not answer.", "Check DATABASE_URL and the server.") from error

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.isolation_level = None  # the driver opens no transaction by itself; _begin_sqlite does
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - both the sync and the wrapped connection come here
    """Take the write lock at the start: a reader that becomes a writer fails at once under a second process."""
    readonly = connection.get_execution_options().get("readonly", False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
