"""Rows that no careful program writes: for whatever tables a database has, found by looking at it."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
)

ROWS = 4  # of each table
_TEXTS = ("", "'; DROP TABLE job; --", "\u202egnp.\u05d0\u4e2d\U0001f525", "x" * 10_000)
_JSON: tuple[Any, ...] = ({}, [], {"a": None, "\u4e2d": ["\u0000", 1e308, -(2**31)]}, {"deep": [[[[[[[[]]]]]]]]})
_MOMENTS = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    datetime(2099, 12, 31, tzinfo=UTC),
)
_NUMBERS = (0, -1, 2**31 - 1, 7)
Rows = dict[str, list[dict[str, Any]]]


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables that the database has, each after those it refers to; without the migrations' own."""
    found = MetaData()
    found.reflect(connection)
    known = [table for table in found.sorted_tables if table.name != "alembic_version"]
    return sorted(known, key=lambda table: table.name == "tombstone")  # last: it stands for an entry that is there


def fill(connection: Connection) -> None:
    """Put nasty rows into every table."""
    for table in tables_of(connection):
        for place in range(ROWS):
            connection.execute(insert(table).values(dict(_values(table, place))))


def rows_of(connection: Connection) -> Rows:
    """Return every row of every table."""
    return {
        table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in tables_of(connection)
    }


def _values(table: Table, place: int) -> Iterator[tuple[str, Any]]:
    for column, turn in zip(table.columns, itertools.count(place)):
        keyed = column.primary_key and isinstance(column.type, Integer)
        if keyed or column.name == "incident_id":
            yield column.name, place + 1
        elif column.name == "seq":
            yield column.name, place
        elif column.nullable and place % 2:
            yield column.name, None
        else:
            yield column.name, _value(table, column, place, turn)


def _value(table: Table, column: Column[Any], place: int, turn: int) -> object:
    if isinstance(column.type, Boolean):
        return bool(turn % 2)
    if isinstance(column.type, Float | Integer):
        return place if _is_unique(table, column) else _NUMBERS[turn % len(_NUMBERS)]
    if isinstance(column.type, DateTime):
        return _MOMENTS[turn % len(_MOMENTS)]
    if isinstance(column.type, JSON):
        return _JSON[turn % len(_JSON)]
    assert isinstance(column.type, String), f"{table.name}.{column.name}: say what is nasty for a {column.type!r}"
    text = _TEXTS[turn % len(_TEXTS)][: (column.type.length or 10_000) - 1]
    return f"{text[:-1]}{place}" if _is_unique(table, column) else text


def _is_unique(table: Table, column: Column[Any]) -> bool:
    unique = {name.name for one in table.indexes if one.unique for name in one.columns}
    unique |= {name.name for one in table.constraints if "Unique" in type(one).__name__ for name in one.columns}  # type: ignore[attr-defined] # these have columns
    return column.primary_key or column.name in unique
