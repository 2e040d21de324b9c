"""Copies every row of every table from one database into another, as it is stored, and compares the two."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

from sqlalchemy import Column, Select, String, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import BadInput
from bot.store.tables import metadata

Told = Callable[[str], None]
"""Hears a line about how far long work is."""
_AT_ONCE: Final = 500
_OFTEN: Final = 10_000  # rows, after which a line is due


async def pour(source: AsyncConnection, target: AsyncConnection, told: Told) -> int:
    """Copy all rows, and the next numbers of each table, into empty tables; return how many rows there were.

    Both connections hand JSON through as text. Raises BadInput for a row that cannot be read, or not be kept there.
    """
    return sum([await _pour(source, target, table, told) for table in metadata.sorted_tables])


async def require_same(source: AsyncConnection, target: AsyncConnection, told: Told) -> None:
    """Raise BadInput unless both hold the same rows, value by value, and number on from the same places."""
    for table in metadata.sorted_tables:
        theirs = _rows(target, table)
        async for part in _rows(source, table):
            if part != await anext(theirs, []):
                raise _differs(table)
        # The source may number on meanwhile.
        if await anext(theirs, []) or await _number(source, table) < await _number(target, table):
            raise _differs(table)
    told("every row compared: no difference")


async def _pour(source: AsyncConnection, target: AsyncConnection, table: Table, told: Told) -> int:
    whole = (await source.execute(select(func.count()).select_from(table))).scalar_one()
    done = 0
    async for part in _rows(source, table):
        await _insert(target, table, part)
        if done // _OFTEN < (done + len(part)) // _OFTEN:
            told(f"{table.name}: {done + len(part):,} of {whole:,} rows")
        done += len(part)
    await _set_number(target, table, await _number(source, table))
    told(f"{table.name}: {done:,} rows")
    return done


async def _insert(target: AsyncConnection, table: Table, part: Sequence[tuple[Any, ...]]) -> None:
    names = table.c.keys()
    try:
        await target.execute(insert(table), [dict(zip(names, row, strict=True)) for row in part])
    except DBAPIError as error:
        if str(getattr(error.orig, "sqlstate", None) or "")[:2] not in {"22", "23"}:  # bad data, broken rule
            raise
        raise BadInput(
            f"A row of the table {table.name}, from {part[0][0]} to {part[-1][0]}, is nothing for PostgreSQL.",
            "Somebody's hand wrote what is no JSON, too long or no text; mend that row first. Nothing was changed.",
        ) from None


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[list[tuple[Any, ...]]]:
    """Yield the rows in parts, in an order that is the same on both databases."""
    try:
        async with connection.stream(_ordered(table, connection.dialect.name)) as result:
            async for part in result.partitions(_AT_ONCE):
                yield [tuple(row) for row in part]
    except (ValueError, TypeError):
        raise BadInput(
            f"A row of the table {table.name} cannot be read.", "Somebody's hand wrote it; mend that row first."
        ) from None


def _ordered(table: Table, dialect: str) -> Select[Any]:
    (key,) = table.primary_key
    in_bytes = dialect == "postgresql" and isinstance(key.type, String)  # as SQLite orders, whatever the locale
    return select(table).order_by(key.collate("C") if in_bytes else key)


def _key(table: Table) -> Column[Any] | None:
    """Return the column that numbers the rows, if one does."""
    return table.c.get("id")


async def _number(connection: AsyncConnection, table: Table) -> int:
    """Return the last number that was given to a row, which may be gone; 0 when none was, or none is numbered."""
    key = _key(table)
    if key is None:
        return 0
    if connection.dialect.name == "sqlite":
        last = text("SELECT max(seq) FROM sqlite_sequence WHERE name = :name")
        given = (await connection.execute(last, {"name": table.name})).scalar() or 0
    else:
        # Not of the snapshot but of now: at least what the snapshot has seen.
        row = (await connection.execute(text(f"SELECT last_value, is_called FROM {table.name}_id_seq"))).one()  # noqa: S608 - our own tables
        given = row.last_value if row.is_called else row.last_value - 1
    highest = (await connection.execute(select(func.max(key)))).scalar() or 0
    return max(int(given), int(highest))


async def _set_number(connection: AsyncConnection, table: Table, last: int) -> None:
    if _key(table) is None:
        return
    if connection.dialect.name == "sqlite":
        await connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        new = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
        await connection.execute(new, {"name": table.name, "last": last})
        return
    new = text(f"SELECT setval('{table.name}_id_seq', :last, :called)")
    await connection.execute(new, {"last": max(last, 1), "called": last > 0})


def _differs(table: Table) -> BadInput:
    return BadInput(
        f"The table {table.name} is not the same after it was copied.", "Nothing was changed; report this as a bug."
    )
