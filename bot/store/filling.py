"""Fills a database of either kind with the rows of another, in one transaction: all of them or nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection, Table, func, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import BadInput, BadSettings
from bot.store.database import Database, Verbatim, be_patient
from bot.store.migrate import require_known, upgrade, upgrade_within
from bot.store.pages import copy_pages
from bot.store.rows import Told, pour, require_same
from bot.store.tables import metadata

Adapt = Callable[[AsyncConnection], Awaitable[None]]
"""Changes the rows after they were compared, in the same transaction."""
_ELSEWHERE: Final = "Name another database, or an empty one."


async def as_they_are(_connection: AsyncConnection) -> None:
    """Change nothing."""


async def fill(
    source: AsyncConnection, target: Verbatim, told: Told, *, replace: bool = False, adapt: Adapt = as_they_are
) -> int:
    """Let the target hold the rows of the source and nothing else; return how many.

    Raises BadInput when it holds something already and is not to be replaced, or a row that it cannot keep;
    BadSettings for somebody else's tables, and where others are connected; Unsaved when it is away or full.
    """
    if not target.is_sqlite:
        async with target.connection(write=True) as connection:
            await _clear(connection, replace=replace)
            return await _fill_and_commit(source, connection, told, adapt)
    await _require_free(target, replace=replace)
    with TemporaryDirectory(prefix="anth-triage-") as folder:
        file = Path(folder) / "filled.db"
        count = await fill_file(source, file, told, adapt)
        target.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy_pages(file, target.file, told)
    return count


async def fill_file(source: AsyncConnection, file: Path, told: Told, adapt: Adapt = as_they_are) -> int:
    """Make a SQLite file with our schema and the rows of the source; return how many."""
    url = f"sqlite+aiosqlite:///{file}"
    schema, target = Database(url), Verbatim(url)
    try:
        await upgrade(schema)
        async with target.connection(write=True) as connection:
            return await _fill_and_commit(source, connection, told, adapt)
    finally:
        await schema.close()
        await target.close()


async def _fill_and_commit(source: AsyncConnection, target: AsyncConnection, told: Told, adapt: Adapt) -> int:
    async with _without_triggers(target):
        count = await pour(source, target, told)
    await require_same(source, target, told)
    await adapt(target)
    await target.commit()  # lint-skip: commit - the filling is no use case: it is one transaction of its own
    return count


async def _clear(connection: AsyncConnection, *, replace: bool) -> None:
    """Bring PostgreSQL to our schema without a row; nobody sees that before the commit."""
    await connection.run_sync(be_patient)
    await require_alone(connection)
    await connection.run_sync(_refuse_others, replace=replace)
    await connection.run_sync(upgrade_within)
    async with _without_triggers(connection):
        await connection.execute(text(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)}"))


async def _require_free(target: Verbatim, *, replace: bool) -> None:
    if not target.file.is_file():
        return
    async with target.connection(write=False) as connection:
        await connection.run_sync(_refuse_others, replace=replace)
        if not replace:  # else the whole file is replaced, whatever its revision
            await connection.run_sync(require_known)


async def require_alone(connection: AsyncConnection) -> None:
    """Raise BadSettings while somebody else is connected to this PostgreSQL database."""
    if connection.dialect.name == "sqlite":
        return
    others = text(
        "SELECT coalesce(nullif(application_name, ''), 'a client without a name') AS name, count(*) AS number "
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' GROUP BY 1 ORDER BY 1"
    )
    found = [f"{row.name} ({row.number})" for row in await connection.execute(others)]
    if found:
        raise BadSettings(
            f"Others are connected to the database: {', '.join(found)}.", "Stop every replica and client first."
        )


def _refuse_others(connection: Connection, *, replace: bool) -> None:
    there = set(inspect(connection).get_table_names())
    if there and "alembic_version" not in there:
        raise BadSettings("The database holds tables of something else.", _ELSEWHERE)
    known = [table for table in metadata.sorted_tables if table.name in there]
    held = {table.name: count for table in known if (count := _held(connection, table))}
    if held and not replace:
        told = ", ".join(f"{count:,} of {name}" for name, count in held.items())
        raise BadInput(f"The database holds rows already: {told}.", "Name an empty one; `restore` takes --replace.")


def _held(connection: Connection, table: Table) -> int:
    """Return how many rows there are, without what each start of the bot puts there."""
    counted = select(func.count()).select_from(table)
    if table.name == "job":
        counted = counted.where(~table.c.kind.startswith("cron.", autoescape=True))
    return int(connection.execute(counted).scalar_one())


@asynccontextmanager
async def _without_triggers(connection: AsyncConnection) -> AsyncIterator[None]:
    """Leave our triggers out in the block: tombstones of what is gone could not be written again otherwise.

    It is part of the transaction: whoever else looks, and whatever fails, the triggers are in force.
    """
    if connection.dialect.name == "sqlite":
        known = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
        rules = (await connection.execute(known)).all()
        for rule in rules:
            await connection.exec_driver_sql(f"DROP TRIGGER {rule.name}")
        yield
        for rule in rules:
            await connection.exec_driver_sql(rule.sql)
        return
    for table in metadata.sorted_tables:
        await connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
    yield
    for table in metadata.sorted_tables:
        await connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
