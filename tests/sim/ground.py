"""Fresh databases for many stories: each is a copy of one that the real migrations have made."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store.database import Database
from bot.store.migrate import upgrade


class Ground(Protocol):
    """Gives out databases."""

    async def fresh(self, name: str) -> str:
        """Return the URL of a new, migrated, empty database."""

    async def level(self, name: str) -> None:
        """Remove it again."""


class Files:
    """SQLite: a file copied."""

    def __init__(self, folder: Path, template: Path) -> None:
        self._folder = folder
        self._template = template

    async def fresh(self, name: str) -> str:
        """Copy the template."""
        file = self._folder / f"{name}.db"
        await asyncio.to_thread(shutil.copy, self._template, file)
        return f"sqlite+aiosqlite:///{file}"

    async def level(self, name: str) -> None:
        """Remove the file."""
        (self._folder / f"{name}.db").unlink()


class Server:
    """PostgreSQL: a database made from a template database."""

    def __init__(self, engine: AsyncEngine, template: str) -> None:
        self._engine = engine
        self._template = template

    async def fresh(self, name: str) -> str:
        """Create the database."""
        await self._do(f'CREATE DATABASE "{self._template}_{name}" TEMPLATE "{self._template}"')
        return self._engine.url.set(database=f"{self._template}_{name}").render_as_string(hide_password=False)

    async def level(self, name: str) -> None:
        """Drop the database, and whoever a killed life left connected to it."""
        await self._do(f'DROP DATABASE IF EXISTS "{self._template}_{name}" WITH (FORCE)')

    async def _do(self, statement: str) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text(statement))


@asynccontextmanager
async def ground(folder: Path, server: str) -> AsyncIterator[Ground]:
    """Yield the ground: files in this folder, or databases on this server (a URL) when one is named."""
    if not server:
        template = folder / "template.db"
        await _migrated(f"sqlite+aiosqlite:///{template}")
        yield Files(folder, template)
        return
    name = f"anth_triage_sim_{uuid.uuid4().hex[:8]}"
    engine = create_async_engine(make_url(server), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f'CREATE DATABASE "{name}"'))
        await _migrated(make_url(server).set(database=name).render_as_string(hide_password=False))
        yield Server(engine, name)
        async with engine.connect() as connection:
            await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        await engine.dispose()


async def _migrated(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()  # SQLite's last connection to close writes everything into the file itself
