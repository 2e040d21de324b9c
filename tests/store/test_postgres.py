"""What befalls connections to PostgreSQL that stand open: nobody notices, or it is told as the database away."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.errors import Unsaved
from bot.incidents.effects import Effect
from bot.store import database as module
from bot.store.database import Database
from bot.store.jobs import Due
from bot.store.unit_of_work import Store, UnitOfWork
from bot.workflows.worker import Worker
from tests.factories import opened
from tests.fakes import ManualClock

pytestmark = pytest.mark.postgres
asyncpg = pytest.importorskip("asyncpg")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Yield a database on PostgreSQL."""
    database = Database(postgres_url)
    yield database
    await database.close()


async def test_nobody_notices_that_another_process_has_migrated(database: Database) -> None:
    """Connections that stood open before go on, in the middle of a transaction too."""
    store = Store(database, ManualClock(), lambda data: data)
    other = Database(database.engine.url.render_as_string(hide_password=False))
    for length in (80, 90):
        async with store.read() as one, store.read() as two:
            assert [[], []] == [await unit.incidents.all() for unit in (one, two)]
            assert [[], []] == [await unit.triages.newest() or [] for unit in (one, two)]
        async with other.engine.begin() as connection:
            await connection.execute(text(f"ALTER TABLE job ALTER COLUMN kind TYPE varchar({length})"))
        async with store.begin() as one:
            await one.wish(Effect(kind="x", lane="x", key="x", payload={}))
            assert 1 == len(await one.jobs.listed(dead=False))
        async with store.read() as one, store.read() as two:
            assert [1, 1] == [len(await unit.jobs.listed(dead=False)) for unit in (one, two)]
    await other.close()


async def test_a_driver_that_lost_its_way_is_the_database_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is ended between the driver's own steps is told as that, and never used again."""

    async def lost(*_: object, **__: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    async with database.connection(write=False) as connection:
        before = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    with monkeypatch.context() as patch, pytest.raises(Unsaved):  # noqa: PT012 - it may be told where the block ends
        async with database.connection(write=True) as connection:
            patch.setattr(asyncpg.Connection, "prepare", lost)
            await connection.execute(text("SELECT 1"))
    async with database.connection(write=False) as connection:
        assert before != (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()


async def test_a_migration_may_take_longer_than_any_command(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit that keeps everybody else from waiting for ever does not end it, nor its wait for another's."""
    monkeypatch.setitem(module._POSTGRES, "command_timeout", 0.1)
    database = Database(postgres_url)
    async with database.connection_for_migrations() as connection:
        await connection.execute(text("SELECT pg_sleep(0.2)"))
    with pytest.raises(Unsaved):
        async with database.connection(write=False) as connection:
            await connection.execute(text("SELECT pg_sleep(0.2)"))
    await database.close()


async def test_an_incident_that_somebody_holds_holds_up_no_other_timers(database: Database) -> None:
    """Its own timer comes a turn later, once; those behind it ring at once."""
    clock = ManualClock()
    store = Store(database, clock, lambda data: data)
    rung: list[int | None] = []

    async def ring(_unit: UnitOfWork, due: Due) -> None:
        rung.append(due.incident_id)

    async with store.begin() as unit:
        held, free = [await unit.open(opened()) for _ in range(2)]
        await unit.jobs.cancel(prefix=f"inc:{held.id}:")
        await unit.jobs.cancel(prefix=f"inc:{free.id}:")
        for one in (held, free):
            await unit.wish(Effect(kind="ring", lane="timers", key=f"inc:{one.id}:ring", incident_id=one.id))
    worker = Worker(store, clock, (), jitter=lambda: 0.5, within={"ring": ring})
    async with store.begin() as unit:
        await unit.incidents.get(held.id, lock=True)
        await worker.step()
        assert [free.id] == rung
    await worker.step()
    assert [free.id, held.id] == rung
