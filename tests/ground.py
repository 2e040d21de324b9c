"""Fresh databases of either kind for tests: each a copy of one that the real migrations have made, or empty."""

import uuid
from pathlib import Path
from typing import ClassVar, Protocol

from sqlalchemy import NullPool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.database import Database
from bot.store.migrate import upgrade


class Ground(Protocol):
    """Gives out databases."""

    async def fresh(self, name: str, *, empty: bool = False) -> str:
        """Return the URL of a new database: migrated, or as its maker would leave it."""

    async def level(self, name: str) -> None:
        """Remove it again."""


class Files:
    """SQLite: files of this folder, copied from the first that this process has migrated."""

    _template: ClassVar[bytes] = b""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fresh(self, name: str, *, empty: bool = False) -> str:
        """Write the file; an empty database is a file that does not exist yet."""
        url = f"sqlite+aiosqlite:///{self._file(name)}"
        if empty:
            return url
        if Files._template:
            self._file(name).write_bytes(Files._template)
        else:
            await _migrate(url)
            Files._template = self._file(name).read_bytes()
        return url

    async def level(self, name: str) -> None:
        """Remove the file."""
        self._file(name).unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class Server:
    """PostgreSQL: databases on the server of this URL, made from one that this process has migrated."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        # Without a pool it belongs to no event loop: each test has its own.
        self._engine = create_async_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._prefix = f"anth_triage_test_{uuid.uuid4().hex[:8]}"
        self._has_template = False

    async def fresh(self, name: str, *, empty: bool = False) -> str:
        """Create the database."""
        if empty:
            await self._do(f'CREATE DATABASE "{self._prefix}_{name}"')
            return self._at(f"_{name}")
        if not self._has_template:
            await self._do(f'CREATE DATABASE "{self._prefix}"')
            await _migrate(self._at(""))
            self._has_template = True
        await self._do(f'CREATE DATABASE "{self._prefix}_{name}" TEMPLATE "{self._prefix}"')
        return self._at(f"_{name}")

    async def level(self, name: str) -> None:
        """Drop the database, and whoever a killed process left connected to it."""
        await self._do(f'DROP DATABASE IF EXISTS "{self._prefix}_{name}" WITH (FORCE)')

    async def close(self) -> None:
        """Drop what the others were made from."""
        await self._do(f'DROP DATABASE IF EXISTS "{self._prefix}" WITH (FORCE)')

    def _at(self, suffix: str) -> str:
        return self._url.set(database=self._prefix + suffix).render_as_string(hide_password=False)

    async def _do(self, statement: str) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text(statement))


async def _migrate(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()  # SQLite's last connection to close writes everything into the file itself
