"""SQLite's statements take one trip to its thread each, and tell what aiosqlite's own would."""

from typing import Any

import aiosqlite
import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import DBAPIError

from bot.store.database import Database
from bot.store.one_trip import OneTrip
from bot.store.tables import slack_event
from tests.factories import NOW

SEEN = slack_event.c


async def test_a_statement_is_one_trip(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin, insert, select and commit take four trips, whatever they bring back."""
    trips: list[object] = []
    ride = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, work: Any, *arguments: Any) -> Any:
        trips.append(work)
        return await ride(self, work, *arguments)  # type: ignore[no-untyped-call]

    database = Database(sqlite_url)
    await database.ping()  # the connection is made
    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    async with database.connection(write=True) as connection:
        await connection.execute(insert(slack_event), [{"event_id": f"e{n}", "seen_at": NOW} for n in range(3)])
        assert ["e0", "e1", "e2"] == list((await connection.execute(select(SEEN.event_id))).scalars())
        await connection.commit()
    assert 4 == len(trips)
    await database.close()


async def test_it_tells_what_the_driver_tells(sqlite_url: str) -> None:
    """Counts of rows, new ids, names of columns and rows one by one are those of the plain driver."""
    database = Database(sqlite_url)
    async with database.connection(write=True) as connection:
        new = insert(slack_event).values(event_id="one", seen_at=NOW).returning(SEEN.event_id, SEEN.seen_at)
        result = await connection.execute(new)
        assert ["event_id", "seen_at"] == list(result.keys())
        assert ("one", NOW) == tuple(result.one())
        changed = await connection.execute(text("UPDATE slack_event SET event_id = 'two'"))
        assert 1 == changed.rowcount
        rows = await connection.execute(text("SELECT 1 UNION SELECT 2 UNION SELECT 3"))
        assert (1,) == rows.fetchone()
        assert [(2,), (3,)] == list(rows.fetchmany(5))
        assert [] == (await connection.execute(text("SELECT 1 WHERE 0"))).all()
    await database.close()


async def test_a_refused_statement_leaves_a_usable_connection(sqlite_url: str) -> None:
    """What SQLite refuses is the driver's own error, and the transaction goes on."""
    database = Database(sqlite_url)
    made: list[object] = []
    event.listen(database.engine.sync_engine, "connect", lambda one, _: made.append(one.driver_connection))
    async with database.connection(write=True) as connection:
        with pytest.raises(DBAPIError, match="no such table"):
            await connection.execute(text("SELECT * FROM nowhere"))
        assert 1 == (await connection.execute(text("SELECT 1"))).scalar_one()
    assert [OneTrip] == [type(one) for one in made]
    await database.close()
