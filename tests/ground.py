"""Fresh databases of either kind for tests: each a copy of one that the real migrations have made, or empty."""

import itertools
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar, Protocol

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.engine import make_url

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
    """PostgreSQL: databases on the server of this URL, made from one that this process has migrated.

    One that comes back as it was made, but for its rows, is emptied and given out again: to make one costs the file
    system three hundred files.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._prefix = f"anth_triage_test_{uuid.uuid4().hex[:8]}"
        self._names = (f"{self._prefix}_{number}" for number in itertools.count())
        self._shape = ""  # of the one from which the others are made; empty until it is there
        self._given: dict[str, str] = {}
        self._free: list[str] = []

    async def fresh(self, name: str, *, empty: bool = False) -> str:
        """Create the database, or take one that was given back."""
        if not empty and not self._shape:
            await self._do(f'CREATE DATABASE "{self._prefix}"')
            await _migrate(self._at(self._prefix))
            self._shape = await self._emptied(self._prefix)
        if empty or not self._free:
            self._given[name] = next(self._names)
            like = "" if empty else f' TEMPLATE "{self._prefix}"'
            await self._do(f'CREATE DATABASE "{self._given[name]}"{like}')
        else:
            self._given[name] = self._free.pop()
        return self._at(self._given[name])

    async def level(self, name: str) -> None:
        """Take the database back, and end whatever a killed process left connected to it."""
        given, database = self._given.pop(name), next(self._names)
        try:
            # Under another name: who still knows the first one can write no more into what others get.
            await self._do(_ALONE.format(database=given))
            await self._do(f'ALTER DATABASE "{given}" RENAME TO "{database}"')
            as_it_was = bool(self._shape) and await self._emptied(database) == self._shape
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            as_it_was = False
        if as_it_was:
            self._free.append(database)
        else:
            for one in (given, database):
                await self._do(f'DROP DATABASE IF EXISTS "{one}" WITH (FORCE)')

    async def close(self) -> None:
        """Drop every one of them."""
        for database in (*self._free, *self._given.values(), self._prefix):
            await self._do(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    async def _emptied(self, database: str) -> str:
        """Take every row out of the database, let it number from one again, and return what tells its schema."""
        async with self._connected(database) as connection:
            await connection.execute(_EMPTY)
            return str(await connection.fetchval(_SHAPE))

    def _at(self, database: str) -> str:
        return self._url.set(database=database).render_as_string(hide_password=False)

    async def _do(self, statement: str) -> None:
        async with self._connected(str(self._url.database)) as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _connected(self, database: str) -> AsyncIterator[asyncpg.Connection]:
        plain = self._url.set(drivername="postgresql", database=database)
        connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
        try:
            yield connection
        finally:
            await connection.close()


_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = '{database}' AND backend_type = 'client backend'
"""
_EMPTY = """
DO $$
DECLARE it text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- what is append-only too
  FOR it IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', it);
  END LOOP;
  FOR it IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    PERFORM setval(quote_ident(it)::regclass, 1, false);
  END LOOP;
END $$
"""
_SHAPE = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
  SELECT concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull, a.attisdropped) AS part
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', adrelid::regclass, pg_get_expr(adbin, adrelid)) FROM pg_attrdef
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT concat_ws(' ', tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', conname, convalidated) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT version_num FROM alembic_version
  UNION ALL SELECT setconfig::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database()
) AS parts
"""


async def _migrate(url: str) -> None:
    database = Database(url)
    await upgrade(database)
    await database.close()  # SQLite's last connection to close writes everything into the file itself
