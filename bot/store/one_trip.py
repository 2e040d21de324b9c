"""SQLite's connection whose statements come back whole: carried out, read and closed in one trip to its thread.

aiosqlite makes a trip for each of the four steps (cursor, execute, fetch, close), and a trip costs more than most of
our statements do. Decision 0012 holds the figures.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import aiosqlite

_Rows = list[Any]


class OneTrip(aiosqlite.Connection):
    """A connection whose cursors hold what they found; for statements whose rows fit into memory."""

    _is_over = False
    """Whether nothing was asked since the last commit or rollback: the pool rolls back once more, to be sure."""

    def cursor(self) -> "Answer":  # type: ignore[override] # SQLAlchemy enters it as it would aiosqlite's own
        """Return a cursor; making it takes no trip."""
        return Answer(self)

    async def carry_out(self, work: Callable[[sqlite3.Cursor], object]) -> "tuple[sqlite3.Cursor, _Rows]":
        """Return the closed cursor of this work, and every row that it found."""

        def whole() -> tuple[sqlite3.Cursor, _Rows]:
            cursor = self._conn.cursor()
            try:
                work(cursor)
                return cursor, cursor.fetchall() if cursor.description else []
            finally:
                cursor.close()

        self._is_over = False
        result: tuple[sqlite3.Cursor, _Rows] = await self._execute(whole)  # type: ignore[no-untyped-call]
        return result

    async def commit(self) -> None:
        """Commit."""
        await super().commit()
        self._is_over = True

    async def rollback(self) -> None:
        """Roll back what there is."""
        if not self._is_over:
            await super().rollback()
            self._is_over = True


class Answer:
    """A cursor as SQLAlchemy uses it: what it tells of is what the last statement left."""

    def __init__(self, connection: OneTrip) -> None:
        self._connection = connection
        self._rows: _Rows = []
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "Answer":
        """Carry the statement out."""
        return await self._told(lambda cursor: cursor.execute(sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> "Answer":
        """Carry the statement out for each of these."""
        return await self._told(lambda cursor: cursor.executemany(sql, parameters))

    async def fetchall(self) -> _Rows:
        """Return the rows."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: it was closed before its answer came."""

    async def _told(self, work: Callable[[sqlite3.Cursor], object]) -> "Answer":
        cursor, self._rows = await self._connection.carry_out(work)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        return self


def one_trip(file: str, **options: Any) -> OneTrip:  # noqa: ANN401 - what sqlite3 takes
    """Return a connection to this file that opens when it is awaited, as `aiosqlite.connect` does."""
    connection = OneTrip(lambda: sqlite3.connect(file, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does: a connection left open holds up no exit
    return connection
