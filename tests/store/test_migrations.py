"""The migrations: the schema they build is the one the code describes, forwards and backwards."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.errors import BadSettings
from bot.store.database import Database
from bot.store.migrate import current, downgrade, head, upgrade
from bot.store.schema import REVISION, require_current
from bot.store.tables import metadata


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": False, "compare_server_default": False})
    return list(compare_metadata(context, metadata))


async def test_the_migrated_schema_is_the_one_in_the_code(database: Database) -> None:
    """No table, column or index differs between the migrations and tables.py."""
    async with database.engine.connect() as connection:
        assert [] == await connection.run_sync(_differences)


async def test_down_and_up_again_works(database: Database) -> None:
    """Every migration can be taken back and run again."""
    await downgrade(database)
    async with database.engine.connect() as connection:
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert ["alembic_version"] == left
    await upgrade(database)
    assert head() == await current(database)


async def test_a_newer_schema_is_refused_in_one_line(database: Database) -> None:
    """Old code does not touch a database that newer code migrated."""
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadSettings, match=r"\(9999\) is newer than this version") as refused:
        await upgrade(database)
    assert "\n" not in str(refused.value)


async def test_the_code_knows_the_newest_migration(database: Database) -> None:
    """What starts without the migration tool asks for the same schema as the tool makes."""
    assert head() == REVISION
    await require_current(database)


@pytest.mark.parametrize(("stamp", "told"), [("9999", "newer than this version"), ("0001", "Run `anth-triage db")])
async def test_another_schema_is_not_current(database: Database, stamp: str, told: str) -> None:
    """What does not migrate says whether the database or the code must move."""
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :stamp"), {"stamp": stamp})
    with pytest.raises(BadSettings, match=told):
        await require_current(database)


async def test_an_empty_database_is_not_current(database: Database) -> None:
    """A database without any schema is told as that."""
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(BadSettings, match="is empty"):
        await require_current(database)


@pytest.mark.parametrize("change", ["UPDATE event SET kind = 'x'", "DELETE FROM event"])
async def test_the_database_refuses_to_change_the_timeline(database: Database, change: str) -> None:
    """A row of the timeline can be neither changed nor deleted, whoever asks."""
    async with database.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO incident (version, status, opened_at, state) VALUES (1, 'x', '2026-01-01 00:00:00', '{}')"
            )
        )
        await connection.execute(
            text(
                "INSERT INTO event (incident_id, seq, at, happened_at, kind, data)"
                " VALUES (1, 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'opened', '{}')"
            )
        )
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.engine.begin() as connection:
            await connection.execute(text(change))
