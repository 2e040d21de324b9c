"""Every past schema reaches this one: with nasty rows in it, killed at any statement, and by two at once."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.store.database import Database
from bot.store.migrate import current, downgrade, head, upgrade
from bot.store.tables import metadata
from tests.sim.scale import CHAOS
from tests.store.nasty import ROWS, Rows, fill, rows_of

REVISIONS = [f"{number:04d}" for number in range(1, int(head()) + 1)]  # as schema.py says: numbered
_PLAYED = REVISIONS[:-1] if CHAOS > 1 else [REVISIONS[0], REVISIONS[-2]]
_EVERY_NTH = 1 if CHAOS > 1 else 200  # statement at which PostgreSQL's migrations are killed; `make chaos`: each


async def _at(url: str, revision: str) -> Rows:
    """Bring an empty database to this revision, fill it, and return what is in it."""
    database = Database(url)
    await upgrade(database, revision)
    async with database.engine.begin() as connection:
        await connection.run_sync(fill)
        rows: Rows = await connection.run_sync(rows_of)
    await database.close()
    return rows


async def _now(url: str) -> tuple[str | None, Rows, list[object]]:
    """Return the revision, the rows, and what is wrong with the file or differs from the tables in the code."""
    database = Database(url)
    revision = await current(database)
    async with database.engine.connect() as connection:
        rows: Rows = await connection.run_sync(rows_of)
        differing = await connection.run_sync(_differences)
        if database.is_sqlite:
            differing += [row for row in await connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
            differing += list(await connection.execute(text("PRAGMA foreign_key_check")))
    await database.close()
    return revision, rows, differing


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": False, "compare_server_default": False})
    return list(compare_metadata(context, metadata))


def _lost(before: Rows, after: Rows) -> list[str]:
    """Return what was there before and is not any more, or not as it was."""
    return [
        f"{table} {place} {name}: {value!r} became {after[table][place].get(name)!r}"
        for table, rows in before.items()
        for place, row in enumerate(rows)
        for name, value in row.items()
        if after[table][place].get(name) != value
    ]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_nasty_rows_survive(empty_url: str, revision: str) -> None:
    """From each past schema every row of every table comes through unchanged; back one step and up again too."""
    before = await _at(empty_url, revision)
    assert all(len(rows) == ROWS for rows in before.values())
    database = Database(empty_url)
    await upgrade(database)
    await downgrade(database, "-1")
    async with database.engine.connect() as connection:
        stepped: Rows = await connection.run_sync(rows_of)
    await upgrade(database)
    await database.close()
    reached, after, differing = await _now(empty_url)
    assert (head(), []) == (reached, differing)
    assert [] == _lost(_shared(before, stepped), after)


def _shared(before: Rows, stepped: Rows) -> Rows:
    """Return what was there before, without the tables and columns that the step back has dropped."""
    return {
        table: [{name: value for name, value in row.items() if name in rows[0]} for row in before[table]]
        for table, rows in stepped.items()
        if table in before
    }


class Migrator:
    """The forking process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def run(self, url: str, kill_at: int = 0) -> dict[str, Any]:
        """Migrate, killed at the n-th statement; return what became of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"url": url, "kill_at": kill_at}).encode() + b"\n")
        told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        assert told["killed"] == bool(kill_at)
        assert kill_at or told["status"] == 0, told
        return told


@asynccontextmanager
async def migrator() -> AsyncIterator[Migrator]:
    """Run the forking process until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.migrating"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Migrator(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _back_at(url: str, revision: str, file: bytes) -> Rows:
    """Bring the database back to the revision and the rows it had; a SQLite file by its bytes, which is quicker."""
    await _empty(url)
    if not file:
        return await _at(url, revision)
    database = Database(url)
    database.file.write_bytes(file)
    async with database.engine.connect() as connection:
        rows: Rows = await connection.run_sync(rows_of)
    await database.close()
    return rows


async def _empty(url: str) -> None:
    database = Database(url)
    if database.is_sqlite:
        for file in database.file.parent.glob(f"{database.file.name}*"):
            file.unlink()
    else:
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA public CASCADE"))
            await connection.execute(text("CREATE SCHEMA public"))
    await database.close()


def _step(empty_url: str, revision: str) -> int:
    """Return every how manieth statement is killed: from the first revision on more, for it runs them all."""
    if empty_url.startswith("postgresql") or CHAOS > 1:
        return _EVERY_NTH
    return 25 if revision == REVISIONS[0] else 60


@pytest.mark.timeout(300)
@pytest.mark.parametrize("revision", _PLAYED)
async def test_killed_at_any_statement_it_runs_again(
    empty_url: str, revision: str, record_property: Callable[[str, object], None]
) -> None:
    """Killed between any two statements the database is where it was, every row there; the next run reaches the end."""
    step = _step(empty_url, revision)
    kills = 0
    async with migrator() as one:
        await _at(empty_url, revision)
        file = Database(empty_url).file.read_bytes() if empty_url.startswith("sqlite") else b""
        last = (await one.run(empty_url))["statements"]
        for kill_at in range(1, last + 1, step):
            before = await _back_at(empty_url, revision, file)
            await one.run(empty_url, kill_at)
            left, rows, _ = await _now(empty_url)
            assert (revision, []) == (left, _lost(before, rows)), f"killed at statement {kill_at}"
            await one.run(empty_url)
            reached, after, differing = await _now(empty_url)
            assert (head(), [], []) == (reached, differing, _lost(before, after)), f"killed at statement {kill_at}"
            kills += 1
    kind = "PostgreSQL" if "postgresql" in empty_url else "SQLite"
    record_property(
        "figures", f"{kind}: migration from {revision} killed {kills} times: every row kept, the end reached"
    )


@pytest.mark.parametrize("revision", ["", *_PLAYED])
async def test_two_at_once_migrate_once(empty_url: str, revision: str) -> None:
    """Two replicas that start together both end well, whichever was first."""
    before = await _at(empty_url, revision) if revision else {}
    async with migrator() as one, migrator() as other:
        await asyncio.gather(one.run(empty_url), other.run(empty_url))
    reached, after, differing = await _now(empty_url)
    assert (head(), [], []) == (reached, differing, _lost(before, after))
