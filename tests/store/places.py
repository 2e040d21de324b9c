"""Databases for backups and copies: filled with every kind of row, and told value by value."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Table, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import metadata
from tests.store.nasty import Rows, fill

_SQLITE_RULES = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'index', 'table') ORDER BY name"
_POSTGRES_RULES = (
    "SELECT c.relname, t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid) FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal ORDER BY 1, 2"
)
_NUMBERED = ("event", "incident", "job", "message", "report", "sample", "tombstone", "triage")
NextNumbers = dict[str, int]


def silent(_line: str) -> None:
    """Hear how far long work is."""


@asynccontextmanager
async def at(url: str) -> AsyncIterator[Database]:
    """Yield the database of this URL, and let go of it at the end."""
    database = Database(url)
    yield database
    await database.close()


async def filled(url: str) -> None:
    """Put nasty rows into every table, and delete what is numbered highest: its number must not come again."""
    async with at(url) as database, database.engine.begin() as connection:
        await connection.run_sync(fill)
        for table in ("job", "report", "sample"):
            await connection.execute(text(f"DELETE FROM {table} WHERE id = 4"))  # noqa: S608 - our own tables
        for table in _NUMBERED if not database.is_sqlite else ():  # SQLite counts what was given by hand, too
            await connection.execute(text(f"SELECT setval('{table}_id_seq', 4)"))


async def rows(url: str) -> Rows:
    """Return every row of every table, as the code reads them on both databases."""
    async with at(url) as database, database.engine.connect() as connection:
        there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        tables = [table for table in metadata.sorted_tables if table.name in there]
        return {table.name: await _rows(connection, table) for table in tables}


async def _rows(connection: AsyncConnection, table: Table) -> list[dict[str, Any]]:
    (key,) = table.primary_key
    found = [dict(row) for row in (await connection.execute(select(table))).mappings()]
    return sorted(found, key=lambda row: (row[key.name] if isinstance(row[key.name], int) else 0, str(row[key.name])))


async def rules(url: str) -> list[tuple[Any, ...]]:
    """Return the triggers, and whether they are in force; of SQLite the whole schema."""
    async with at(url) as database, database.engine.connect() as connection:
        known = _SQLITE_RULES if database.is_sqlite else _POSTGRES_RULES
        return [tuple(row) for row in await connection.execute(text(known))]


async def next_numbers(url: str) -> NextNumbers:
    """Return the number that the next row of each table will get."""
    async with at(url) as database, database.engine.connect() as connection:
        if database.is_sqlite:
            given = await connection.execute(text("SELECT name, seq + 1 FROM sqlite_sequence"))
            return {name: number for name, number in given if name in _NUMBERED}
        told = "SELECT last_value + is_called::int FROM {}_id_seq"
        return {name: (await connection.execute(text(told.format(name)))).scalar_one() for name in _NUMBERED}
